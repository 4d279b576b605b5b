import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from './ports.ts';
import { createProcesses } from './processes.ts';
import { startServiceTitan, type SimulatedServiceTitan } from './serviceTitan/server.ts';
import { createProjectSecrets } from './supabase/keys.ts';
import { startSupabase, type Supabase } from './supabase/supabase.ts';

export interface TestStack extends Pick<Supabase, 'postgres' | 'killFunctions'> {
  supabaseUrl: string;
  secretKey: string;
  publishableKey: string;
  jwtSecret: string;
  dbUrl: string;
  /** Everything that the parts print. */
  logsFolder: string;
  serviceTitanUrl: string;
  serviceTitan: SimulatedServiceTitan;
  stop(): Promise<void>;
}

/** Supabase and the simulated ServiceTitan without the Worker, on free ports, with data that ends with them. */
export async function startTestStack(): Promise<TestStack> {
  const secrets = createProjectSecrets();
  const processes = createProcesses((message) => {
    throw new Error(message);
  });
  // PostgreSQL may run as another user, who has to get through.
  chmodSync(processes.folder, 0o711);
  try {
    const supabase = await startSupabase({
      source: join(import.meta.dirname, '..', 'supabase'),
      stateFolder: processes.folder,
      apiPort: await freePort(),
      postgresPort: await freePort(),
      durable: false,
      secrets,
      processes,
    });
    const serviceTitan = await startServiceTitan();
    return {
      supabaseUrl: supabase.url,
      secretKey: supabase.secretKey,
      publishableKey: supabase.publishableKey,
      jwtSecret: secrets.jwtSecret,
      dbUrl: supabase.dbUrl,
      postgres: supabase.postgres,
      killFunctions: supabase.killFunctions,
      logsFolder: join(processes.folder, 'logs'),
      serviceTitanUrl: serviceTitan.url,
      serviceTitan,
      stop: async () => {
        await serviceTitan.stop();
        await supabase.stop();
        await processes.stop();
      },
    };
  } catch (error) {
    await processes.stop();
    throw error;
  }
}
