// How the workspace of a history reaches its tenant.
import type { World } from '../../../local/serviceTitan/tenant/world.ts';
import { seal } from '../../../src/credentials/seal.ts';
import { credentialsKeys } from '../../../src/credentials/sealingKeys.ts';
import { CREDENTIALS_KEY } from '../../support/credentialsKey.ts';
import type { Tenant } from './tenant.ts';

/** Two, for a workspace may be moved from one to the other; customers of both have the same ids. */
export type Tenants = [Tenant, Tenant];

/** What save_servicetitan_connection takes. */
export async function connectionOf(workspaceId: string, { tenantId, credentials }: World): Promise<object> {
  const keys = await credentialsKeys({ CREDENTIALS_KEY, CREDENTIALS_KEY_PREVIOUS: undefined });
  return {
    workspace_id: workspaceId,
    name: workspaceId,
    time_zone: null,
    environment: 'production',
    tenant_id: tenantId,
    client_id: credentials.clientId,
    client_secret_sealed: await seal(keys, workspaceId, 'client_secret', credentials.clientSecret),
    app_key_sealed: await seal(keys, workspaceId, 'app_key', credentials.appKey),
  };
}
