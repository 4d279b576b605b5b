import { describe, expect, test } from 'vitest';
import { toCountryCode } from '../../supabase/functions/servicetitan-contact-sync/countryCode.ts';
import {
  toContactRow,
  toMethodRow,
  toMethodRows,
} from '../../supabase/functions/servicetitan-contact-sync/toContactRow.ts';
import { customerRow, methodRow } from './rows.ts';

test.for([
  ['USA', 'US'],
  ['us', 'US'],
  ['United States', 'US'],
  [' CAN ', 'CA'],
  ['Canada', 'CA'],
  ['AUS', 'AU'],
  ['United Kingdom', 'GB'],
  ['GBR', 'GB'],
  ['UK', 'GB'],
  ['U.S.A.', 'US'],
  ['Deutschland', null],
  ['', null],
  [null, null],
  ['Atlantis', null],
] as const)('the country "%s" is %s', ([country, code]) => {
  expect(toCountryCode(country, 'ID', 'US')).toBe(code);
});

describe('a customer', () => {
  test('becomes a contact with trimmed texts, empty ones null, and its own fields', () => {
    const row = toContactRow(
      customerRow('318204417', {
        name: 'ORTEGA, LUCIA ',
        merged_to_id: '5',
        address: {
          street: ' 77 Alder Spur ',
          unit: '',
          city: 'Boise',
          state: 'ID',
          zip: '83702',
          country: 'USA',
          latitude: 43.6,
          longitude: -116.2,
        },
        custom_fields: [{ type_id: '7041', name: '  Gate code', value: '' }],
        payment_term_id: '4410021',
      }),
      'US',
    );
    expect(row).toMatchObject({
      crm_id: '318204417',
      name: 'ORTEGA, LUCIA',
      merged_to_crm_id: '5',
      address_street: '77 Alder Spur',
      address_unit: null,
      address_country: 'USA',
      address_country_code: 'US',
      address_latitude: 43.6,
      custom_fields: {
        customer_type: 'Residential',
        balance: 12.5,
        tag_type_ids: [134],
        payment_term_id: 4410021,
        servicetitan_fields: [{ type_id: 7041, name: '  Gate code', value: '' }],
      },
    });
  });

  test('without re-read contacts says so, so that the stored ones stay', () => {
    expect(toContactRow(customerRow('1', { contact_methods: null }), 'US').methods_reread).toBe(false);
    expect(toContactRow(customerRow('1', { contact_methods: [] }), 'US').methods_reread).toBe(true);
  });

  test('has its phones read in its own country', () => {
    const customer = customerRow('1', { contact_methods: [methodRow('11', '1', { value: '0412 345 678' })] });
    customer.address.country = 'AUS';
    expect(toMethodRows(customer, 'US')).toMatchObject([{ normalized: '+61412345678', country_code: 'AU' }]);
  });
});

test('R25: a row of the contacts feed is read as one of the firm, for all countries where none could make another of it', () => {
  expect(toMethodRow(methodRow('11', '1'), 'US')).toMatchObject({
    usability: 'valid',
    normalized: '+12085550117',
    home_country: 'US',
    country_code: null,
  });
  expect(toMethodRow(methodRow('11', '1', { value: '020 7946 0018' }), 'US')).toMatchObject({
    usability: 'unusable',
    normalized: null,
    country_code: 'US',
  });
  expect(toMethodRow(methodRow('11', '1', { value: '020 7946 0018' }), 'GB')).toMatchObject({
    usability: 'valid',
    normalized: '+442079460018',
    home_country: 'GB',
    country_code: 'GB',
  });
});

describe('R25: a note in place of a phone or an e-mail', () => {
  const gradeOf = (type: string, value: string) =>
    toMethodRow(methodRow('11', '1', { type, value }), 'US')['normalized'];
  const note = 'as said '.repeat(124);

  test('is looked at in its first thousand characters, because one value must not take the time of a page', () => {
    expect(gradeOf('Phone', `2085550117 ${note}`)).toBe('+12085550117');
    expect(gradeOf('Phone', `${note} at work 2085550117`)).toBeNull();
    expect(gradeOf('Email', `anna@example.com ${' '.repeat(9000)}`)).toBe('anna@example.com');
    expect(gradeOf('Email', `${note} at work anna@example.com`)).toBeNull();
  });

  test('is never cut within a number or an address', () => {
    expect(gradeOf('Phone', `${note.slice(0, 986)} +44207946001834`)).toBeNull();
    expect(gradeOf('Email', `${note.slice(0, 986)} a@example.community`)).toBeNull();
  });
});

describe('a name', () => {
  test.for([
    [' ORTEGA, LUCIA ', 'ORTEGA, LUCIA'],
    ['Lucia\r\nOrtega', 'Lucia Ortega'],
    ['Lucia \n\n  Ortega', 'Lucia Ortega'],
    ['Lucia\u2028Ortega', 'Lucia Ortega'],
    ['\u200bLucia\ufeff', 'Lucia'],
    ['\u202aLucia\u202c', 'Lucia'],
    ['Lucia  Ortega', 'Lucia  Ortega'],
    ['\u0645\u06cc\u200c\u062e\u0648\u0627\u0645', '\u0645\u06cc\u200c\u062e\u0648\u0627\u0645'],
  ] as const)('R20: %j becomes %j', ([name, expected]) => {
    expect(toContactRow(customerRow('1', { name }), 'US').name).toBe(expected);
  });

  test.for(['', '  ', '\u200b', '\u200b\u200d\ufeff', '\n\t', '\u3164', '\u00ad', '\u2800'])(
    'R20: of which nothing can be seen says as little as null: %j',
    (name) => {
      expect(toContactRow(customerRow('1', { name }), 'US').name).toBeUndefined();
    },
  );
});
