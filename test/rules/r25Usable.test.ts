// R25: contacts.phone can be dialled and contacts.email can be written to, or they are null. The table of what offices type,
// from the simulated ServiceTitan to contacts: in the first sync, and as changes that a later run brings.
import { describe, expect, test } from 'vitest';
import type { NewContact } from '../../local/serviceTitan/tenant/records.ts';
import { runSync } from '../support/ring.ts';
import { createWorkspace, type TestWorkspace, type WorkspaceOptions } from '../support/workspace.ts';

interface Row {
  input: string;
  /** In the order of their ids. */
  methods: NewContact[];
  country?: string;
  state?: string;
  timeZone?: string;
  contact: Record<string, unknown>;
}

const mobile = (value: string, more: Partial<NewContact> = {}): NewContact => ({ type: 'MobilePhone', value, ...more });
const phone = (value: string, more: Partial<NewContact> = {}): NewContact => ({
  ...mobile(value, more),
  type: 'Phone',
});
const email = (value: string, more: Partial<NewContact> = {}): NewContact => ({
  ...mobile(value, more),
  type: 'Email',
});

const TABLE: Row[] = [
  {
    input: 'a mobile of N/A before a good phone',
    methods: [mobile('N/A'), phone('2085550117')],
    contact: { phone: '+12085550117', phone_type: 'Phone', phone_as_entered: null },
  },
  {
    input: 'an e-mail of none before a good one with blanks around it',
    methods: [email('none'), email(' REAL@Example.COM ')],
    contact: { email: 'REAL@Example.COM', email_as_entered: null },
  },
  {
    input: 'two numbers in the first mobile',
    methods: [mobile('2085550117 / 2085550118'), mobile('2085550119')],
    contact: { phone: '+12085550117' },
  },
  {
    input: 'two addresses in one e-mail',
    methods: [email('a@example.com; b@example.com')],
    contact: { email: 'a@example.com' },
  },
  ...['0000000000', '(123) 456-7890', '555-0144', 'ask the office'].map((junk) => ({
    input: `${junk} alone`,
    methods: [mobile(junk)],
    contact: { phone: null, phone_as_entered: junk, phone_type: null, phone_do_not_text: null, phone_marketing: null },
  })),
  {
    input: 'a placeholder for an e-mail alone',
    methods: [email('noemail@gmail.com')],
    contact: { email: null, email_as_entered: 'noemail@gmail.com', email_marketing: null },
  },
  {
    input: 'a number of California whose country is IN for Indiana',
    methods: [mobile('9515550117')],
    country: 'IN',
    state: 'IN',
    contact: { phone: '+19515550117', address_country_code: null },
  },
  ...['Germany', 'GB', 'CN'].map((country) => ({
    input: `a number of Idaho whose customer lives in ${country}`,
    methods: [mobile('2085550117')],
    country,
    contact: { phone: '+12085550117' },
  })),
  {
    input: "a British number of a London firm's customer",
    methods: [phone('020 7946 0018')],
    country: 'GB',
    state: '',
    timeZone: 'Europe/London',
    contact: { phone: '+442079460018', address_country_code: 'GB' },
  },
  {
    input: 'a British number of a London firm that says no country',
    methods: [phone('020 7946 0018')],
    country: '',
    timeZone: 'Europe/London',
    contact: { phone: '+442079460018' },
  },
  {
    input: "a German number of an American firm's customer",
    methods: [phone('030 901820')],
    country: 'Germany',
    contact: { phone: '+4930901820', address_country_code: 'DE' },
  },
  ...['865-555-0144 x204', '865-555-0144 ext. 204', '865-555-0144;ext=204'].map((value) => ({
    input: `an extension as in ${value}`,
    methods: [phone(value)],
    contact: { phone: '+18655550144', phone_extension: '204' },
  })),
  {
    input: 'a mobile that does not want texts before a phone',
    methods: [mobile('2085550117', { doNotText: true, marketing: false }), phone('2085550118')],
    contact: {
      phone: '+12085550117',
      phone_type: 'MobilePhone',
      phone_do_not_text: true,
      phone_marketing: false,
      phone_extension: null,
    },
  },
  {
    input: 'an e-mail that does not want marketing',
    methods: [email('a@example.com', { marketing: false })],
    contact: { email: 'a@example.com', email_marketing: false },
  },
  {
    input: 'a number that is entered twice, the second time with what it does not want',
    methods: [mobile('2085550117'), phone('(208) 555-0117', { doNotText: true, marketing: false })],
    contact: { phone: '+12085550117', phone_type: 'MobilePhone', phone_do_not_text: true, phone_marketing: false },
  },
  {
    input: 'a number that does not want texts behind another one',
    methods: [mobile('2085550117', { doNotText: false }), phone('2085550118', { doNotText: true, marketing: false })],
    contact: { phone: '+12085550117', phone_do_not_text: false },
  },
  {
    input: 'an e-mail that is entered twice, the second time without marketing',
    methods: [email('a@example.com', { marketing: true }), email('A@Example.com', { marketing: false })],
    contact: { email: 'a@example.com', email_marketing: false },
  },
  {
    input: 'an e-mail of which ServiceTitan does not say',
    methods: [email('a@example.com', { marketing: null })],
    contact: { email_marketing: null },
  },
  {
    input: 'a mobile that may be and a phone that is a number',
    methods: [mobile('2585550117'), phone('2085550118')],
    contact: { phone: '+12085550118', phone_type: 'Phone' },
  },
  {
    input: 'a number of an area that nobody knows alone',
    methods: [mobile('(258) 555-0117')],
    contact: { phone: '+12585550117', phone_type: 'MobilePhone' },
  },
];

const LONG_AGO = { createdOn: '2026-02-08T10:00:00Z', modifiedOn: '2026-02-08T10:00:00Z' };
const GOOD: NewContact[] = [mobile('8135550100'), email('before@example.com')];

/** `times`: before the quarter of an hour that the exports of a first sync hold back. */
async function arrange({ methods, country = 'USA', state = 'ID' }: Row, workspace: TestWorkspace, times = {}) {
  const { id } = await workspace.simulator<{ id: number }>('POST', '/customers', {
    name: 'Someone',
    address: { street: '1 Main St', city: 'Boise', state, zip: '83702', country },
    contacts: methods.map((method) => ({ ...method, ...times })),
    ...times,
  });
  return id;
}

const open = (row: Row, options: WorkspaceOptions = {}) =>
  createWorkspace({ customers: 0, timeZone: row.timeZone ?? 'America/Boise', ...options });

/** The columns and the custom fields in one, as far as the row names them. */
async function shown(workspace: TestWorkspace, id: number, keys: string[]) {
  const contact = (await workspace.contacts()).get(String(id))!;
  const { custom_fields } = contact['metadata'] as { custom_fields: Record<string, unknown> };
  const all = { ...custom_fields, ...contact };
  return Object.fromEntries(keys.map((key) => [key, all[key]]));
}

describe('R25: the first sync makes a contact that can be used of', () => {
  test.for(TABLE.map((row) => [row.input, row] as const))('%s', async ([, row]) => {
    const workspace = await open(row);
    const id = await arrange(row, workspace, LONG_AGO);
    await runSync(workspace);
    expect(await shown(workspace, id, Object.keys(row.contact))).toEqual(row.contact);
  });
});

describe('R25: a later run makes one of', () => {
  test.for(TABLE.map((row) => [row.input, row] as const))('%s', async ([, row]) => {
    const workspace = await open(row);
    await runSync(workspace);
    const id = await arrange(row, workspace);
    expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });
    expect(await shown(workspace, id, Object.keys(row.contact))).toEqual(row.contact);
  });

  test('each of these as a change, which the contacts feed alone brings', async () => {
    for (const timeZone of ['America/Boise', 'Europe/London']) {
      const workspace = await createWorkspace({
        customers: 0,
        timeZone,
        switches: { contactsMoveModifiedOn: false },
      });
      const rows = TABLE.filter((row) => (row.timeZone ?? 'America/Boise') === timeZone);
      const ids = new Map<Row, number>();
      for (const row of rows) ids.set(row, await arrange({ ...row, methods: GOOD }, workspace, LONG_AGO));
      await runSync(workspace);
      const { contacts } = await workspace.simulator<{ contacts: { id: number }[] }>('GET', '/world');
      for (const { id } of contacts) await workspace.simulator('PATCH', `/contacts/${id}`, { active: false });
      for (const row of rows) {
        for (const method of row.methods) {
          await workspace.simulator('POST', `/customers/${ids.get(row)}/contacts`, method);
        }
      }
      await runSync(workspace);
      const seen = [];
      for (const row of rows) seen.push([row.input, await shown(workspace, ids.get(row)!, Object.keys(row.contact))]);
      expect(seen).toEqual(rows.map((row) => [row.input, row.contact]));
    }
  });
});

test("R25: a fax is read in its customer's country too, for the view, and never chosen", async () => {
  const row: Row = { input: '', methods: [{ type: 'Fax', value: '030 901821' }], country: 'Germany', contact: {} };
  const workspace = await open(row);
  const id = await arrange(row, workspace, LONG_AGO);
  await runSync(workspace);
  const { data } = await workspace.supabase
    .from('servicetitan_contact_points')
    .select('type, normalized, usability, chosen')
    .eq('workspace_id', workspace.workspaceId);
  expect(data).toEqual([{ type: 'Fax', normalized: '+4930901821', usability: 'valid', chosen: false }]);
  expect(await shown(workspace, id, ['phone', 'phone_as_entered'])).toEqual({ phone: null, phone_as_entered: null });
});

describe("R25: when the firm's own country becomes another one", () => {
  const row: Row = { input: '', methods: [phone('2085550117')], country: '', contact: {} };
  const become = async (workspace: TestWorkspace, country: string) => {
    const { error } = await workspace.supabase
      .from('servicetitan_connections')
      .update({ country })
      .eq('workspace_id', workspace.workspaceId);
    expect(error).toBeNull();
  };

  test('the next run grades all of its phones anew, though ServiceTitan changed nothing, and the one after it none', async () => {
    const workspace = await open(row, { timeZone: 'America/Boise', switches: { contactsMoveModifiedOn: false } });
    const id = await arrange(row, workspace, LONG_AGO);
    const kept = await arrange({ ...row, methods: [phone('+1 208 555 0118')] }, workspace, LONG_AGO);
    await runSync(workspace);
    await runSync(workspace);
    expect(await shown(workspace, id, ['phone'])).toEqual({ phone: '+12085550117' });

    await become(workspace, 'GB');
    const run = await runSync(workspace);
    expect(run.steps.filter((name) => name.startsWith('regrade'))).toEqual(['regrade-sync', 'regrade-sync page 2']);
    // Ten digits of a British firm are London without its 0.
    expect(await shown(workspace, id, ['phone'])).toEqual({ phone: '+442085550117' });
    expect(await shown(workspace, kept, ['phone'])).toEqual({ phone: '+12085550118' });
    expect((await runSync(workspace)).steps.filter((name) => name.startsWith('regrade'))).toEqual([]);

    await become(workspace, 'FR');
    await runSync(workspace);
    expect(await shown(workspace, id, ['phone', 'phone_as_entered'])).toEqual({
      phone: null,
      phone_as_entered: '2085550117',
    });
  });

  test('the letters IN, which were Indiana to the firm before, are India to the next one, and Indiana again', async () => {
    const workspace = await open(row, { timeZone: 'America/Boise', switches: { contactsMoveModifiedOn: false } });
    const indian = { ...row, methods: [phone('098201 23456')], country: 'IN', state: 'MH' };
    const id = await arrange(indian, workspace, LONG_AGO);
    const keys = ['phone', 'address_country_code'];
    await runSync(workspace);
    await runSync(workspace);
    expect(await shown(workspace, id, keys)).toEqual({ phone: null, address_country_code: null });
    await become(workspace, 'GB');
    await runSync(workspace);
    // Read as a British one, it would ring a stranger there.
    expect(await shown(workspace, id, keys)).toEqual({ phone: '+919820123456', address_country_code: 'IN' });
    await become(workspace, 'US');
    await runSync(workspace);
    expect(await shown(workspace, id, keys)).toEqual({ phone: null, address_country_code: null });
  });

  test('a zone of another country does the same', async () => {
    const workspace = await open(row, { timeZone: 'America/Boise' });
    const id = await arrange(row, workspace, LONG_AGO);
    await runSync(workspace);
    await workspace.supabase.from('workspaces').update({ time_zone: 'Europe/London' }).eq('id', workspace.workspaceId);
    await runSync(workspace);
    expect(await shown(workspace, id, ['phone'])).toEqual({ phone: '+442085550117' });
  });

  test('a run that is stopped half-way leaves the rest to the next', async () => {
    const workspace = await open(row, { timeZone: 'America/Boise' });
    const id = await arrange(row, workspace, LONG_AGO);
    await runSync(workspace);
    await become(workspace, 'GB');
    const failing = await runSync(workspace, {
      beforeStep: (name) => {
        if (name.startsWith('regrade')) throw new Error('no answer');
      },
    });
    expect(failing.outcome).toEqual({ status: 'completed' });
    expect(await shown(workspace, id, ['phone'])).toEqual({ phone: '+12085550117' });
    await runSync(workspace);
    expect(await shown(workspace, id, ['phone'])).toEqual({ phone: '+442085550117' });
  });
});
