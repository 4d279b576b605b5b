// One upsert a row with a few in flight, as open-source sync engines write: a long-lived process that reads a page, then
// upserts its rows, five at a time, before it reads the next. Started by perRow.ts.
import { createClient } from '@supabase/supabase-js';
import pMap from 'p-map';
import { createPageReader, type PlainCustomer } from '../naive/readPage.ts';
import { type PlainRow, toContactRow, toMethodRow } from '../naive/toRows.ts';
import type { PerRowJob } from './perRow.ts';

const IN_FLIGHT = 5;

async function sync(job: PerRowJob): Promise<void> {
  const { workspaceId, source } = job;
  const supabase = createClient(job.supabaseUrl, job.secretKey, { auth: { persistSession: false } });
  const reader = createPageReader(job.access);

  const upsert = async (table: string, row: PlainRow, onConflict: string) => {
    const { error } = await supabase.from(table).upsert(row, { onConflict });
    if (error) throw new Error(error.message);
  };
  const writeCustomer = async (customer: PlainCustomer) => {
    await upsert('contacts', toContactRow(workspaceId, source, customer), 'workspace_id,crm_id');
    for (const contact of customer.contacts) {
      const row = toMethodRow(workspaceId, source, customer, contact);
      await upsert('servicetitan_contact_methods', row, 'workspace_id,source,crm_id,id');
    }
  };
  for (let page = 1, hasMore = true; hasMore; page += 1) {
    const fetched = await reader.read(job.modifiedOnOrAfter, page);
    hasMore = fetched.hasMore;
    await pMap(fetched.customers, writeCustomer, { concurrency: IN_FLIGHT });
  }
}

process.on('message', (job: PerRowJob) => {
  sync(job).then(
    () => process.send!({ ok: true }),
    (error: Error) => process.send!({ ok: false, error: error.message }),
  );
});
process.on('disconnect', () => process.exit());
