import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Processes } from '../processes.ts';
import { createFunctions } from './functions.ts';
import { startGateway } from './gateway.ts';
import type { ProjectSecrets } from './keys.ts';
import { bootstrap, migrate } from './migrate.ts';
import { startPostgres } from './postgres.ts';
import { startPostgrest } from './postgrest.ts';

export interface SupabaseOptions {
  /** Folder with `migrations/` and `functions/`. */
  source: string;
  /** Folder that keeps the data and the logs. */
  stateFolder: string;
  apiPort: number;
  postgresPort: number;
  secrets: ProjectSecrets;
  /** False: the data is thrown away afterwards, so nothing waits for the disk. */
  durable: boolean;
  processes: Processes;
}

export interface Supabase {
  url: string;
  publishableKey: string;
  secretKey: string;
  dbUrl: string;
  /** Outages, for tests: the database, stopped in good order or killed, comes back on its data with `start`. */
  postgres: { stop(): Promise<void>; kill(): Promise<void>; start(): Promise<void> };
  /** Kills the Edge Functions; the next request starts them again. */
  killFunctions(): Promise<void>;
  /** Closes the API; the processes behind it are `processes`' to stop. */
  stop(): Promise<void>;
}

/** Starts PostgreSQL, PostgREST, the Edge Functions and the gateway, with all migrations applied. */
export async function startSupabase(options: SupabaseOptions): Promise<Supabase> {
  const { processes, stateFolder, secrets } = options;
  const { keys, jwtSecret } = secrets;
  const logs = join(stateFolder, 'logs');
  mkdirSync(logs, { recursive: true, mode: 0o700 });
  const startDatabase = () =>
    startPostgres({
      folder: join(stateFolder, 'postgres'),
      port: options.postgresPort,
      durable: options.durable,
      password: secrets.postgresPassword,
      processes,
      logFile: join(logs, 'postgres.log'),
    });
  let database = await startDatabase();
  const dbUrl = database.url;
  await bootstrap(dbUrl);
  await migrate(dbUrl, join(options.source, 'migrations'));
  const restSocket = await startPostgrest({
    dbUrl,
    authenticatorPassword: secrets.authenticatorPassword,
    jwtSecret,
    folder: processes.folder,
    processes,
    logFile: join(logs, 'postgrest.log'),
  });
  const url = `http://127.0.0.1:${options.apiPort}`;
  const functions = createFunctions({
    root: join(options.source, 'functions'),
    socketFolder: processes.folder,
    cacheFolder: join(stateFolder, 'deno'),
    env: {
      SUPABASE_URL: url,
      SUPABASE_PUBLISHABLE_KEYS: JSON.stringify(keys.publishable),
      SUPABASE_SECRET_KEYS: JSON.stringify(keys.secret),
    },
    processes,
    logFile: join(logs, 'functions.log'),
  });
  const gateway = await startGateway({
    port: options.apiPort,
    keys,
    jwtSecret,
    restSocket,
    functionSocket: functions.socket,
  });
  return {
    url,
    publishableKey: keys.publishable.default,
    secretKey: keys.secret.default,
    dbUrl,
    postgres: {
      stop: () => database.stop(),
      kill: () => database.kill(),
      start: async () => {
        database = await startDatabase();
      },
    },
    killFunctions: functions.kill,
    stop: gateway.stop,
  };
}
