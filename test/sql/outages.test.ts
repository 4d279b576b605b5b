// R10: which SQLSTATEs are the database's or the run's, and no record's, is asked in two places: by the SQL that writes
// records apart, and by the Edge Function that hears the answer. The two have to agree.
import { expect, test } from 'vitest';
import { z } from 'zod';
import { callDatabase, DataError } from '../../supabase/functions/servicetitan-contact-sync/database.ts';
import { CONFLICTS } from '../../supabase/functions/_shared/shapes.ts';
import { as } from '../support/database.ts';

const CHARACTERS = [...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
/** One of each class there may be, and those that are told from others of their class. */
const SQLSTATES = [
  ...CHARACTERS.flatMap((one) => CHARACTERS.map((other) => `${one}${other}000`)),
  '40P01',
  '53300',
  '55006',
  '55P03',
  '57014',
  '57P01',
  'P0001',
  'P0002',
  'PT402',
  'PT409',
  'PT422',
  'XX001',
];
const cases = [
  ...SQLSTATES.map((sqlstate) => ({ sqlstate, message: 'no' })),
  ...CONFLICTS.flatMap((message) => ['PT409', 'P0001', 'PT404'].map((sqlstate) => ({ sqlstate, message }))),
];

test('R10: SQL and the Edge Function take the same SQLSTATEs for faults of the database or the run', async () => {
  const inSql = await as(
    'service_role',
    (sql) => sql`
      select public.is_servicetitan_outage(given.value ->> 'sqlstate', given.value ->> 'message') as outage
      from jsonb_array_elements(${sql.json(cases)}) with ordinality as given (value, place)
      order by given.place
    `,
  );
  const inTheFunction = await Promise.all(
    cases.map(async ({ sqlstate, message }) => {
      const rpc = async () => ({ data: null, error: { code: sqlstate, message }, status: 400 });
      const error = await callDatabase(rpc, 'sync_servicetitan_contacts', {}, z.never()).catch((thrown) => thrown);
      return !(error instanceof DataError);
    }),
  );
  const told = (outages: boolean[]) => cases.filter((_, index) => outages[index]).map((one) => JSON.stringify(one));
  expect(told(inTheFunction)).toEqual(told(inSql.map(({ outage }) => outage as boolean)));
  expect(told(inTheFunction).length).toBeGreaterThan(10);
  expect(told(inTheFunction).length).toBeLessThan(30);
});
