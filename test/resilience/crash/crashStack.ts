// The whole system in its real processes (Postgres, PostgREST, Deno, wrangler with the Worker and its Workflow, the simulated
// ServiceTitan), each of which can be killed and started again.
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../../local/ports.ts';
import { createProcesses } from '../../../local/processes.ts';
import { startServiceTitan, type SimulatedServiceTitan } from '../../../local/serviceTitan/server.ts';
import { createProjectSecrets } from '../../../local/supabase/keys.ts';
import { startSupabase, type Supabase } from '../../../local/supabase/supabase.ts';
import { startWorker, type Worker } from '../../../local/worker.ts';
import { createSupabase } from '../../../src/supabase/client.ts';
import { CREDENTIALS_KEY, randomApiToken } from '../../support/credentialsKey.ts';

const PROJECT_FOLDER = join(import.meta.dirname, '..', '..', '..');

export interface CrashStack {
  project: { supabaseUrl: string; supabaseSecretKey: string; credentialsKey: string };
  database: Supabase;
  supabase: ReturnType<typeof createSupabase>;
  serviceTitan: SimulatedServiceTitan;
  workerUrl: () => string;
  /** Ends the Worker, by SIGKILL to its whole process tree or in good order. */
  endWorker(how: 'kill' | 'stop'): Promise<void>;
  /** Starts it again on the same state. */
  startWorker(variables?: Record<string, string>): Promise<void>;
  stop(): Promise<void>;
}

/** Small pages and a low cap, so that a short run has many steps and successors. */
const VARIABLES = {
  BUSINESS_HOURS_START: '0',
  BUSINESS_HOURS_END: '24',
  INCREMENTAL_PAGE_SIZE: '20',
  INCREMENTAL_MAX_PAGES: '4',
  INITIAL_CHUNK_SIZE: '50',
};

export async function startCrashStack(): Promise<CrashStack> {
  const processes = createProcesses((message) => {
    throw new Error(message);
  });
  // PostgreSQL may run as another user, who has to get through.
  chmodSync(processes.folder, 0o711);
  const stateFolder = processes.folder;
  for (const part of ['worker', 'logs']) mkdirSync(join(stateFolder, part), { recursive: true });
  try {
    const [apiPort, postgresPort, workerPort] = [await freePort(), await freePort(), await freePort()];
    const serviceTitan = await startServiceTitan();
    const secrets = (supabase: Supabase) => ({
      SUPABASE_URL: supabase.url,
      SUPABASE_SECRET_KEY: supabase.secretKey,
      API_TOKEN: randomApiToken(),
      CREDENTIALS_KEY,
    });
    const source = join(PROJECT_FOLDER, 'supabase');
    // A database that is killed keeps only what has reached the disk.
    const database = await startSupabase({
      source,
      stateFolder,
      apiPort,
      postgresPort,
      durable: true,
      secrets: createProjectSecrets(),
      processes,
    });
    const start = (variables: Record<string, string> = {}): Promise<Worker> =>
      startWorker({
        projectFolder: PROJECT_FOLDER,
        stateFolder,
        port: workerPort,
        secrets: secrets(database),
        variables: {
          ...VARIABLES,
          ...variables,
          SERVICETITAN_AUTH_URL: serviceTitan.url,
          SERVICETITAN_API_URL: serviceTitan.url,
        },
        processes,
      });
    let worker = await start();
    return {
      project: { supabaseUrl: database.url, supabaseSecretKey: database.secretKey, credentialsKey: CREDENTIALS_KEY },
      database,
      supabase: createSupabase({ SUPABASE_URL: database.url, SUPABASE_SECRET_KEY: database.secretKey }),
      serviceTitan,
      workerUrl: () => worker.url,
      endWorker: (how) => worker[how](),
      startWorker: async (variables) => {
        worker = await start(variables);
      },
      stop: async () => {
        await serviceTitan.stop();
        await worker.stop();
        await database.stop();
        await processes.stop();
      },
    };
  } catch (error) {
    await processes.stop();
    throw error;
  }
}
