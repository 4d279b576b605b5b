// A product's own database: its tables first, then the migrations, then a workspace and a run that writes through the
// Edge Function's own code. SQL runs as the Data API would run it: as service_role, under the project's search path.
import type { Sql } from 'postgres';
import { migrate } from '../../local/supabase/migrate.ts';
import type { Batch, BatchResult, RunOfBatch } from '../../supabase/functions/_shared/contactBatch.ts';
import type { RpcAnswer } from '../../supabase/functions/servicetitan-contact-sync/database.ts';
import { handle } from '../../supabase/functions/servicetitan-contact-sync/handler.ts';
import { batchOf } from '../function/rows.ts';
import { createTestDatabase, MIGRATIONS } from '../sql/databases.ts';
import { as, callIn, type Row } from './database.ts';

/** What PostgREST sets with its settings of hosted Supabase: the schema that was asked for, then the extra path. */
const DATA_API_PATH = '"public", "public", "extensions"';

export const WORKSPACE = 'shop';
export const TENANT = '410387862';

export interface Product {
  url: string;
  sql: Sql;
  /** Calls a function of ours as the Data API does. */
  call: <Result>(name: string, parameters: Row) => Promise<Result>;
  /** Connects the workspace; answers what is told of the tables. */
  connect: (connection?: Row) => Promise<Row[]>;
  /** Connects the workspace to a tenant and begins a run, which takes the place of the one before. */
  begin: (connection?: Row) => Promise<void>;
  /** Writes the run's next page, or a part of the one that `run` names; answers what the Edge Function does, or its error. */
  write: (
    fields: Partial<Omit<Batch, 'run'>> & { run?: Partial<RunOfBatch> },
  ) => Promise<BatchResult & { error?: { code: string; message: string } }>;
  /** Rows of contacts that have a crm_id, in its order. */
  contacts: () => Promise<Row[]>;
  /** The quarantine: customer, feed and reason, a line each. */
  setAside: () => Promise<string[]>;
  /** The run's row in the ledger. */
  ledger: () => Promise<Row>;
}

/** `before` makes the product's tables, `after` what it does to them once the sync's are there. */
export async function createProduct(before: string, after = ''): Promise<Product> {
  const { url, sql } = await createTestDatabase();
  await sql.unsafe(before);
  await migrate(url, MIGRATIONS);
  await sql.unsafe(after);
  const asDataApi = <Result>(name: string, parameters: Row) =>
    as(
      'service_role',
      async (role) => {
        await role`select set_config('search_path', ${DATA_API_PATH}, true), set_config('statement_timeout', '8s', true)`;
        return callIn<Result>(role, name, parameters);
      },
      sql,
    );
  const rpc = (name: string, parameters: object): Promise<RpcAnswer> =>
    asDataApi(name, parameters as Row).then(
      (data) => ({ data, error: null, status: 200 }),
      ({ code, message }) => ({ data: null, error: { code, message }, status: 400 }),
    );
  let run = { workspace_id: WORKSPACE, instance_id: '', fence: 0 };
  let runs = 0;
  let page = 0;

  const connect = (connection: Row = {}) =>
    asDataApi<Row[]>('save_servicetitan_connection', {
      p_connection: {
        workspace_id: WORKSPACE,
        name: 'The Shop',
        time_zone: 'America/Denver',
        environment: 'production',
        tenant_id: TENANT,
        client_id: 'client',
        credentials_id: '00000000-0000-4000-8000-000000000000',
        client_secret_sealed: 'sealed',
        app_key_sealed: 'sealed',
        ...connection,
      },
    });
  const begin = async (connection: Row = {}) => {
    await connect(connection);
    await sql`update public.servicetitan_sync_state set run_instance_id = null`;
    const instance_id = `sync-${WORKSPACE}-${(runs += 1)}`;
    await asDataApi('claim_servicetitan_runs', {
      p_trigger: 'manual',
      p_claims: [{ workspace_id: WORKSPACE, instance_id }],
    });
    const { fence } = await asDataApi<{ fence: number }>('begin_servicetitan_run', {
      p_workspace_id: WORKSPACE,
      p_instance_id: instance_id,
      p_started_at: new Date().toISOString(),
      p_overlap_seconds: 900,
    });
    run = { workspace_id: WORKSPACE, instance_id, fence };
    page = 0;
  };
  return {
    url,
    sql,
    call: asDataApi,
    connect,
    begin,
    write: async ({ run: part, ...fields }) => {
      page = part?.page ?? page + 1;
      const response = await handle(
        new Request('https://project.example/', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(batchOf({ run: { ...run, page, chunk: 0, ...part }, ...fields })),
        }),
        { rpc, log: () => {} },
      );
      return response.json() as never;
    },
    contacts: async () => [
      ...(await sql<Row[]>`select * from public.contacts where crm_id is not null order by crm_id collate "C"`),
    ],
    setAside: async () => {
      const rows = await sql<{ line: string }[]>`
        select crm_id || ' ' || feed || ': ' || reason as line from public.servicetitan_sync_errors order by 1
      `;
      return rows.map(({ line }) => line);
    },
    ledger: async () => {
      const [row] = await sql<{ run: Row }[]>`
        select to_jsonb(run) as run from public.servicetitan_sync_runs as run where instance_id = ${run.instance_id}
      `;
      return row!.run;
    },
  };
}

/** A product with a contacts table of its own, as small as can be. */
export const SMALL_PRODUCT = `
  create table public.workspaces (id text primary key, name text);
  create table public.contacts (id uuid primary key default gen_random_uuid(), workspace_id text not null, owner text);
  alter table public.workspaces enable row level security;
  alter table public.contacts enable row level security;
`;

/** A trigger on contacts whose function has this body. */
export function trigger(body: string, { when = 'before insert or update', name = 'product_rule' } = {}): string {
  return `
    create function public.${name}() returns trigger language plpgsql as $$ begin ${body} end $$;
    create trigger ${name} ${when} on public.contacts for each row execute function public.${name}();
  `;
}
