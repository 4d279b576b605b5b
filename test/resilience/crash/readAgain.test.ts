import { expect, test } from 'vitest';
import { type Mark, readAgain } from './readAgain.ts';

/** What is over its bound. */
const over = (asked: (string | null)[], marks: Mark[]) =>
  readAgain(asked, marks)
    .filter(({ pages, atMost }) => pages > atMost)
    .map(({ what, pages }) => `${what}: ${pages}`);
const resumed = (at: number): Mark => ({ what: 'resumed', at });
const takenOver = (at: number): Mark => ({ what: 'taken over', at });

test('R12: one page again after a run is resumed, two after it is taken over, and no more', () => {
  expect(over(['1', '2', null, '2', '3'], [resumed(3)])).toEqual([]);
  expect(over(['1', '2', '1', '2'], [resumed(2)])).toEqual(['resumed: 2']);
  expect(over(['1', '2', '1', '2', '3'], [takenOver(2)])).toEqual([]);
  expect(over(['1', '2', '3', '1', '2', '3'], [takenOver(3)])).toEqual(['taken over: 3']);
});

test('a take-over that needs none of its two leaves nothing to a resume', () => {
  expect(over(['1', '2', '3', '1', '2', '3', '4'], [resumed(3), takenOver(6)])).toEqual(['resumed: 3']);
  expect(over(['1', '3', '3', '4', '4', '3'], [takenOver(2), resumed(4)])).toEqual(['resumed: 2']);
});

test('a run that took over and is resumed may read the page again that it was reading, beside those of the run before', () => {
  expect(over(['1', '2', '1', '1', '2', '3'], [takenOver(2), resumed(3)])).toEqual([]);
});

test('a page that is read again without an event is one too many', () => {
  expect(over(['1', '1'], [])).toEqual(['nothing: 1']);
  expect(over(['1', '2', '2', '2'], [takenOver(2)])).toEqual(['nothing: 1']);
  expect(over(['1', '1', '2', '2'], [resumed(2)])).toEqual(['nothing: 1']);
});
