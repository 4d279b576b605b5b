import type { Config } from '../config.ts';
import type { Credentials } from './checkConnection.ts';
import { type SealedCredentials, sealedFor } from './openCredentials.ts';
import { seal } from './seal.ts';
import { credentialsKeys } from './sealingKeys.ts';

/**
 * Seals the secrets of a connection for this workspace and for this very saving of them. Throws `ConfigError` when
 * CREDENTIALS_KEY is no key.
 */
export async function sealConnection(
  config: Pick<Config, 'CREDENTIALS_KEY' | 'CREDENTIALS_KEY_PREVIOUS'>,
  workspaceId: string,
  { tenantId, environment, clientId, clientSecret, appKey }: Credentials,
): Promise<SealedCredentials> {
  const keys = await credentialsKeys(config);
  const saved = { tenant_id: tenantId, environment, client_id: clientId, credentials_id: crypto.randomUUID() };
  const connection = sealedFor(workspaceId, saved);
  return {
    ...saved,
    client_secret_sealed: await seal(keys, connection, 'client_secret', clientSecret),
    app_key_sealed: await seal(keys, connection, 'app_key', appKey),
  };
}
