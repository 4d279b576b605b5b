import { createHmac, randomBytes } from 'node:crypto';

/** API keys by name, as `SUPABASE_PUBLISHABLE_KEYS` and `SUPABASE_SECRET_KEYS` hold them. */
export interface Keys {
  publishable: { default: string };
  secret: { default: string };
}

export type Role = 'anon' | 'service_role';

/** What opens a project of this machine. Random, because any program and any web page knows a constant of a repository. */
export interface ProjectSecrets {
  keys: Keys;
  jwtSecret: string;
  /** Of the database's owner, `postgres`. */
  postgresPassword: string;
  /** Of the role that PostgREST logs in as. */
  authenticatorPassword: string;
}

const random = () => randomBytes(32).toString('hex');

export function createProjectSecrets(): ProjectSecrets {
  return {
    keys: {
      publishable: { default: `sb_publishable_${random()}` },
      secret: { default: `sb_secret_${random()}` },
    },
    jwtSecret: random(),
    postgresPassword: random(),
    authenticatorPassword: random(),
  };
}

const TEN_YEARS_S = 10 * 365 * 86_400;

/** A token that makes PostgREST take the role. */
export function roleToken(role: Role, jwtSecret: string): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const expires = Math.floor(Date.now() / 1000) + TEN_YEARS_S;
  const content = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ iss: 'supabase-local', role, exp: expires })}`;
  return `${content}.${createHmac('sha256', jwtSecret).update(content).digest('base64url')}`;
}
