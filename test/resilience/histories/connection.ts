// How the workspace of a history reaches its tenant.
import type { World } from '../../../local/serviceTitan/tenant/world.ts';
import { sealConnection } from '../../../src/credentials/sealConnection.ts';
import { CREDENTIALS_KEY } from '../../support/credentialsKey.ts';
import type { Tenant } from './tenant.ts';

/** Two, for a workspace may be moved from one to the other; customers of both have the same ids. */
export type Tenants = [Tenant, Tenant];

/** What save_servicetitan_connection takes. */
export async function connectionOf(workspaceId: string, { tenantId, credentials }: World): Promise<object> {
  return {
    workspace_id: workspaceId,
    name: workspaceId,
    time_zone: null,
    ...(await sealConnection({ CREDENTIALS_KEY, CREDENTIALS_KEY_PREVIOUS: undefined }, workspaceId, {
      tenantId,
      environment: 'production',
      ...credentials,
    })),
  };
}
