// Connects a workspace to ServiceTitan: seals its secrets and stores the connection.
import { seal } from '../src/credentials/seal.ts';
import { credentialsKeys } from '../src/credentials/sealingKeys.ts';
import { callFunction, createSupabase } from '../src/supabase/client.ts';

export interface Project {
  supabaseUrl: string;
  supabaseSecretKey: string;
  credentialsKey: string;
}

export interface Connection {
  workspaceId: string;
  name: string | null;
  timeZone: string | null;
  tenantId: string;
  environment: 'production' | 'integration';
  clientId: string;
  clientSecret: string;
  appKey: string;
}

/** Stores the connection, sealed; repeating it replaces the credentials. Rejects with the database's reason. */
export async function connectWorkspace(project: Project, connection: Connection): Promise<void> {
  const keys = await credentialsKeys({
    CREDENTIALS_KEY: project.credentialsKey,
    CREDENTIALS_KEY_PREVIOUS: undefined,
  });
  const { workspaceId } = connection;
  const supabase = createSupabase({
    SUPABASE_URL: project.supabaseUrl,
    SUPABASE_SECRET_KEY: project.supabaseSecretKey,
  });
  await callFunction(supabase, 'save_servicetitan_connection', {
    p_connection: {
      workspace_id: workspaceId,
      name: connection.name,
      time_zone: connection.timeZone,
      environment: connection.environment,
      tenant_id: connection.tenantId,
      client_id: connection.clientId,
      client_secret_sealed: await seal(keys, workspaceId, 'client_secret', connection.clientSecret),
      app_key_sealed: await seal(keys, workspaceId, 'app_key', connection.appKey),
    },
  });
}
