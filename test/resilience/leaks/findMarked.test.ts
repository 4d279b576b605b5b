// The search of the leak test finds what is there, however it is packed.
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { findMarked } from './findMarked.ts';

const marks = { secret: 'cs1.marked-value', person: 'Lucia Ortega', absent: 'nowhere' };
const text = JSON.stringify({ memo: 'before', ...marks, absent: '' });
const noise = Buffer.from([0, 255, 31, 139, 8, 7]);

test.for([
  ['plain', Buffer.from(text)],
  ['in UTF-16', Buffer.from(text, 'utf16le')],
  ['in an address', Buffer.from(`/a?secret=cs1.marked-value&name=${encodeURIComponent(marks.person)}`)],
  ['gzipped, among other bytes', Buffer.concat([noise, gzipSync(text), noise])],
  ['gzipped and cut short', gzipSync(text + 'x'.repeat(50_000)).subarray(0, 120)],
  ['in base64 behind other characters', Buffer.from(`{"a":"xy${Buffer.from(text).toString('base64')}"}`)],
  ['in base64url, gzipped inside', Buffer.from(gzipSync(text).toString('base64url'))],
  ['gzipped twice', gzipSync(gzipSync(text))],
] as [string, Buffer][])('%s', ([, bytes]) => {
  expect(findMarked(marks, bytes)).toEqual(['person', 'secret']);
});

test('nothing is found where nothing is', () => {
  expect(findMarked(marks, Buffer.concat([noise, Buffer.from('cs1.marked and Lucia alone')]))).toEqual([]);
});
