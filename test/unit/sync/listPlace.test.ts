// R6: a page that is too much is read by smaller ones, and no row falls between two.
import { expect, test } from 'vitest';
import { type ListPlace, offsetOf, placeAfter, smallerPlace } from '../../../src/sync/listPlace.ts';

/** Reads 3 pages of `size`, where every page that holds one of `bad` is too much; answers what was read, and what was not. */
function readAround(size: number, bad: number[]) {
  const read: number[] = [];
  const unread: number[] = [];
  const places: ListPlace[] = [];
  let place: ListPlace = { page: 1, size };
  while (offsetOf(place) < 3 * size) {
    places.push(place);
    const rows = Array.from({ length: place.size }, (_, index) => offsetOf(place) + index);
    const isTooMuch = rows.some((row) => bad.includes(row));
    if (!isTooMuch) read.push(...rows);
    const smaller = isTooMuch ? smallerPlace(place) : null;
    if (isTooMuch && smaller === null) unread.push(...rows);
    place = smaller ?? placeAfter(place, size);
  }
  return { read, unread, places };
}

test.for([1, 2, 7, 12, 50, 97, 100, 500])(
  'R6: of pages of %i rows all but the bad ones are read, each once',
  (size) => {
    const rows = 3 * size;
    for (const bad of [[], [0], [rows - 1], [size - 1, size], [0, Math.floor(rows / 2), rows - 1]]) {
      const { read, unread } = readAround(size, bad);
      expect(unread).toEqual([...new Set(bad)]);
      expect(read).toEqual(Array.from({ length: rows }, (_, row) => row).filter((row) => !bad.includes(row)));
    }
  },
);

test('R6: the reading goes down to one row and back to larger pages at their next boundaries', () => {
  const { places } = readAround(12, [9]);
  expect(places.map(({ page, size }) => `${page} of ${size}`)).toEqual([
    '1 of 12',
    '1 of 6',
    '2 of 6',
    '3 of 3',
    '4 of 3',
    '10 of 1',
    '11 of 1',
    '12 of 1',
    '2 of 12',
    '3 of 12',
  ]);
});
