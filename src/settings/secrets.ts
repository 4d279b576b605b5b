// What a secret among the settings has to be: its shape, and that it was drawn at random. A weak one is refused, because
// it protects nothing and looks as if it did.
import { fromBase64 } from '../base64.ts';
import { hasManyValues, isRandomText, isText } from './randomness.ts';

const KEY_BYTES = 32;

/** Printable ASCII without blanks, as a header carries it unchanged. Short ones can be guessed. */
const TOKEN = /^[\x21-\x7e]{32,512}$/;

/** A token that nobody guesses, as `openssl rand -hex 32` prints one. */
export function isToken(text: string): boolean {
  return TOKEN.test(text) && isRandomText(text);
}

const KEY = /^(?:[A-Za-z0-9+/]{43}=?|[A-Za-z0-9_-]{43}=?)$/;

/**
 * 32 random bytes in base64 or base64url, as `openssl rand -base64 32` prints them. Text is refused, be it what stands there
 * or what it decodes to: it is far from random, and every key that ever stood in this repository was text.
 */
export function isCredentialsKey(text: string): boolean {
  const bytes = KEY.test(text) ? fromBase64(text) : undefined;
  if (bytes?.byteLength !== KEY_BYTES) return false;
  const values = [...new Uint8Array(bytes)];
  return hasManyValues(values) && !isText(values) && isRandomText(text);
}

const WEBHOOK_SECRET = /^whsec_([A-Za-z0-9+/]+={0,2})$/;

/** `whsec_` and 24 to 64 random bytes in base64, as the Standard Webhooks write a secret. */
export function isWebhookSecret(text: string): boolean {
  const [, base64 = ''] = WEBHOOK_SECRET.exec(text) ?? [];
  const bytes = fromBase64(base64);
  if (bytes === undefined || bytes.byteLength < 24 || bytes.byteLength > 64) return false;
  const values = [...new Uint8Array(bytes)];
  // Random characters will do, because that is how some receivers make their secrets.
  return (
    hasManyValues(values) && isRandomText(base64) && (!isText(values) || isRandomText(String.fromCharCode(...values)))
  );
}

/** The same for two ways to write one secret: base64 in both alphabets, padded or not, behind a prefix or not. */
export function inOneForm(secret: string): string {
  return secret
    .replace(/^whsec_/, '')
    .replace(/=+$/, '')
    .replaceAll('-', '+')
    .replaceAll('_', '/');
}
