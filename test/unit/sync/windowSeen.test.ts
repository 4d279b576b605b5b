// R5, R19: what the pages of a window say against each other.
import { describe, expect, test } from 'vitest';
import type { ListFacts } from '../../../src/sync/listFacts.ts';
import { StoppedError } from '../../../src/sync/stopped.ts';
import { addPage, addUnread, judgeEnd, NOTHING_SEEN, UNKNOWN_SEEN } from '../../../src/sync/windowSeen.ts';

const since = '2026-02-08T10:00:00Z';
const at = { since, size: 50 };

/** A page of fifty new customers, in order. */
const page = (fields: Partial<ListFacts> = {}): ListFacts => ({
  rows: 50,
  ids: 50,
  known: 0,
  fresh: 50,
  isAscending: true,
  greatestId: '50',
  total: 100,
  pageSize: 50,
  hasMore: true,
  print: null,
  ...fields,
});
/** Reads so many pages; answers how many went by before it was stopped. */
function readAll(pages: number, factsOf: (index: number) => Partial<ListFacts>) {
  let seen = NOTHING_SEEN;
  for (let index = 0; index < pages; index += 1) {
    try {
      ({ seen } = addPage(seen, page(factsOf(index)), at));
    } catch (error) {
      if (!(error instanceof StoppedError)) throw error;
      return index;
    }
  }
  return pages;
}
const printOf = (index: number) => String(index).padStart(16, '0');

describe('R19: a window', () => {
  test('of 50,000 after a mass edit is read to its end, whatever is counted', () => {
    for (const total of [50_000, null]) expect(readAll(1000, (index) => ({ total, print: printOf(index) }))).toBe(1000);
  });

  test('that grows while it is read, from nobody to 50,000, is read to its end', () => {
    expect(readAll(1000, (index) => ({ total: index * 50, print: printOf(index) }))).toBe(1000);
  });

  test.for([
    [100, 3 * 100 + 10_000],
    [0, 10_000],
    [10_000, 40_000],
  ])('that was told %i customers is stopped behind %i rows', ([told, most]) => {
    expect(readAll(2000, () => ({ total: told!, known: 50, fresh: 0 }))).toBe(most! / 50);
  });

  test('that is at its end is not stopped, however much it was', () => {
    expect(readAll(2000, () => ({ total: 100, hasMore: false }))).toBe(2000);
  });

  test('without a count is stopped where nobody new comes any more', () => {
    expect(readAll(2000, (index) => (index === 0 ? { total: null } : { total: null, known: 1, fresh: 0 }))).toBe(
      (3 * 50 + 10_000) / 50,
    );
  });

  test('that goes round 200 pages is stopped when the first comes again', () => {
    expect(readAll(1000, (index) => ({ total: 10_000, print: printOf(index % 200) }))).toBe(200);
  });

  test('keeps no more prints than a checkpoint may hold', () => {
    let seen = NOTHING_SEEN;
    for (let index = 0; index < 500; index += 1) {
      ({ seen } = addPage(seen, page({ total: 50_000, print: printOf(index) }), at));
    }
    expect([seen.pages.length, seen.pages.at(-1)]).toEqual([200, printOf(499)]);
  });
});

describe('R5: the end of a window', () => {
  const read = (...pages: Partial<ListFacts>[]) =>
    pages.reduce((seen, facts) => addPage(seen, page(facts), at).seen, NOTHING_SEEN);

  test('is in doubt where fewer customers came than the first page counted', () => {
    expect(judgeEnd(read({ total: 101 }, { total: 101 }), since)).toEqual([
      { code: 'window_short', feed: 'customers', at: since, count: 100, of: 101 },
    ]);
    expect(judgeEnd(read({}, {}), since)).toEqual([]);
    // The count of a later page says nothing: whoever came meanwhile may stand in front.
    expect(judgeEnd(read({}, { total: 150 }), since)).toEqual([]);
    expect(judgeEnd(read({ total: null }, { total: 150 }), since)).toEqual([]);
  });

  test('counts a row that was passed over, for that is a doubt of its own', () => {
    expect(judgeEnd(addUnread(read({}, { fresh: 49 })), since)).toEqual([]);
  });

  test('is not judged where the beginning was read by another version', () => {
    const { seen } = addPage(UNKNOWN_SEEN, page({ total: 1000 }), at);
    expect(judgeEnd(seen, since)).toEqual([]);
  });

  test('is not called short where the order is in doubt, because then nobody can count', () => {
    expect(judgeEnd(read({ isAscending: false }, { fresh: 1 }), since)).toEqual([]);
  });
});

test.for([
  ['the count grew by as many', { known: 3, total: 103 }, []],
  ['the count grew by fewer', { known: 3, total: 102 }, ['unsorted']],
  ['all of them were there before', { known: 50, fresh: 0, total: null }, ['unsorted']],
  ['nothing is counted and others come with them', { known: 3, fresh: 47, total: null }, []],
] as const)('R5: customers of the page before stand on this one, and %s', ([, facts, codes]) => {
  const { seen } = addPage(NOTHING_SEEN, page(), at);
  expect(addPage(seen, page(facts), at).doubts.map(({ code }) => code)).toEqual(codes);
});
