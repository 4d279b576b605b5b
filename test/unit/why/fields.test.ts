// What differs, by name.
import { expect, test } from 'vitest';
import { namesOfDifferences } from '../../../src/why/fields.ts';

const values = { type: 'Phone', value: '2085550117', active: true, doNotText: false, marketing: null, memo: 'desk' };
const phone = { id: '1', values };
const stored = { values: { name: 'One', taxExempt: true, tagTypeIds: [7] }, contacts: [phone] };
const shownWith = (change: object) => ({ ...stored, contacts: [{ id: '1', values: { ...values, ...change } }] });

test('a value that differs is named, an id is the same as text and as a number', () => {
  const shown = { ...shownWith({ active: undefined }), values: { name: 'Two', taxExempt: true, tagTypeIds: ['7'] } };
  expect(namesOfDifferences(stored, shown)).toEqual(['name']);
});

test.for([
  ['type', { type: 'MobilePhone' }],
  ['value', { value: '2085550118' }],
  ['active', { active: false }],
  ['doNotText', { doNotText: true }],
  ['doNotText', { doNotText: null }],
  ['marketing', { marketing: false }],
  ['memo', { memo: null }],
] as const)('R25: a contact that differs in its %s is told by that name', ([name, change]) => {
  expect(namesOfDifferences(stored, shownWith(change))).toEqual([`contacts.${name}`]);
  expect(namesOfDifferences(shownWith(change), stored)).toEqual([`contacts.${name}`]);
});

test('a contact that is missing, and one too many, are told as contacts; one that is switched off is not missed', () => {
  const none = { ...stored, contacts: [] };
  expect(namesOfDifferences(none, stored)).toEqual(['contacts']);
  expect(namesOfDifferences(stored, none)).toEqual(['contacts']);
  expect(namesOfDifferences(shownWith({ active: false }), none)).toEqual([]);
  expect(namesOfDifferences(shownWith({ active: false }), shownWith({ active: undefined }))).toEqual([]);
});

test('R20: what ServiceTitan shows in a form that can not be read is no difference', () => {
  const unread = { id: '1', values: {} };
  const shown = { values: { name: 'One', taxExempt: undefined, tagTypeIds: [7] }, contacts: [unread] };
  expect(namesOfDifferences(stored, shown)).toEqual([]);
  expect(namesOfDifferences(stored, { ...shown, contacts: [{ ...unread, id: '2' }] })).toEqual(['contacts']);
});
