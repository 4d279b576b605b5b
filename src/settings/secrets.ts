// What a secret among the settings has to be: its shape, and that it was drawn at random. A weak one is refused, because
// it protects nothing and looks as if it did.
import { fromBase64 } from '../base64.ts';

const KEY_BYTES = 32;

/** Printable ASCII without blanks, as a header carries it unchanged. Short ones can be guessed. */
const TOKEN = /^[\x21-\x7e]{32,512}$/;
const MIN_CHARACTERS = 8;

/** A token that nobody guesses, as `openssl rand -hex 32` prints one. */
export function isToken(text: string): boolean {
  return TOKEN.test(text) && new Set(text).size >= MIN_CHARACTERS && !/^(.+?)\1+$/.test(text);
}

const KEY = /^(?:[A-Za-z0-9+/]{43}=?|[A-Za-z0-9_-]{43}=?)$/;
const PRINTABLE = (byte: number) => byte >= 0x20 && byte <= 0x7e;

/**
 * 32 random bytes in base64 or base64url, as `openssl rand -base64 32` prints them. Text of 32 characters is refused: it is
 * far from random, and every key that ever stood in this repository was text.
 */
export function isCredentialsKey(text: string): boolean {
  const bytes = KEY.test(text) ? fromBase64(text) : undefined;
  if (bytes?.byteLength !== KEY_BYTES) return false;
  const values = [...new Uint8Array(bytes)];
  return hasManyValues(values) && !values.every(PRINTABLE);
}

const WEBHOOK_SECRET = /^whsec_([A-Za-z0-9+/]+={0,2})$/;

/** `whsec_` and 24 to 64 random bytes in base64, as the Standard Webhooks write a secret. */
export function isWebhookSecret(text: string): boolean {
  const bytes = fromBase64(WEBHOOK_SECRET.exec(text)?.[1] ?? '');
  if (bytes === undefined || bytes.byteLength < 24 || bytes.byteLength > 64) return false;
  return hasManyValues([...new Uint8Array(bytes)]);
}

/** False for one value over and over, for a pattern, and for values that count up. */
function hasManyValues(bytes: number[]): boolean {
  const steps = bytes.slice(1).map((byte, index) => (byte - bytes[index]! + 256) % 256);
  return new Set(bytes).size >= 12 && new Set(steps).size >= 8;
}

const SECRET_KEY = /^sb_secret_[A-Za-z0-9_-]{20,200}$/;
/** The keys of the local stack as they once stood in this repository, for everybody to read. */
const FORMER_LOCAL_KEY = /^sb_secret_local_only_0+$/;

/** A secret key of a Supabase project, or its legacy service_role key, a JWT. */
export function isSupabaseSecretKey(text: string): boolean {
  if (SECRET_KEY.test(text)) return !FORMER_LOCAL_KEY.test(text);
  return roleOf(text) === 'service_role';
}

/** A key that browsers may have. */
export function isSupabasePublicKey(text: string): boolean {
  return text.startsWith('sb_publishable_') || ['anon', 'authenticated'].includes(roleOf(text) ?? '');
}

/** The role that a legacy key names; undefined when it is no JWT. Whether it is genuine only Supabase can tell. */
function roleOf(text: string): string | undefined {
  const [, payload] = /^eyJ[\w-]+\.(eyJ[\w-]+)\.[\w-]{20,}$/.exec(text) ?? [];
  const bytes = fromBase64(payload ?? '');
  if (payload === undefined || bytes === undefined) return undefined;
  try {
    const claims = JSON.parse(new TextDecoder().decode(bytes)) as { role?: unknown };
    return typeof claims.role === 'string' ? claims.role : undefined;
  } catch {
    return undefined;
  }
}
