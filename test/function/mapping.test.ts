import { describe, expect, test } from 'vitest';
import { toCountryCode } from '../../supabase/functions/servicetitan-contact-sync/countryCode.ts';
import { normalizePhone } from '../../supabase/functions/servicetitan-contact-sync/phone.ts';
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
  expect(toCountryCode(country)).toBe(code);
});

describe('a phone number', () => {
  test.for([
    ['2085550117', 'US', '+12085550117'],
    ['(208) 555-0117', 'US', '+12085550117'],
    ['1 208 555 0117', 'US', '+12085550117'],
    ['6045550123', 'CA', '+16045550123'],
    ['0412 345 678', 'AU', '+61412345678'],
    ['+61 412 345 678', 'US', '+61412345678'],
    ['07400 123456', 'GB', '+447400123456'],
  ] as const)('%s in %s is %s', ([value, country, expected]) => {
    expect(normalizePhone(value, country)).toBe(expected);
  });

  test.for([
    [' 0412 345 678 ', 'US', '0412 345 678'],
    ['ask for Bob', 'US', 'ask for Bob'],
    ['5550117', 'US', '5550117'],
  ] as const)('that is not valid stays as given, trimmed: %s', ([value, country, expected]) => {
    expect(normalizePhone(value, country)).toBe(expected);
  });

  test('of blanks alone is none', () => {
    expect(normalizePhone('   ', 'US')).toBeNull();
  });
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
    expect(toContactRow(customerRow('1', { contact_methods: null })).methods_reread).toBe(false);
    expect(toContactRow(customerRow('1', { contact_methods: [] })).methods_reread).toBe(true);
  });

  test('has its phones read in its own country', () => {
    const customer = customerRow('1', { contact_methods: [methodRow('11', '1', { value: '0412 345 678' })] });
    customer.address.country = 'AUS';
    expect(toMethodRows(customer)).toMatchObject([{ normalized: '+61412345678', country_code: 'AU' }]);
  });
});

test('a row of the contacts feed is read as one of the US, and an e-mail is only trimmed', () => {
  expect(toMethodRow(methodRow('11', '1'))).toMatchObject({ normalized: '+12085550117', country_code: 'US' });
  expect(toMethodRow(methodRow('12', '1', { type: 'Email', value: ' A@example.com ' }))).toMatchObject({
    normalized: 'A@example.com',
  });
  expect(toMethodRow(methodRow('13', '1', { type: 'Email', value: ' ' }))).toMatchObject({ normalized: null });
});
