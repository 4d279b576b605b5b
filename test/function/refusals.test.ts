// What is set aside, what is said of it, and which faults are not about a record. The database is a function here.
import { describe, expect, test } from 'vitest';
import type { Rpc } from '../../supabase/functions/servicetitan-contact-sync/database.ts';
import { describeRefusal } from '../../supabase/functions/_shared/refusal.ts';
import { handle } from '../../supabase/functions/servicetitan-contact-sync/handler.ts';
import { batchOf, customerRow, methodRow } from './rows.ts';

const WRITTEN = { created: 0, updated: 0, unchanged: 0, stale: 0, set_aside: [], renormalize: [], committed: true };
const answering = (data: unknown): ReturnType<Rpc> => Promise.resolve({ data, error: null, status: 200 });
const refusing = (code: string, message: string): ReturnType<Rpc> =>
  Promise.resolve({ data: null, error: { code, message }, status: 400 });

/** Refuses every record in these words. */
const refusingRecords =
  (code: string, message: string): Rpc =>
  (name, parameters: any) =>
    name === 'sync_servicetitan_records_apart'
      ? answering({ ...WRITTEN, refused: [{ at: 0, sqlstate: code, message, inside: null }] })
      : parameters.p_batch.customers.length > 0
        ? refusing(code, message)
        : answering(WRITTEN);

async function send(batch: object, rpc: Rpc) {
  const logged: object[] = [];
  const request = new Request('https://project.example/', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(batch),
  });
  const response = await handle(request, { rpc, log: (entry) => logged.push(entry) });
  return { status: response.status, body: (await response.json()) as any, logged };
}

test('a fault of a whole record is told of the record, and not of "it"', () => {
  const fields = [{ path: [], fault: 'kind', expected: 'object' }] as never;
  expect(describeRefusal({ fields })).toBe('the record: expected object');
  expect(describeRefusal({ fields: [] })).toBe('the record is not as agreed');
});

test('R10: however many do not fit the schema, each is set aside, and the rest is written', async () => {
  const unreadable = (id: number) => ({ ...customerRow(String(id)), active: 'yes' }) as never;
  const ids = Array.from({ length: 40 }, (_, index) => index + 1);
  const { status, body } = await send(batchOf({ customers: [customerRow('900'), ...ids.map(unreadable)] }), () =>
    answering(WRITTEN),
  );
  expect([status, body.errors.length]).toEqual([200, 40]);
});

test('two bad rows of the feed set their customer aside once', async () => {
  const bad = (id: string) => ({ ...methodRow(id, '7'), value: null }) as never;
  const { body } = await send(batchOf({ contact_methods: [bad('1'), bad('2')] }), () => answering(WRITTEN));
  expect(body.errors).toMatchObject([{ feed: 'contacts', customer_id: '7' }]);
});

test("a customer that carries another's contact methods is set aside, for it would take them away", async () => {
  const customers = [customerRow('1', { contact_methods: [methodRow('11', '2')] })];
  const { body } = await send(batchOf({ customers }), () => answering(WRITTEN));
  expect(body.errors).toEqual([
    { feed: 'customers', customer_id: '1', reason: 'contact_methods: one belongs to another customer' },
  ]);
});

test('a record without an id is named by its place', async () => {
  const customers = [customerRow('1'), { ...customerRow('2'), id: 'Lucia Ortega' }];
  const { status, body } = await send(batchOf({ customers }), () => answering(WRITTEN));
  expect(status).toBe(400);
  expect(body.error.message).toContain('customers.1.id');
  expect(body.error.message).not.toContain('Ortega');
});

describe('the reason of a refusal', () => {
  test.for([
    ['23505', 'duplicate key value violates unique constraint "contacts_phone_key"', '"contacts_phone_key"'],
    ['23514', 'new row for relation "contacts" violates check constraint "name_is_short"', '"name_is_short"'],
    ['23502', 'null value in column "owner" of relation "contacts" violates not-null constraint', 'column "owner"'],
    ['22P05', 'unsupported Unicode escape sequence', 'NUL'],
    ['54000', 'index row size 9008 exceeds btree maximum 2704', 'too large for an index'],
  ] as const)('%s names what was violated', async ([code, message, expected]) => {
    const { body } = await send(batchOf({ customers: [customerRow('1')] }), refusingRecords(code, message));
    expect(body.errors[0].reason).toContain(`SQLSTATE ${code}`);
    expect(body.errors[0].reason).toContain(expected);
  });

  test.for([
    ['22007', 'invalid input syntax for type date: "column "Ortega""'],
    ['P0001', 'no column "Ortega", no constraint "Ortega"'],
    ['23514', 'Ortega violates check constraint "Ortega"'],
  ] as const)('%s tells nothing of a text that may quote values', async ([code, message]) => {
    const { body, logged } = await send(batchOf({ customers: [customerRow('1')] }), refusingRecords(code, message));
    expect(body.errors).toHaveLength(1);
    expect(JSON.stringify([body, logged])).not.toContain('Ortega');
  });
});

describe('faults that are not about a record', () => {
  test('what was set aside can not be stored: the batch is refused, and not sent again', async () => {
    const rejected = [{ feed: 'contacts' as const, customer_id: '1', reason: 'refused' }];
    const { status, body } = await send(batchOf({ rejected }), (_name, parameters: any) =>
      parameters.p_batch.rejected.length > 0 ? refusing('22P05', '') : answering(WRITTEN),
    );
    expect([status, body.error.code]).toEqual([422, 'batch_refused']);
  });

  test('SQL functions of another version', async () => {
    const { status, body } = await send(batchOf(), () => answering({ inserted: 1 }));
    expect([status, body.error.code]).toEqual([500, 'database_not_ready']);
  });

  test('a fault of the code is logged with its place, and its text, which may hold data, is told nowhere', async () => {
    const { status, body, logged } = await send(batchOf(), () => Promise.reject(new TypeError('Lucia Ortega')));
    expect([status, body.error.code]).toEqual([500, 'unexpected']);
    expect(logged).toMatchObject([{ error: 'TypeError', at: expect.arrayContaining([expect.stringMatching(/^at /)]) }]);
    expect(JSON.stringify([body, logged])).not.toContain('Ortega');
  });
});

describe('phones of another country', () => {
  const phone = { id: '11', crm_id: '1', value: '0412 345 678', country_code: 'AU' };
  const commit = { feed: 'initial_customers' as const, continue_from: 'token', done: false, read_at: null };

  test('are normalised again, and the commit that waited for them goes with them', async () => {
    const calls: [string, any][] = [];
    await send(batchOf({ customers: [customerRow('1')], commit }), (name, parameters) => {
      calls.push([name, parameters]);
      return answering(
        name === 'sync_servicetitan_contacts' ? { ...WRITTEN, renormalize: [phone], committed: false } : { updated: 1 },
      );
    });
    expect(calls.map(([name]) => name)).toEqual(['sync_servicetitan_contacts', 'renormalize_servicetitan_phones']);
    expect(calls[1]![1]).toMatchObject({
      p_phones: [{ id: '11', crm_id: '1', normalized: '+61412345678', country_code: 'AU' }],
      p_commit: commit,
    });
    expect(calls[1]![1].p_phones[0]).not.toHaveProperty('value');
  });
});

test("a batch is logged under the correlation id of the Worker's call, whatever its body is; a made-up one is not repeated", async () => {
  const answerTo = async (correlationId: string) => {
    const logged: object[] = [];
    const headers = { 'content-type': 'application/json', 'x-correlation-id': correlationId };
    const request = new Request('https://project.example/', { method: 'POST', headers, body: '{' });
    await handle(request, { rpc: () => Promise.reject(new Error('unreached')), log: (entry) => logged.push(entry) });
    return logged;
  };
  expect(await answerTo('sync-45963-1770520988299/2/0')).toMatchObject([
    { event: 'batch', correlation_id: 'sync-45963-1770520988299/2/0', status: 400 },
  ]);
  expect(await answerTo('Lucia Ortega')).toMatchObject([{ correlation_id: null }]);
});

describe('R20: a contact method that can not be used', () => {
  const sound = methodRow('11', '1');
  /**
   * The rows that the database is given for one customer with these methods, and what the batch is answered.
   */
  const written = async (contact_methods: unknown[]) => {
    let given: any;
    const customers = [customerRow('1', { contact_methods: contact_methods as never })];
    const { body } = await send(batchOf({ customers }), (_name, { p_batch }: any) => {
      given = p_batch;
      return answering(WRITTEN);
    });
    return { given, errors: body.errors };
  };

  test.for([
    ['of another kind', { memo: 7 }, /^memo: /],
    ['too long', { value: 'v'.repeat(10_001) }, /^value: /],
    ['that the database can not store', { memo: '\0' }, /can not store/],
    ['without a version', { modified_on: null }, /^modified_on: /],
  ] as const)('%s is set aside by its id, and its customer is written with the others', async ([, fields, reason]) => {
    const { given, errors } = await written([sound, { ...methodRow('12', '1'), ...fields }]);
    expect(given.customers).toMatchObject([{ crm_id: '1', methods_reread: true }]);
    expect(given.contact_methods).toMatchObject([{ id: '11', value: sound.value }, { id: '12' }]);
    expect(given.contact_methods[1]).toEqual({ id: '12', crm_id: '1', active: null });
    expect(errors).toEqual([{ feed: 'contacts', customer_id: '1', reason: expect.stringMatching(reason) }]);
  });

  test('and has no id may be any of those stored: the methods were not read whole', async () => {
    const { given, errors } = await written([sound, { ...methodRow('12', '1'), id: null }]);
    expect(given.customers).toMatchObject([{ crm_id: '1', methods_reread: false }]);
    expect([given.contact_methods, errors.length]).toEqual([[], 1]);
  });
});

test('R20: a key that is not on the wire is not in the call', async () => {
  const { tax_exempt: _, ...customer } = customerRow('1', { contact_methods: [methodRow('11', '1', { memo: 'x' })] });
  const { name: __, ...nameless } = customer;
  const { memo: ___, value: ____, ...method } = methodRow('12', '1');
  const address = { ...customer.address };
  delete address.country;
  let given: any;
  const batch = batchOf({ customers: [{ ...nameless, address, contact_methods: [method] }] });
  await send(batch, (_name, { p_batch }: any) => {
    given = JSON.parse(JSON.stringify(p_batch));
    return answering(WRITTEN);
  });
  expect(Object.keys(given.customers[0]).filter((key) => /^name$|country/.test(key))).toEqual([]);
  expect(given.customers[0].custom_fields).not.toHaveProperty('tax_exempt');
  // Without its value a method's kind says nothing, so the two stay together.
  expect(Object.keys(given.contact_methods[0]).toSorted()).toEqual(
    ['active', 'crm_id', 'do_not_text', 'id', 'marketing', 'modified_on'].toSorted(),
  );
});

test('R20: the name of a field that is none of ours goes no further', async () => {
  let given: unknown;
  const batch = batchOf({ unreadable: { 'customer.type': 1, 'Lucia Ortega': 1 } as never });
  const { status, logged } = await send(batch, (_name, { p_batch }: any) => {
    given = p_batch.unreadable;
    return answering(WRITTEN);
  });
  expect([status, given]).toEqual([200, { 'customer.type': 1 }]);
  expect(JSON.stringify(logged)).not.toContain('Ortega');
});
