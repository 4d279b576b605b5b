// Everything the forms share: the simulated ServiceTitan, Postgres, PostgREST, the Edge Functions, and what is counted.
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import postgres, { type Sql } from 'postgres';
import { connectWorkspace } from '../local/connect.ts';
import type { Listener } from '../local/loopback.ts';
import { freePort } from '../local/ports.ts';
import { createProcesses, type Processes } from '../local/processes.ts';
import { createFunctions } from '../local/supabase/functions.ts';
import { startGateway } from '../local/supabase/gateway.ts';
import { createProjectSecrets, type ProjectSecrets } from '../local/supabase/keys.ts';
import { bootstrap, migrate } from '../local/supabase/migrate.ts';
import { startPostgres } from '../local/supabase/postgres.ts';
import { startPostgrest } from '../local/supabase/postgrest.ts';
import { createPerRowForm } from './forms/perRow.ts';
import { startNaiveForm } from './forms/naive.ts';
import { startOurForm } from './forms/ours.ts';
import { createLimitForm } from './forms/limit.ts';
import type { Form, FormName } from './forms/form.ts';
import { DISK_TIMING } from './disk.ts';
import { createExpectedTables } from './parity.ts';
import { type Source, startSource, type Tenant } from './source/client.ts';
import type { ExpectedFiles } from './source/expectedRows.ts';
import { type CountingProxy, startCountingProxy } from './countingProxy.ts';

const PROJECT = join(import.meta.dirname, '..');
const CREDENTIALS_KEY = randomBytes(32).toString('base64');
const ENVIRONMENT = 'production';
export const WORKSPACE_ID = 'bench';

/** A quarter of 4 GB for pages and 4 GB of log between checkpoints, as on a server of two cores; the defaults are for 0.5 GB. */
const SERVER_SETTINGS = ['shared_buffers=1GB', 'effective_cache_size=3GB', 'max_wal_size=4GB', ...DISK_TIMING];

export interface System {
  sql: Sql;
  source: Source;
  /** Where expected rows are written to. */
  files: (name: string) => ExpectedFiles;
  processes: Processes;
  stateFolder: string;
  stop(): Promise<void>;
  gateway: Listener;
  secrets: ProjectSecrets;
}

export async function startSystem(): Promise<System> {
  const processes = createProcesses((message) => {
    throw new Error(message);
  });
  chmodSync(processes.folder, 0o711);
  const stateFolder = processes.folder;
  const secrets = createProjectSecrets();
  const logs = join(stateFolder, 'logs');
  mkdirSync(logs);
  try {
    const { url: dbUrl } = await startPostgres({
      folder: join(stateFolder, 'postgres'),
      port: await freePort(),
      // As on a real server: a commit waits for the disk.
      durable: true,
      password: secrets.postgresPassword,
      settings: SERVER_SETTINGS,
      processes,
      logFile: join(logs, 'postgres.log'),
    });
    await bootstrap(dbUrl);
    await migrate(dbUrl, join(PROJECT, 'supabase', 'migrations'));
    const sql = postgres(dbUrl, { max: 4, onnotice: () => {} });
    await createExpectedTables(sql);
    const gateway = await startApi(processes, dbUrl, stateFolder, secrets);
    const source = await startSource();
    return {
      sql,
      source,
      processes,
      stateFolder,
      gateway,
      secrets,
      files: (name) => ({
        contacts: join(stateFolder, `${name}-contacts.tsv`),
        methods: join(stateFolder, `${name}-methods.tsv`),
      }),
      stop: async () => {
        await source.stop();
        await sql.end();
        await gateway.stop();
        await processes.stop();
      },
    };
  } catch (error) {
    await processes.stop();
    throw error;
  }
}

/** PostgREST, the product's Edge Function and the naive one, behind one gateway. */
async function startApi(
  processes: Processes,
  dbUrl: string,
  stateFolder: string,
  { keys, jwtSecret, authenticatorPassword }: ProjectSecrets,
): Promise<Listener> {
  const logs = join(stateFolder, 'logs');
  const restSocket = await startPostgrest({
    dbUrl,
    authenticatorPassword,
    jwtSecret,
    folder: processes.folder,
    processes,
    logFile: join(logs, 'postgrest.log'),
  });
  const port = await freePort();
  const functionsIn = (root: string) =>
    createFunctions({
      root,
      socketFolder: processes.folder,
      cacheFolder: join(stateFolder, 'deno'),
      env: {
        SUPABASE_URL: `http://127.0.0.1:${port}`,
        SUPABASE_PUBLISHABLE_KEYS: JSON.stringify(keys.publishable),
        SUPABASE_SECRET_KEYS: JSON.stringify(keys.secret),
      },
      processes,
      logFile: join(logs, 'functions.log'),
    });
  const product = functionsIn(join(PROJECT, 'supabase', 'functions'));
  const naive = functionsIn(join(import.meta.dirname, 'functions'));
  return startGateway({
    port,
    keys,
    jwtSecret,
    restSocket,
    functionSocket: async (name) => (await product.socket(name)) ?? naive.socket(name),
  });
}

/** A tenant of the source, and what its rows carry as their source. */
export interface Bench {
  tenant: Tenant;
  source: string;
  customers: number;
}

let tenants = 0;

/** The largest that production gives. */
const EXPORT_BATCH_SIZE = 5000;

export async function createTenant(system: System, customers: number): Promise<Bench> {
  tenants += 1;
  const tenantId = String(410_000_000 + tenants);
  const tenant = {
    tenantId,
    clientId: `client-${tenantId}`,
    clientSecret: `secret-${tenantId}`,
    appKey: `app-${tenantId}`,
    seed: 7,
  };
  // Without the export feed's delay: what an earlier round changed has to be there for the next form's initial sync.
  const switches = { exportBatchSize: EXPORT_BATCH_SIZE, exportLagSeconds: 0, callsPerSecond: null };
  await system.source.ask({ do: 'create', tenant: { ...tenant, switches }, customers });
  return { tenant, source: `${ENVIRONMENT}/${tenantId}`, customers };
}

/** Removes every row of the product's tables. */
export async function emptyTables({ sql }: System): Promise<void> {
  const tables = await sql<{ name: string }[]>`
    select tablename as name from pg_tables
    where schemaname = 'public' and (tablename like 'servicetitan%' or tablename = 'contacts')
  `;
  await sql.unsafe(`truncate ${tables.map(({ name }) => `public.${name}`).join(', ')}`);
}

/** Writes the rows that have to be there: of all customers, or of the first ones. Answers the files. */
export async function expectRows(system: System, { tenant, source }: Bench, first?: number): Promise<ExpectedFiles> {
  const files = system.files(first === undefined ? 'all' : 'changed');
  const which = first === undefined ? {} : { first };
  await system.source.ask({ do: 'expect', tenantId: tenant.tenantId, source, files, ...which });
  return files;
}

/** Removes every row that a form wrote, and connects the workspace to the tenant. */
export async function resetRows(system: System, { tenant }: Bench): Promise<void> {
  await emptyTables(system);
  await connectWorkspace(
    {
      supabaseUrl: system.gateway.url,
      supabaseSecretKey: system.secrets.keys.secret.default,
      credentialsKey: CREDENTIALS_KEY,
    },
    { workspaceId: WORKSPACE_ID, name: 'Benchmark', timeZone: null, environment: ENVIRONMENT, ...tenant },
  );
}

/** The four forms over a tenant, and the proxies in between when calls are to be counted and delayed. */
export interface Forms {
  all: Form[];
  proxies: { serviceTitan: CountingProxy; supabase: CountingProxy } | null;
  stop(): Promise<void>;
}

export interface Latency {
  serviceTitanMs: number;
  supabaseMs: number;
}

export interface FormsOptions {
  /** Those to start. */
  names: readonly FormName[];
  /** Null: nothing stands between the forms and their servers. */
  latency: Latency | null;
  settings?: Record<string, string>;
}

let formSets = 0;

export async function startForms(system: System, { tenant }: Bench, options: FormsOptions): Promise<Forms> {
  formSets += 1;
  const proxies = options.latency && {
    serviceTitan: await startCountingProxy(system.source.url, options.latency.serviceTitanMs),
    supabase: await startCountingProxy(system.gateway.url, options.latency.supabaseMs),
  };
  const serviceTitanUrl = proxies?.serviceTitan.url ?? system.source.url;
  const supabaseUrl = proxies?.supabase.url ?? system.gateway.url;
  const access = { url: serviceTitanUrl, ...tenant };
  const secretKey = system.secrets.keys.secret.default;
  const secrets = { SUPABASE_URL: supabaseUrl, SUPABASE_SECRET_KEY: secretKey };
  const { processes, stateFolder, sql } = system;
  const folderOf = (name: string) => {
    const folder = join(stateFolder, `${name}-${formSets}`);
    mkdirSync(join(folder, 'logs'), { recursive: true });
    return folder;
  };
  const worker = async (name: string, projectFolder: string) => ({
    projectFolder,
    stateFolder: folderOf(name),
    port: await freePort(),
    processes,
  });
  const start: Record<FormName, () => Promise<Form>> = {
    naive: async () =>
      startNaiveForm(sql, { access, secrets, ...(await worker('naive', join(import.meta.dirname, 'naive'))) }),
    'per-row': async () => createPerRowForm({ supabaseUrl, secretKey, access }),
    limit: async () => createLimitForm(sql),
    ours: async () =>
      startOurForm(sql, {
        serviceTitanUrl,
        tenantId: tenant.tenantId,
        settings: options.settings ?? {},
        secrets: { ...secrets, CREDENTIALS_KEY },
        ...(await worker('ours', PROJECT)),
      }),
  };
  // One after another: the Workers start compilers, and would only slow each other down.
  const all: Form[] = [];
  for (const name of options.names) all.push(await start[name]());
  return {
    all,
    proxies,
    stop: async () => {
      for (const form of all) await form.stop();
      await proxies?.serviceTitan.stop();
      await proxies?.supabase.stop();
    },
  };
}
