// The keys of a Supabase project, by what can be seen of them. Whether one is genuine only Supabase can tell.
import { createHmac } from 'node:crypto';
import { fromBase64 } from '../base64.ts';
import { isRandomText } from './randomness.ts';

const SECRET_KEY = /^sb_secret_([A-Za-z0-9_-]{20,200})$/;
/** Those of the local stack as they once stood in this repository, for everybody to read. */
const FORMER_LOCAL_KEY = /^sb_secret_local_only_/i;
const FORMER_LOCAL_JWT_SECRET = 'local-only-jwt-secret-of-at-least-32-characters';

/** A secret key, or a legacy service_role key, a JWT; none that this repository once told everybody. */
export function isSupabaseSecretKey(text: string): boolean {
  const [, drawn] = SECRET_KEY.exec(text) ?? [];
  if (drawn !== undefined) return !FORMER_LOCAL_KEY.test(text) && isRandomText(drawn);
  return claimsOf(text)?.['role'] === 'service_role' && !isSignedWith(FORMER_LOCAL_JWT_SECRET, text);
}

/** A key that browsers may have. */
export function isSupabasePublicKey(text: string): boolean {
  const role = claimsOf(text)?.['role'];
  return text.startsWith('sb_publishable_') || role === 'anon' || role === 'authenticated';
}

/** The secrets that the Supabase CLI and the guide to self-hosting sign the keys of every new project with. */
const DEMO_JWT_SECRETS = [
  'super-secret-jwt-token-with-at-least-32-characters-long',
  'your-super-secret-jwt-token-with-at-least-32-characters-long',
];
/** The secret key of every project that the Supabase CLI starts, as far as it tells that one. */
const CLI_KEY = /^sb_secret_N7UND0UgjKTVK/;

/** A key of Supabase's own examples: everybody has it, so it opens nothing but a project on one's own machine. */
export function isDemoKey(text: string): boolean {
  if (CLI_KEY.test(text)) return true;
  const issuer = claimsOf(text)?.['iss'];
  return issuer === 'supabase-demo' || DEMO_JWT_SECRETS.some((secret) => isSignedWith(secret, text));
}

const JWT = /^(eyJ[\w-]+)\.(eyJ[\w-]+)\.([\w-]{20,})$/;

/** What a legacy key says of itself; undefined when it is no JWT. */
function claimsOf(text: string): Record<string, unknown> | undefined {
  return jsonOf(JWT.exec(text)?.[2]);
}

const HASHES: Record<string, string> = { HS256: 'sha256', HS384: 'sha384', HS512: 'sha512' };

function isSignedWith(secret: string, text: string): boolean {
  const [, head, payload, signature] = JWT.exec(text) ?? [];
  const hash = HASHES[String(jsonOf(head)?.['alg'])];
  return hash !== undefined && createHmac(hash, secret).update(`${head}.${payload}`).digest('base64url') === signature;
}

function jsonOf(base64: string | undefined): Record<string, unknown> | undefined {
  const bytes = fromBase64(base64 ?? '');
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
