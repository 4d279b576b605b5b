// Texts that JSON can hold and Postgres can't, through Deno, PostgREST and Postgres.
import { expect, inject, test } from 'vitest';
import { isUnstorable } from '../../supabase/functions/servicetitan-contact-sync/unstorable.ts';
import { createLedger } from '../../src/supabase/ledger.ts';
import { createWorkspace } from '../support/workspace.ts';
import { batchOf, customerRow } from './rows.ts';

const { supabaseUrl, secretKey } = inject('stack');

test.for([
  ['a NUL character', 'with \u0000 in it'],
  ['half of a character', 'with \ud800 in it'],
] as const)('R10: a name with %s sets its customer aside and stops nobody else', async ([, name]) => {
  const { workspaceId, supabase, contacts } = await createWorkspace({ customers: 0 });
  const ledger = createLedger(supabase);
  const run = { workspaceId, instanceId: `sync-${workspaceId}-${Date.now()}` };
  await ledger.claim('manual', [{ workspace_id: workspaceId, instance_id: run.instanceId }]);
  const { fence } = await ledger.begin(run, new Date(), 900, 55, 0);

  const customers = [customerRow('1'), customerRow('2', { name }), customerRow('3')];
  const response = await fetch(`${supabaseUrl}/functions/v1/servicetitan-contact-sync`, {
    method: 'POST',
    headers: { apikey: secretKey, 'content-type': 'application/json' },
    body: JSON.stringify(
      batchOf({ run: { workspace_id: workspaceId, instance_id: run.instanceId, fence, page: 1, chunk: 0 }, customers }),
    ),
  });
  expect(await response.json()).toMatchObject({
    created: 2,
    errors: [{ feed: 'customers', customer_id: '2', reason: expect.stringContaining('can not store') }],
  });
  expect([...(await contacts()).keys()].toSorted()).toEqual(['1', '3']);
});

test('every text of a record is looked at, and only what it really holds counts', () => {
  expect(isUnstorable({ customer: { fields: [{ value: 'a\u0000' }] } })).toBe(true);
  expect(isUnstorable({ customer: { fields: [{ value: '\udc00' }] } })).toBe(true);
  expect(isUnstorable({ name: String.raw`C:\u0000 \ud800`, other: '😀', none: null, number: 1 })).toBe(false);
});
