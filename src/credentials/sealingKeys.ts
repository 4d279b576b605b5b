// The keys that seal what is at rest. All come from CREDENTIALS_KEY, which only the Worker has; while it is being changed,
// CREDENTIALS_KEY_PREVIOUS still opens what the old one sealed.
import type { Config } from '../config.ts';
import { ConfigError } from '../errors.ts';
import { fromBase64, toBase64Url } from '../base64.ts';

/** A key and the fingerprint of the CREDENTIALS_KEY it comes from, which stands in front of every value it sealed. */
export interface SealingKey {
  id: string;
  key: CryptoKey;
}

/** The first seals; all open. */
export type SealingKeys = readonly [SealingKey, ...SealingKey[]];

type KeySettings = Pick<Config, 'CREDENTIALS_KEY' | 'CREDENTIALS_KEY_PREVIOUS'>;

const KEY_BYTES = 32;

/** The keys of the credentials in the database. Throws `ConfigError` when a setting is not 32 bytes in base64. */
export function credentialsKeys(settings: KeySettings): Promise<SealingKeys> {
  return importKeys(settings, (bytes) =>
    crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt']),
  );
}

/** The keys of the pages in the engine's state: derived, so that there is nothing more to configure, and of no use elsewhere. */
export function pageKeys(settings: KeySettings): Promise<SealingKeys> {
  return importKeys(settings, async (bytes) => {
    const derivation = {
      name: 'HKDF',
      hash: 'SHA-256',
      salt: new Uint8Array(),
      info: new TextEncoder().encode('pages'),
    };
    const root = await crypto.subtle.importKey('raw', bytes, 'HKDF', false, ['deriveKey']);
    const kind = { name: 'AES-GCM', length: KEY_BYTES * 8 };
    return crypto.subtle.deriveKey(derivation, root, kind, false, ['encrypt', 'decrypt']);
  });
}

type ImportKey = (bytes: ArrayBuffer) => Promise<CryptoKey>;

async function importKeys(settings: KeySettings, importKey: ImportKey): Promise<SealingKeys> {
  const { CREDENTIALS_KEY, CREDENTIALS_KEY_PREVIOUS } = settings;
  const current = await toSealingKey('CREDENTIALS_KEY', CREDENTIALS_KEY, importKey);
  if (CREDENTIALS_KEY_PREVIOUS === undefined) return [current];
  return [current, await toSealingKey('CREDENTIALS_KEY_PREVIOUS', CREDENTIALS_KEY_PREVIOUS, importKey)];
}

async function toSealingKey(setting: string, base64: string, importKey: ImportKey): Promise<SealingKey> {
  const bytes = fromBase64(base64);
  if (bytes?.byteLength !== KEY_BYTES) {
    throw new ConfigError(`${setting} has to be 32 bytes in base64; \`openssl rand -base64 32\` makes one.`);
  }
  const fingerprint = await crypto.subtle.digest('SHA-256', bytes);
  return { id: toBase64Url(fingerprint.slice(0, 6)), key: await importKey(bytes) };
}
