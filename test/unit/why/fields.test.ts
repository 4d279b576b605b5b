// What differs, by name.
import { expect, test } from 'vitest';
import { namesOfDifferences } from '../../../src/why/fields.ts';

const phone = { id: '1', type: 'Phone', value: '2085550117', active: true };
const stored = { values: { name: 'One', taxExempt: true, tagTypeIds: [7] }, contacts: [phone] };

test('a value that differs is named, an id is the same as text and as a number', () => {
  const shown = { values: { name: 'Two', taxExempt: true, tagTypeIds: ['7'] }, contacts: [{ ...phone, active: null }] };
  expect(namesOfDifferences(stored, shown)).toEqual(['name']);
});

test('R20: what ServiceTitan shows in a form that can not be read is no difference', () => {
  const unread = { ...phone, type: undefined, value: undefined, active: null };
  const shown = { values: { name: 'One', taxExempt: undefined, tagTypeIds: [7] }, contacts: [unread] };
  expect(namesOfDifferences(stored, shown)).toEqual([]);
  expect(namesOfDifferences(stored, { ...shown, contacts: [{ ...unread, id: '2' }] })).toEqual(['contacts']);
});
