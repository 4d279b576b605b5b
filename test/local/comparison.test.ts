import { createClient } from '@supabase/supabase-js';
import postgres from 'postgres';
import { afterAll, expect, inject, test } from 'vitest';
import { compareContacts } from '../../local/compare.ts';
import { expectContact, type ExpectedContact } from '../../local/expectation.ts';
import type { ContactRecord, CustomerRecord } from '../../local/serviceTitan/tenant/records.ts';

const { supabaseUrl, secretKey, dbUrl } = inject('stack');
const sql = postgres(dbUrl, { max: 1 });
const supabase = createClient(supabaseUrl, secretKey);
afterAll(() => sql.end());

const SOURCE = 'production/1';

const CUSTOMER: CustomerRecord = {
  id: 100,
  active: true,
  name: 'INVENTED, NAME ',
  type: 'Residential',
  address: {
    street: '1 Sample Street',
    unit: ' ',
    city: 'Boise',
    state: 'ID',
    zip: '83702',
    country: 'USA',
    latitude: 43.61870199999999,
    longitude: null,
  },
  customFields: [{ typeId: 7, name: '  Gate code', value: '' }],
  balance: 129.5,
  taxExempt: false,
  tagTypeIds: [134],
  doNotMail: false,
  doNotService: false,
  nationalAccount: false,
  createdOn: '0001-01-01T00:00:00Z',
  createdById: 0,
  modifiedOn: '2026-03-02T17:20:41.49Z',
  mergedToId: null,
  paymentTermId: null,
  creditLimit: null,
  creditLimitBalance: null,
  externalData: null,
};

const method = (fields: Partial<ContactRecord>): ContactRecord => ({
  id: 1,
  customerId: 100,
  type: 'Phone',
  value: '2085550117',
  memo: null,
  phoneSettings: null,
  preferences: null,
  createdOn: '2026-01-01T00:00:00Z',
  modifiedOn: '2026-01-01T00:00:00Z',
  active: true,
  ...fields,
});

const expected = (fields: Partial<CustomerRecord> = {}, methods: ContactRecord[] = []) =>
  expectContact({ ...CUSTOMER, ...fields }, methods, SOURCE);

test('texts are trimmed, empty ones null, times have seven digits and the year 1 is no date', () => {
  expect(expected()).toMatchObject({
    name: 'INVENTED, NAME',
    address_unit: null,
    address_country: 'USA',
    address_country_code: 'US',
    crm_modified_on: '2026-03-02T17:20:41.4900000Z',
    custom_fields: {
      created_on: null,
      external_data: [],
      servicetitan_fields: [{ type_id: 7, name: '  Gate code', value: '' }],
    },
  });
});

test('the mobile phone comes before the landline, the lowest id before others, and a fax never', () => {
  const landline = method({ id: 1 });
  const fax = method({ id: 2, type: 'Fax', value: '2085550100' });
  const mobiles = [
    method({ id: 5, type: 'MobilePhone', value: '2085550105' }),
    method({ id: 4, type: 'MobilePhone', value: '2085550104' }),
    method({ id: 3, type: 'MobilePhone', value: '2085550103', active: false }),
  ];
  expect(expected({}, [fax, landline, ...mobiles]).phone).toBe('+12085550104');
  expect(expected({}, [fax, landline]).phone).toBe('+12085550117');
  expect(expected({}, [fax]).phone).toBeNull();
});

test('a number that is not valid where the customer lives is none', () => {
  const british = { ...CUSTOMER.address, country: 'GBR' };
  expect(expected({ address: british }, [method({ value: ' 2085550117-99 ' })]).phone).toBeNull();
  expect(expected({ address: british }, [method({ value: '020 7946 0018' })]).phone).toBe('+442079460018');
});

test.for([
  ['Canada', 'CA'],
  ['United Kingdom', 'GB'],
  ['au', 'AU'],
  ['Atlantis', null],
  ['', null],
] as const)('the country %s has the code %s', ([country, code]) => {
  expect(expected({ address: { ...CUSTOMER.address, country } }).address_country_code).toBe(code);
});

async function store(workspaceId: string, contacts: ExpectedContact[]): Promise<void> {
  const rows = contacts.map(({ custom_fields, ...columns }) => ({
    ...columns,
    workspace_id: workspaceId,
    metadata: sql.json({ custom_fields } as postgres.JSONValue),
  }));
  await sql`insert into public.contacts ${sql(rows)}`;
}

const compare = (workspaceId: string, contacts: ExpectedContact[]) =>
  compareContacts(supabase, workspaceId, SOURCE, contacts);

test('contacts that are as expected, more than one answer holds, show no difference', async () => {
  const contacts = Array.from({ length: 1100 }, (_, index) => expected({ id: 1000 + index }));
  await store('comparison-equal', contacts);
  expect(await compare('comparison-equal', contacts)).toEqual({ expected: 1100, stored: 1100, differences: [] });
});

test('a contact that differs is named with its columns and custom fields', async () => {
  await store('comparison-different', [expected()]);
  const { differences } = await compare('comparison-different', [
    expected({ name: 'Other', balance: 0, active: false }),
  ]);
  expect(differences).toEqual([{ crmId: '100', fields: ['name', 'active', 'metadata.custom_fields.balance'] }]);
});

test('a missing contact and one too many are named, one of another source is not', async () => {
  const foreign = { ...expected({ id: 3 }), crm_source: 'production/2' };
  await store('comparison-rows', [expected({ id: 1 }), foreign]);
  const { differences } = await compare('comparison-rows', [expected({ id: 2 })]);
  expect(differences).toEqual([
    { crmId: '2', fields: ['missing'] },
    { crmId: '1', fields: ['unexpected'] },
  ]);
});
