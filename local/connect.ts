// Connects a workspace of the local stack or of a test, as PUT /connections does, but without asking ServiceTitan and without
// starting a run.
import type { Credentials } from '../src/credentials/checkConnection.ts';
import { sealConnection } from '../src/credentials/sealConnection.ts';
import { createSupabase } from '../src/supabase/client.ts';
import { createConnections } from '../src/supabase/connections.ts';

export interface Project {
  supabaseUrl: string;
  supabaseSecretKey: string;
  credentialsKey: string;
}

export interface Connection extends Credentials {
  workspaceId: string;
  name: string | null;
  timeZone: string | null;
  country?: string;
}

/** Stores the connection, sealed; repeating it replaces the credentials. Rejects with the database's reason. */
export async function connectWorkspace(project: Project, connection: Connection): Promise<void> {
  const { workspaceId, name, timeZone, country } = connection;
  const keys = { CREDENTIALS_KEY: project.credentialsKey, CREDENTIALS_KEY_PREVIOUS: undefined };
  const supabase = createSupabase({
    SUPABASE_URL: project.supabaseUrl,
    SUPABASE_SECRET_KEY: project.supabaseSecretKey,
  });
  await createConnections(supabase).save({
    ...(await sealConnection(keys, workspaceId, connection)),
    workspace_id: workspaceId,
    name,
    time_zone: timeZone,
    country: country ?? null,
  });
}
