import type { SupabaseClient } from '@supabase/supabase-js';
import { join } from 'node:path';
import { createSupabase } from '../src/supabase/client.ts';
import { connectWorkspace } from './connect.ts';
import { lockFolder, requireUnlocked } from './folderLock.ts';
import { startFront } from './front.ts';
import { freePort, requireFreePort } from './ports.ts';
import type { Processes } from './processes.ts';
import { startServiceTitan, type SimulatedServiceTitan } from './serviceTitan/server.ts';
import type { World } from './serviceTitan/tenant/world.ts';
import type { DemoWorkspace, Settings } from './settings.ts';
import { StackError } from './stackError.ts';
import { keepStateSecrets, type StateSecrets } from './stateSecrets.ts';
import { makeStateFolder, prepareParts, requireWritableProject, SERVICETITAN_JOURNAL } from './stateFolder.ts';
import { migrate } from './supabase/migrate.ts';
import { startSupabase } from './supabase/supabase.ts';
import { nudgeInstances, startWorker } from './worker.ts';

export const PROJECT_FOLDER = join(import.meta.dirname, '..');

const SEED = 1;

/** The whole system, running. */
export interface Stack {
  workspace: DemoWorkspace;
  /** The front of the Worker, which needs no token. */
  workerUrl: string;
  /** The dev server behind it, which takes ticks and asks callers for the token. */
  devServerUrl: string;
  supabaseUrl: string;
  /** Undefined for a Supabase of one's own whose database URL was not given. */
  dbUrl: string | undefined;
  /** Speaks to the Data API as service_role. */
  supabase: SupabaseClient;
  /** The built-in ServiceTitan; undefined when the stack works with another one. */
  serviceTitan: { url: string; world: World } | undefined;
  /** Ends what is not a process of `processes`. */
  stop(): Promise<void>;
}

/**
 * Starts every part and connects the demo workspace. Throws a StackError when something stands in the way; what runs by
 * then is ended by `processes.stop()`.
 */
export async function startStack(settings: Settings, processes: Processes): Promise<Stack> {
  const { ports, stateFolder, ownSupabase, otherServiceTitan, workspace } = settings;
  const needed = [
    ports.worker,
    ...(ownSupabase ? [] : [ports.supabase, ports.postgres]),
    ...(otherServiceTitan ? [] : [ports.serviceTitan]),
  ];
  // Before the ports: those of the stack that runs in the same folder are taken too, and that is not what to say of it.
  requireUnlocked(stateFolder);
  for (const port of needed) await requireFreePort(port);
  makeStateFolder(stateFolder, PROJECT_FOLDER);
  process.once('exit', lockFolder(stateFolder, ports.worker.port));
  prepareParts(stateFolder, settings.fresh || settings.once);
  requireWritableProject(PROJECT_FOLDER);

  const localUrl = (port: number) => `http://127.0.0.1:${port}`;
  const builtInUrl = localUrl(ports.supabase.port);
  const secrets = keepStateSecrets(stateFolder, { databasePort: ports.postgres.port, supabaseUrl: builtInUrl });
  const project = ownSupabase ?? { url: builtInUrl, secretKey: secrets.project.keys.secret.default };
  const credentialsKey = settings.credentialsKey ?? secrets.credentialsKey;
  const simulatorUrl = localUrl(ports.serviceTitan.port);
  const [database, simulator, worker] = await Promise.all([
    ownSupabase ? useOwnSupabase(ownSupabase.dbUrl) : startBuiltInSupabase(settings, secrets, processes),
    otherServiceTitan ? undefined : startServiceTitan({ port: ports.serviceTitan.port }),
    startWorker({
      projectFolder: PROJECT_FOLDER,
      stateFolder,
      port: await freePort(),
      secrets: {
        SUPABASE_URL: project.url,
        SUPABASE_SECRET_KEY: project.secretKey,
        API_TOKEN: secrets.apiToken,
        CREDENTIALS_KEY: credentialsKey,
      },
      variables: {
        ...settings.workerVariables,
        DEBUG_ENDPOINTS: 'true',
        TICK_SECONDS: String(settings.tickSeconds),
        SERVICETITAN_AUTH_URL: otherServiceTitan?.authUrl ?? simulatorUrl,
        SERVICETITAN_API_URL: otherServiceTitan?.apiUrl ?? simulatorUrl,
      },
      processes,
    }),
  ]);
  const world = simulator && createWorld(simulator, settings);
  await connect(workspace, { ...project, credentialsKey });
  await nudgeInstances(worker.url);
  const front = await startFront({ port: ports.worker.port, workerUrl: worker.url, token: secrets.apiToken });
  return {
    workspace,
    workerUrl: front.url,
    devServerUrl: worker.url,
    supabaseUrl: project.url,
    dbUrl: database.dbUrl,
    supabase: createSupabase({ SUPABASE_URL: project.url, SUPABASE_SECRET_KEY: project.secretKey }),
    serviceTitan: simulator && world && { url: simulator.url, world },
    stop: async () => {
      await front.stop();
      await worker.stop();
      await simulator?.stop();
      await database.stop();
    },
  };
}

async function connect(
  workspace: DemoWorkspace,
  { url, secretKey, credentialsKey }: { url: string; secretKey: string; credentialsKey: string },
): Promise<void> {
  try {
    await connectWorkspace({ supabaseUrl: url, supabaseSecretKey: secretKey, credentialsKey }, workspace);
  } catch (error) {
    throw new StackError(`The workspace ${workspace.workspaceId} could not be connected: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

interface Database {
  dbUrl: string | undefined;
  stop(): Promise<void>;
}

function startBuiltInSupabase(settings: Settings, { project }: StateSecrets, processes: Processes): Promise<Database> {
  return startSupabase({
    source: join(PROJECT_FOLDER, 'supabase'),
    stateFolder: settings.stateFolder,
    apiPort: settings.ports.supabase.port,
    postgresPort: settings.ports.postgres.port,
    secrets: project,
    // What --once writes is gone at the next start.
    durable: !settings.once,
    processes,
  });
}

async function useOwnSupabase(dbUrl: string | undefined): Promise<Database> {
  if (dbUrl !== undefined) await migrate(dbUrl, join(PROJECT_FOLDER, 'supabase', 'migrations'));
  return { dbUrl, stop: async () => {} };
}

/** The demo tenant, with what happened to it before a restart. */
function createWorld(simulator: SimulatedServiceTitan, { workspace, customers, stateFolder }: Settings): World {
  const { tenantId, clientId, clientSecret, appKey } = workspace;
  const options = { tenantId, clientId, clientSecret, appKey, seed: SEED, customers };
  try {
    return simulator.createTenant(options, join(stateFolder, SERVICETITAN_JOURNAL));
  } catch (error) {
    throw new StackError(`The simulated ServiceTitan can't go on: ${(error as Error).message} \`--fresh\` does.`, {
      cause: error,
    });
  }
}
