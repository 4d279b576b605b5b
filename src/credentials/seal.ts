// Secrets at rest, as text: `<key id>.<iv>.<ciphertext>`, base64url. A sealed value opens only as the field it was sealed for,
// and only in a connection that still is what it was when it was saved. So a value alone can't be moved to another row or
// column, can't be made to go to another tenant, and can't take the place of a newer one. A whole older row of the same
// workspace opens, by intent, because a backup that is restored has to work: who can write to the database can bring back
// credentials that were replaced, until ServiceTitan takes them back (SECURITY.md, "Known and accepted").
import { fromBase64, toBase64Url } from '../base64.ts';
import { ConfigError } from '../errors.ts';
import { type Bytes, decrypt, encrypt } from './cipher.ts';
import type { SealingKeys } from './sealingKeys.ts';

/** Which secret of a connection. */
export type SecretField = 'client_secret' | 'app_key';

/** The connection that a secret belongs to: everything beside it that says where it is sent, and which saving it came with. */
export interface SealedFor {
  workspaceId: string;
  environment: string;
  tenantId: string;
  clientId: string;
  /** Drawn with every saving of the credentials. */
  credentialsId: string;
}

/** Seals `secret` with the first of the keys. */
export async function seal(
  [{ id, key }]: SealingKeys,
  connection: SealedFor,
  field: SecretField,
  secret: string,
): Promise<string> {
  const { iv, ciphertext } = await encrypt(key, boundTo(connection, field), new TextEncoder().encode(secret));
  return [id, toBase64Url(iv), toBase64Url(ciphertext)].join('.');
}

/** Opens a sealed value. Throws `ConfigError` when it was sealed with another key, for something else, or was changed. */
export async function open(
  keys: SealingKeys,
  connection: SealedFor,
  field: SecretField,
  sealed: string,
): Promise<string> {
  const [keyId, iv, ciphertext] = sealed.split('.');
  const sealingKey = keys.find(({ id }) => id === keyId);
  const parts = { iv: fromBase64(iv ?? ''), ciphertext: fromBase64(ciphertext ?? '') };
  const { workspaceId } = connection;
  if (!sealingKey || !parts.iv || !parts.ciphertext) {
    throw new ConfigError(
      `The ${field} of workspace ${workspaceId} was sealed with another CREDENTIALS_KEY: put that key into CREDENTIALS_KEY_PREVIOUS, or connect the workspace again.`,
    );
  }
  try {
    const secret = await decrypt(sealingKey.key, boundTo(connection, field), {
      iv: parts.iv,
      ciphertext: parts.ciphertext,
    });
    return new TextDecoder().decode(secret);
  } catch {
    throw new ConfigError(
      `The ${field} of workspace ${workspaceId} does not open: it was changed, or it belongs to another workspace, field, tenant, environment or client id, or to an older saving of the credentials. Connect the workspace again.`,
    );
  }
}

/** As a list in JSON, so that no two connections give the same bytes. */
function boundTo(
  { workspaceId, environment, tenantId, clientId, credentialsId }: SealedFor,
  field: SecretField,
): Bytes {
  return new TextEncoder().encode(JSON.stringify([field, workspaceId, environment, tenantId, clientId, credentialsId]));
}
