// Secrets at rest, as text: `<key id>.<iv>.<ciphertext>`, base64url. A sealed value opens only for the workspace and the field it was
// sealed for, so it can't be moved to another row.
import { ConfigError } from '../errors.ts';
import { fromBase64, toBase64Url } from './base64.ts';
import { decrypt, encrypt } from './cipher.ts';
import type { SealingKeys } from './sealingKeys.ts';

/** Which secret of a workspace. */
export type SecretField = 'client_secret' | 'app_key';

/** Seals `secret` with the first of the keys. */
export async function seal(
  [{ id, key }]: SealingKeys,
  workspaceId: string,
  field: SecretField,
  secret: string,
): Promise<string> {
  const { iv, ciphertext } = await encrypt(key, boundTo(workspaceId, field), new TextEncoder().encode(secret));
  return [id, toBase64Url(iv), toBase64Url(ciphertext)].join('.');
}

/** Opens a sealed value. Throws `ConfigError` when it was sealed with another key, for another row, or was changed. */
export async function open(
  keys: SealingKeys,
  workspaceId: string,
  field: SecretField,
  sealed: string,
): Promise<string> {
  const [keyId, iv, ciphertext] = sealed.split('.');
  const sealingKey = keys.find(({ id }) => id === keyId);
  const parts = { iv: fromBase64(iv ?? ''), ciphertext: fromBase64(ciphertext ?? '') };
  if (!sealingKey || !parts.iv || !parts.ciphertext) {
    throw new ConfigError(
      `The ${field} of workspace ${workspaceId} was sealed with another CREDENTIALS_KEY: put that key into CREDENTIALS_KEY_PREVIOUS, or connect the workspace again.`,
    );
  }
  try {
    const secret = await decrypt(sealingKey.key, boundTo(workspaceId, field), {
      iv: parts.iv,
      ciphertext: parts.ciphertext,
    });
    return new TextDecoder().decode(secret);
  } catch {
    throw new ConfigError(
      `The ${field} of workspace ${workspaceId} does not open: it was changed or belongs to another workspace. Connect the workspace again.`,
    );
  }
}

function boundTo(workspaceId: string, field: SecretField): Uint8Array {
  return new TextEncoder().encode(`${workspaceId}/${field}`);
}
