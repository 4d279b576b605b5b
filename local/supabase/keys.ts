import { createHmac, randomBytes } from 'node:crypto';

/** API keys by name, as `SUPABASE_PUBLISHABLE_KEYS` and `SUPABASE_SECRET_KEYS` hold them. */
export interface Keys {
  publishable: Record<string, string>;
  secret: Record<string, string>;
}

export type Role = 'anon' | 'service_role';

// Drawn with every start: the Worker takes no key that stands in a repository.
export const LOCAL_KEYS = {
  publishable: { default: 'sb_publishable_local_only_000000000000' },
  secret: { default: `sb_secret_${randomBytes(16).toString('hex')}` },
} satisfies Keys;

export const LOCAL_JWT_SECRET = 'local-only-jwt-secret-of-at-least-32-characters';

const TEN_YEARS_S = 10 * 365 * 86_400;

/** A token that makes PostgREST take the role. */
export function roleToken(role: Role, jwtSecret: string): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const expires = Math.floor(Date.now() / 1000) + TEN_YEARS_S;
  const content = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ iss: 'supabase-local', role, exp: expires })}`;
  return `${content}.${createHmac('sha256', jwtSecret).update(content).digest('base64url')}`;
}
