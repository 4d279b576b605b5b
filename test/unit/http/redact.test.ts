import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { redact } from '../../../src/http/redact.ts';

const customer = {
  id: 229472825,
  active: true,
  name: 'Lucia Ortega',
  type: 'Residential',
  address: {
    street: '12 Elm St',
    unit: null,
    city: 'Boise',
    state: 'ID',
    zip: '83702',
    country: 'USA',
    latitude: 43.6,
    longitude: -116.2,
  },
  customFields: [{ typeId: 7, name: 'Gate code', value: '4711' }],
  balance: 12.5,
  tagTypeIds: [134, 135],
  doNotMail: false,
  createdOn: '2024-02-08T10:00:00.1234567Z',
  mergedToId: null,
  externalData: [{ key: 'ssn', value: '078-05-1120' }],
};

test('a customer keeps ids, kinds, flags and times; whoever it is, is hidden', () => {
  expect(redact(customer)).toEqual({
    id: 229472825,
    active: true,
    name: '[text, 12 characters]',
    type: 'Residential',
    address: {
      street: '[text, 9 characters]',
      unit: null,
      city: '[text, 5 characters]',
      state: '[text, 2 characters]',
      zip: '[text, 5 characters]',
      country: '[text, 3 characters]',
      latitude: '[number]',
      longitude: '[number]',
    },
    customFields: [{ typeId: 7, name: '[text, 9 characters]', value: '[text, 4 characters]' }],
    balance: '[number]',
    tagTypeIds: [134, 135],
    doNotMail: false,
    createdOn: '2024-02-08T10:00:00.1234567Z',
    mergedToId: null,
    externalData: [{ key: '[text, 3 characters]', value: '[text, 11 characters]' }],
  });
});

test.for([
  ['a phone', { id: 1, type: 'MobilePhone', value: '208-555-0117', memo: 'ask for Lucia', doNotText: true }],
  ['a note', { id: 1, text: 'ask for Lucia 208-555-0117', isPinned: false, createdOn: '2024-02-08T10:00:00Z' }],
  ['a job', { id: 1, jobStatus: 'Completed', summary: 'Lucia: leak 208-555-0117', jobNumber: '5550117', total: 12 }],
  ['a lead', { id: 1, leadCustomerName: 'Lucia', leadPhone: '208-555-0117', leadUrl: 'https://example.com/Lucia' }],
] as const)('%s tells no name and no number', ([, record]) => {
  expect(JSON.stringify(redact({ ...record }))).not.toMatch(/Lucia|5550117|555-0117/);
});

describe('what is not on a list is hidden', () => {
  test('a new field, of whatever type, is told by its size', () => {
    const record = {
      spouse: 'Ana',
      spouseId: 5,
      isPoor: true,
      birthday: '1970-01-01',
      pets: ['Rex'],
      home: { id: 1, type: 'House' },
    };
    expect(redact(record)).toEqual({
      spouse: '[text, 3 characters]',
      spouseId: '[number]',
      isPoor: '[flag]',
      birthday: '[text, 10 characters]',
      pets: '[list, 1 entries]',
      home: '[object, 2 fields]',
    });
  });

  test('a field that is listed shows nothing that is not of its kind', () => {
    const record = {
      id: 'Lucia',
      type: 'Lucia Ortega',
      createdOn: 'by Lucia',
      active: 'Lucia',
      tagTypeIds: ['Lucia', { a: 1 }],
    };
    expect(JSON.stringify(redact(record))).not.toContain('Lucia');
  });

  test('data that stands as a name of a field is not shown either', () => {
    expect(redact({ '208-555-0117': 'x', 'Lucia Ortega': true })).toEqual({
      '[field 1]': '[text, 1 characters]',
      '[field 2]': '[flag]',
    });
  });
});

test('no text comes through that is not a kind, a time or an id, whatever the record', () => {
  const marked = fc.string({ minLength: 1 }).map((text) => `MARK ${text}`);
  const fields = fc.constantFrom(...Object.keys(customer), 'value', 'text', 'memo', 'status', 'new', 'key', 'typeId');
  const { record } = fc.letrec<{ record: Record<string, unknown>; value: unknown }>((tie) => ({
    record: fc.dictionary(fields, tie('value')),
    value: fc.oneof({ maxDepth: 4 }, marked, fc.array(tie('value')), tie('record')),
  }));
  fc.assert(
    fc.property(record, (given) => {
      expect(JSON.stringify(redact(given))).not.toContain('MARK');
    }),
  );
});
