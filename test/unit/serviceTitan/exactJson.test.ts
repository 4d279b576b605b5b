// Whole numbers that a double would round.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseExactJson } from '../../../src/serviceTitan/exactJson.ts';
import { contactRecord, customerRecord } from './records.ts';
import { listOf, startServer } from './server.ts';

describe('R20: a whole number of 16 to 19 digits comes as text', () => {
  test.each([
    ['{"id":9007199254740993}', { id: '9007199254740993' }],
    ['{"id" : 9223372036854775807 , "b":1}', { id: '9223372036854775807', b: 1 }],
    ['[1000000000000001,\n -9007199254740993\n]', ['1000000000000001', '-9007199254740993']],
    ['{"s":"\\\\","id":9007199254740993}', { s: '\\', id: '9007199254740993' }],
  ])('%s', (text, value) => {
    expect(parseExactJson(text)).toEqual(value);
  });
});

test.each([
  '{"id":999999999999999}',
  '{"latitude":-116.21460680000001,"b":0.1234567890123456}',
  '{"a":12345678901234567.5,"b":1234567890123456e3,"c":12345678901234567890}',
  '{"memo":"see: 9007199254740993, \\" or: 9007199254740993 ]"}',
  '{"memo":"\\\\","b":": 1234567890123456, "}',
])('another number, and digits in a text, stay as they are: %s', (text) => {
  expect(parseExactJson(text)).toEqual(JSON.parse(text));
});

test('whatever the texts hold, all but long whole numbers reads as JSON.parse does', () => {
  const digits = fc.bigInt({ min: 10n ** 15n, max: 2n ** 63n - 1n });
  const tricky = fc.string({ unit: fc.constantFrom('"', '\\', ',', ':', '[', ']', '{', '}', ' ', '1234567890123456') });
  fc.assert(
    fc.property(fc.array(fc.tuple(tricky, digits, fc.integer())), (entries) => {
      const text = `[${entries.map(([key, long, n]) => `{${JSON.stringify(key)}: ${long}, "n":${n}}`).join(', ')}]`;
      const expected = entries.map(([key, long, n]) => ({ [key]: String(long), n }));
      // A key may itself be "n".
      expect(parseExactJson(text)).toEqual(entries.length === 0 ? [] : expected);
    }),
  );
});

test('what is no JSON is refused as JSON.parse refuses it', () => {
  for (const text of ['', '{"id":9007199254740993', '{"a":"9007199254740993', '<html>: 9007199254740993,'])
    expect(() => parseExactJson(text)).toThrow(SyntaxError);
});

test('R20: an id of ServiceTitan is exact up to int64, in digits and in text', async () => {
  const body = JSON.stringify(listOf([customerRecord({ id: 'ID', mergedToId: 'ID', tagTypeIds: ['ID', 7] })]));
  const { api } = await startServer(() => ({ body: body.replaceAll('"ID"', '9223372036854775807') }));
  const { data } = await api.customers({ page: 1, pageSize: 50, active: 'Any', sort: '+Id' });
  const id = '9223372036854775807';
  expect(data).toMatchObject([{ id, mergedToId: id, tagTypeIds: [id, '7'] }]);
});

test('R20: so are those of a contact and its customer', async () => {
  const body = JSON.stringify(listOf([contactRecord({ id: 'ID', customerId: 'ID', value: 'ID' })]));
  const { api } = await startServer(() => ({ body: body.replaceAll('"ID"', '9007199254740994') }));
  const { data } = await api.customerContacts({ customerIds: ['9007199254740994'], pageSize: 5000 });
  const id = '9007199254740994';
  expect(data).toMatchObject([{ id, customerId: id, value: id }]);
});
