// What a refusal of ServiceTitan is told with: its words, and nothing that it repeats.
import { expect, test } from 'vitest';
import { tellContentType, tellTitle, tellTraceId } from '../../../src/serviceTitan/title.ts';

test.for([
  'One or more validation errors occurred.',
  'The scope tn.crm.customers:r is not granted.',
  'The access token is missing, unknown or has expired.',
  'Too many requests. Try again in 7 seconds.',
  'invalid_client',
  'No scope tn.crm.customers:w, tn.crm.leads:r, tn.jpm.jobs:r or tn.stt.tagtypes:r.',
  'The value has more than 100 characters.',
  'Rate limit exceeded: 60 requests per second',
])('%s is told as it stands', (title) => {
  expect(tellTitle(title)).toBe(title);
});

test.for([
  ["The value 'Lucia Ortega' is not valid.", "The value '…' is not valid."],
  ['The customer Ortega, Lucia was not found.', 'The customer … was not found.'],
  ['No contact for +1 (208) 555-0117 or l.ortega@example.com', 'No contact for … or …'],
  ['The client_secret cs1.abc123 of ak1.xyz is wrong', 'The … of … is wrong'],
  ['Call 208 555 0117 in the morning, unit 4', 'Call … in the …'],
  ['Bearer eyJhbGciOi.eyJ0ZW5h.c2ln expired', '… expired'],
  ['Customer 229472825 does not exist.', 'Customer … does not exist.'],
  ['2025 calls 5501 calls 43 calls', '… calls … calls … calls'],
  ['Call 208 seconds 555 requests 0117 records', 'Call … seconds … requests … records'],
  ['in 208 seconds, in 555 seconds, in 117 seconds', 'in 208 seconds, in … seconds, in … seconds'],
  ['in 0117 seconds or 2085 requests per second', 'in … seconds or … requests per second'],
  ['+1 208 555 117 requests per second', '… requests per second'],
  ['The scope tn.xx.marysmith:w is missing.', 'The scope … is missing.'],
  ['The scope tn.crm.ortega:r is missing.', 'The scope … is missing.'],
  ['tn.crm.customers:rtn.crm.ortega:w', '…'],
  ['Der Kunde Groß wurde nicht gefunden.', '….'],
  ['日本語', '…'],
])('%s is told as %s', ([title, told]) => {
  expect(tellTitle(title!)).toBe(told);
});

test('a title is cut, and never between two halves of a character', () => {
  const told = tellTitle(`${'the '.repeat(60)}😀😀`);
  expect(told.length).toBeLessThanOrEqual(200);
  expect(told.isWellFormed()).toBe(true);
  expect(tellTitle(`${'a '.repeat(999)}😀`).isWellFormed()).toBe(true);
});

test('a trace id is told when it is one', () => {
  for (const id of ['00-5f0c1d2e3b4a59687786a5b4c3d2e1f0-1a2b3c4d5e6f7081-00', '0HMVFE0A284AM:00000001']) {
    expect(tellTraceId(id)).toBe(id);
  }
  for (const text of ['Lucia Ortega', 'ak1.abc', '', '20-8555-0117', '00-abc-01', `${'a'.repeat(20_000)}`])
    expect(tellTraceId(text)).toBeNull();
});

test('of a content type the type alone is told, and only a known one', () => {
  expect(tellContentType('text/html; charset=utf-8')).toBe('text/html');
  expect(tellContentType('Text/HTML ;x=Ortega')).toBe('text/html');
  for (const text of [null, '', ' ']) expect(tellContentType(text)).toBe('no content type');
  for (const text of ['Lucia Ortega', 'text/html Ortega', 'text/cs1.abc', 'ortega/html'])
    expect(tellContentType(text)).toBe('another content type');
});
