// Where the time of an initial sync goes: each part of the product by itself, on one real page of each export feed.
import { createServiceTitanApi, type Fetch } from '../../src/serviceTitanApi.ts';
import type { Batch } from '../../supabase/functions/_shared/contactBatch.ts';
import { handle } from '../../supabase/functions/servicetitan-contact-sync/handler.ts';
import { type Bench, createTenant, type System } from '../system.ts';
import { readPages, toBatches } from './chunks.ts';
import { inProcess } from './inProcess.ts';
import type { ProfiledPart, ProfileJob } from './profileProcess.ts';
import { requestWith } from './request.ts';
import { beginRun, serviceTitanOf } from './run.ts';
import { timeSqlFunctions } from './sqlFunctions.ts';
import { configFor } from './workerConfig.ts';

export async function measureProfile(
  system: System,
  pageSize: number,
  report: (line: string) => void,
): Promise<ProfiledPart[]> {
  const bench = await createTenant(system, pageSize);
  const answers = await readAnswers(system, bench);
  const parts = await inProcess<ProfileJob, ProfiledPart[]>(system.stateFolder, 'profileProcess.ts', answers);
  const { exported, contacts } = await readPages(serviceTitanOf(system, bench), pageSize);
  const run = await beginRun(system, bench);
  const chunkSize = configFor(system.gateway.url, system.secrets.keys.secret.default).INITIAL_CHUNK_SIZE;
  // As an initial sync does: the contact methods first.
  const ofContacts = await timeSqlFunctions(system.sql, await toSql(await toBatches(contacts, chunkSize, run, 1)));
  const ofCustomers = await timeSqlFunctions(system.sql, await toSql(await toBatches(exported, chunkSize, run, 2)));
  const thousands = [exported.customers.length / 1000, contacts.contact_methods.length / 1000] as const;
  const names = [...new Set([...ofCustomers.keys(), ...ofContacts.keys()])];
  const sqlParts = names.map((part): ProfiledPart => ({
    where: 'Postgres',
    part,
    customers: (ofCustomers.get(part) ?? 0) / thousands[0],
    contacts: (ofContacts.get(part) ?? 0) / thousands[1],
  }));
  await system.source.ask({ do: 'remove', tenantId: bench.tenant.tenantId });
  report(`${parts.length + sqlParts.length} parts profiled on pages of ${pageSize}`);
  return [...parts, ...sqlParts.toSorted((one, other) => other.customers - one.customers)];
}

/** The first batch of both export feeds, as text. */
async function readAnswers({ source }: System, { tenant }: Bench): Promise<ProfileJob> {
  let last = '';
  const keep: Fetch = async (url, init) => {
    const response = await fetch(url, init);
    last = await response.clone().text();
    return response;
  };
  const api = createServiceTitanApi({ ...tenant, authUrl: source.url, apiUrl: source.url }, { fetch: keep });
  await api.exportCustomers({ from: null });
  const customers = last;
  await api.exportContacts({ from: null, includeRecentChanges: true });
  return { customers, contacts: last };
}

/** What the Edge Function makes of the batches for the SQL function. */
async function toSql(batches: Batch[]): Promise<object[]> {
  const calls: object[] = [];
  const written = { created: 0, updated: 0, unchanged: 0, stale: 0, set_aside: [], renormalize: [] };
  for (const batch of batches) {
    const response = await handle(requestWith(JSON.stringify(batch)), {
      rpc: async (_name, parameters) => {
        calls.push((parameters as { p_batch: object }).p_batch);
        return { data: written, error: null, status: 200 };
      },
      log: () => {},
    });
    if (!response.ok) throw new Error(`The function's handler answered ${response.status}.`);
  }
  return calls;
}
