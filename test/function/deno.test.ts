// The function as it is deployed: in Deno, behind the gateway, over HTTP.
import { describe, expect, inject, test } from 'vitest';
import { createLedger } from '../../src/supabase/ledger.ts';
import { createWorkspace } from '../support/workspace.ts';
import { batchOf, customerRow, methodRow } from './rows.ts';

const { supabaseUrl, secretKey, publishableKey } = inject('stack');

async function send(
  body: string | Blob,
  { key = secretKey, type = 'application/json', method = 'POST', encoding = '' } = {},
) {
  const response = await fetch(`${supabaseUrl}/functions/v1/servicetitan-contact-sync`, {
    method,
    headers: {
      ...(key === '' ? {} : { apikey: key }),
      'content-type': type,
      ...(encoding === '' ? {} : { 'content-encoding': encoding }),
    },
    ...(method === 'GET' ? {} : { body }),
  });
  return { status: response.status, text: await response.text() };
}
const good = JSON.stringify(batchOf());
const gzip = async (text: string) =>
  new Response(new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'))).blob();

describe('callers', () => {
  test.for([
    ['no key', ''],
    ['a wrong key', 'sb_secret_wrong'],
    ['the publishable key', publishableKey],
    ['a JWT', 'eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoic2VydmljZV9yb2xlIn0.x'],
  ])('with %s are refused and told nothing', async ([, key]) => {
    const { status, text } = await send(good, { key: key! });
    expect(status).toBe(401);
    expect(JSON.parse(text)).toEqual({
      error: { code: 'unauthorized', message: 'a secret key of the project is needed', details: {} },
    });
  });
});

describe('bodies', () => {
  test.for([
    ['no JSON', '{"run":', {}, 400, 'bad_batch'],
    ['JSON of another shape', '{"run":1}', {}, 400, 'bad_batch'],
    [
      'more records than one call may have',
      JSON.stringify({ ...batchOf(), customers: Array(5001).fill(1) }),
      {},
      400,
      'bad_batch',
    ],
    ['a record without an id', JSON.stringify({ ...batchOf(), customers: [{ name: 'x' }] }), {}, 400, 'bad_batch'],
    ['another content type', good, { type: 'text/plain' }, 415, 'unsupported_media_type'],
    ['another method', good, { method: 'PUT' }, 405, 'method_not_allowed'],
    ['more than 8 MiB', `"${'x'.repeat(8 * 1024 * 1024)}"`, {}, 413, 'body_too_large'],
    ['a run that is not live', good, {}, 409, 'superseded'],
  ] as const)('%s is refused with its own status', async ([, body, options, status, code]) => {
    const answer = await send(body, options);
    expect([answer.status, JSON.parse(answer.text).error.code]).toEqual([status, code]);
  });

  test('a small gzip that inflates without end is refused', async () => {
    const answer = await send(await gzip(`"${'x'.repeat(40 * 1024 * 1024)}"`), { encoding: 'gzip' });
    expect(answer.status).toBe(413);
  });

  test('a gzipped batch is read', async () => {
    expect((await send(await gzip(good), { encoding: 'gzip' })).status).toBe(409);
  });
});

test("a live run's batch is written; phones abroad are read in their own country although the feed came first", async () => {
  const { workspaceId, supabase, contacts } = await createWorkspace({ customers: 0 });
  const ledger = createLedger(supabase);
  const run = { workspaceId, instanceId: `sync-${workspaceId}-${Date.now()}` };
  await ledger.claim('manual', [{ workspace_id: workspaceId, instance_id: run.instanceId }]);
  const { fence } = await ledger.begin(run, new Date(), 900, 55, 0);
  const runOnWire = { workspace_id: workspaceId, instance_id: run.instanceId, fence, chunk: 0 };

  const feed = [methodRow('11', '1', { value: '0412 345 678', active: true }), methodRow('21', '2', { active: true })];
  const first = await send(JSON.stringify(batchOf({ run: { ...runOnWire, page: 1 }, contact_methods: feed })));
  expect(first.status).toBe(200);

  const abroad = customerRow('1', { contact_methods: null });
  abroad.address.country = 'Australia';
  const customers = [
    abroad,
    customerRow('2', { contact_methods: [methodRow('9999999999999999999', '2')] }),
    customerRow('3'),
  ];
  const commit = { feed: 'initial_customers', continue_from: 'token', done: true, read_at: null } as const;
  const second = await send(JSON.stringify(batchOf({ run: { ...runOnWire, page: 2 }, customers, commit })));
  // An id that is out of range can't be stored: that record alone is set aside.
  expect(JSON.parse(second.text)).toMatchObject({
    created: 2,
    errors: [{ customer_id: '2', reason: expect.stringContaining('22003') }],
  });
  const stored = await contacts();
  expect([...stored.keys()].toSorted()).toEqual(['1', '3']);
  expect(stored.get('1')).toMatchObject({ phone: '+61412345678', address_country_code: 'AU' });
});
