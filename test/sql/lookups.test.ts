// How many rows a chunk reads, counted by Postgres itself, in tables that have no statistics: as in every first sync.
import { expect, test } from 'vitest';
import { migrate } from '../../local/supabase/migrate.ts';
import { customer, phone } from './batches.ts';
import { createTestDatabase, MIGRATIONS } from './databases.ts';

const STORED = 2000;

async function createFilledDatabase() {
  const { url, sql } = await createTestDatabase();
  await migrate(url, MIGRATIONS);
  await sql`
    insert into servicetitan_sync_state (workspace_id, source, fence, run_instance_id, initial_sync_completed)
    values ('w', 'production/1', 1, 'run', true)
  `;
  await sql`insert into servicetitan_sync_runs (instance_id, workspace_id, fence, trigger, status, source) values ('run', 'w', 1, 'cron', 'running', 'production/1')`;
  await sql`
    insert into contacts (workspace_id, crm_id, crm_source, name, crm_modified_on)
    select 'w', id::text, 'production/1', 'Old', '2025-01-01T00:00:00.0000000Z' from generate_series(1, ${STORED}) as id
  `;
  await sql`
    insert into servicetitan_contact_methods (workspace_id, source, id, crm_id, type, value, usability, normalized, home_country, modified_on)
    select 'w', 'production/1', id, id::text, 'MobilePhone', 'x', 'valid', 'x', 'US', '2025-01-01T00:00:00.0000000Z'
    from generate_series(1, ${STORED}) as id
  `;
  /** Calls the function in a transaction and counts the rows it read by index and by scan, in both tables together. */
  const rowsReadBy = (call: string, parameters: object[]) =>
    sql.begin(async (transaction) => {
      await transaction.unsafe(`select public.${call}`, parameters as never[]);
      const [counted] = await transaction<{ rows: number }[]>`
        select sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::int as rows
        from pg_stat_xact_user_tables
        where relname in ('contacts', 'servicetitan_contact_methods')
      `;
      return counted!.rows;
    });
  return rowsReadBy;
}

const ids = Array.from({ length: 20 }, (_, index) => String(index * 50 + 1));
const run = { workspace_id: 'w', instance_id: 'run', fence: 1, page: 1, country: 'US', part: '0' };

test('a chunk reads the rows that it is about, not those of the whole workspace', async () => {
  const rowsReadBy = await createFilledDatabase();
  const chunk = {
    run,
    customers: ids.map((id) => customer(id, { methods_reread: true })),
    contact_methods: ids.map((id) => phone(id, id)),
    rejected: [],
    commit: null,
  };
  expect(await rowsReadBy('sync_servicetitan_contacts($1)', [chunk])).toBeLessThan(ids.length * 20);
});

test('so does a chunk of the contacts feed, and the second half of one', async () => {
  const rowsReadBy = await createFilledDatabase();
  const feed = {
    run,
    customers: [],
    contact_methods: ids.map((id) => phone(id, id, { active: true })),
    rejected: [],
    commit: null,
  };
  expect(await rowsReadBy('sync_servicetitan_contacts($1)', [feed])).toBeLessThan(ids.length * 20);
  const phones = ids.map((id) => ({ id, crm_id: id, usability: 'valid', normalized: `+1${id}`, country_code: 'CA' }));
  expect(await rowsReadBy('renormalize_servicetitan_phones($1, $2, null)', [run, phones])).toBeLessThan(
    ids.length * 20,
  );
});
