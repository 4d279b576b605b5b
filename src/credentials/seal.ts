// Secrets at rest: AES-256-GCM under CREDENTIALS_KEY, which the database never sees. A sealed value names the key it was
// sealed with and opens only for the workspace and field it was sealed for, so it can't be moved to another row.
import { ConfigError } from '../errors.ts';

/** Which secret of a workspace. */
export type SecretField = 'client_secret' | 'app_key';

/** A key and its fingerprint, which stands in front of every value sealed with it. */
export interface SealingKey {
  id: string;
  key: CryptoKey;
}

const IV_BYTES = 12;

/** Reads CREDENTIALS_KEY: 32 bytes in base64 (`openssl rand -base64 32`). Throws `ConfigError` on anything else. */
export async function importSealingKey(base64: string): Promise<SealingKey> {
  const bytes = fromBase64(base64);
  if (bytes?.length !== 32) {
    throw new ConfigError('CREDENTIALS_KEY has to be 32 bytes in base64; `openssl rand -base64 32` makes one.');
  }
  const fingerprint = await crypto.subtle.digest('SHA-256', bytes);
  return {
    id: toBase64Url(new Uint8Array(fingerprint).slice(0, 6)),
    key: await crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt']),
  };
}

/** Seals `secret` as `<key id>.<iv>.<ciphertext>`, base64url, with a fresh IV. */
export async function seal(
  sealingKey: SealingKey,
  workspaceId: string,
  field: SecretField,
  secret: string,
): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const sealed = await crypto.subtle.encrypt(
    { name: 'AES-GCM', iv, additionalData: boundTo(workspaceId, field) },
    sealingKey.key,
    new TextEncoder().encode(secret),
  );
  return [sealingKey.id, toBase64Url(iv), toBase64Url(new Uint8Array(sealed))].join('.');
}

/** Opens a sealed value. Throws `ConfigError` when it was sealed with another key, for another row, or was changed. */
export async function open(
  sealingKey: SealingKey,
  workspaceId: string,
  field: SecretField,
  sealed: string,
): Promise<string> {
  const [keyId, iv, ciphertext] = sealed.split('.');
  const ivBytes = fromBase64(iv ?? '');
  const cipherBytes = fromBase64(ciphertext ?? '');
  if (keyId !== sealingKey.id || !ivBytes || !cipherBytes) {
    throw new ConfigError(
      `The ${field} of workspace ${workspaceId} was sealed with another CREDENTIALS_KEY: restore that key, or connect the workspace again.`,
    );
  }
  try {
    const algorithm = { name: 'AES-GCM', iv: ivBytes, additionalData: boundTo(workspaceId, field) };
    return new TextDecoder().decode(await crypto.subtle.decrypt(algorithm, sealingKey.key, cipherBytes));
  } catch {
    throw new ConfigError(
      `The ${field} of workspace ${workspaceId} does not open: it was changed or belongs to another workspace. Connect the workspace again.`,
    );
  }
}

function boundTo(workspaceId: string, field: SecretField): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${workspaceId}/${field}`) as Uint8Array<ArrayBuffer>;
}

function toBase64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(text.trim().replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0));
  } catch {
    return undefined;
  }
}
