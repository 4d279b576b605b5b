// One page in work and one ahead.
import { expect, test } from 'vitest';
import type { FetchedPage } from '../../../src/sync/fetchStep.ts';
import { readAhead, type ReadPage } from '../../../src/sync/readAhead.ts';

const MANY = 1000;

/**
 * `count` pages; `failing` can't be read, `tooMuch` is no page. What is asked for is noted in `asked`, as it is asked for; a
 * successor may begin at any page but `held`.
 */
function feed(count: number, { maxPages = MANY, failing = 0, from = 1, tooMuch = 0, held = 0 } = {}) {
  const asked: number[] = [];
  const progress = { pages: 0, waits: 0, bytes: 0 };
  const read = async (number: number): Promise<FetchedPage> => {
    asked.push(number);
    await Promise.resolve();
    if (number === failing) throw new Error(`page ${number}`);
    if (number === tooMuch) return { note: { tooMuch: true }, ms: 1, calls: 1 };
    progress.pages += 1;
    const header = {
      records: 1,
      hasMore: number < count,
      continueFrom: `token ${number}`,
      date: null,
      calls: 1,
      ms: 1,
      expected: null,
      isPastFuture: false,
      rechecks: null,
      reader: null,
      commits: [],
      asked: null,
      unnamed: 0,
      retriesQuarantined: false,
      stamp: null,
      list: null,
      doubts: [],
      rest: [],
    };
    const readChunk = async () => ({ customers: [], contact_methods: [], rechecked: [], rejected: [] });
    return { ...header, bytes: 1, chunks: 1, readChunk };
  };
  const next = (number: number, fetched: FetchedPage) => {
    if ('records' in fetched) expect(fetched.continueFrom).toBe(`token ${number}`);
    return number < count ? number + 1 : null;
  };
  return {
    asked,
    pages: readAhead({ from, maxPages, progress, read, next, canHandOver: (number) => number !== held }),
  };
}

async function all(pages: AsyncIterable<ReadPage<number>>): Promise<ReadPage<number>[]> {
  const given: ReadPage<number>[] = [];
  for await (const page of pages) given.push(page);
  return given;
}

test('what is no page is not given, and the reading goes on behind it', async () => {
  const { asked, pages } = feed(3, { tooMuch: 2 });
  expect((await all(pages)).map(({ place, next }) => [place, next])).toEqual([
    [1, 2],
    [3, null],
  ]);
  expect(asked).toEqual([1, 2, 3]);
});

test('R6: the cap waits for a place at which a successor can begin', async () => {
  const given = (await all(feed(9, { maxPages: 1, held: 2 }).pages)).map(({ place, isCapped }) => [place, isCapped]);
  expect(given).toEqual([
    [1, false],
    [2, true],
  ]);
});

test('the next page is asked for before this one is given, the one after next is not', async () => {
  const { asked, pages } = feed(4);
  const seen: [number, number[]][] = [];
  for await (const { place: number } of pages) seen.push([number, [...asked]]);
  expect(seen).toEqual([
    [1, [1, 2]],
    [2, [1, 2, 3]],
    [3, [1, 2, 3, 4]],
    [4, [1, 2, 3, 4]],
  ]);
});

test('R6: behind a page that meets the cap nothing is asked for, and the page says so', async () => {
  const { asked, pages } = feed(9, { maxPages: 2, from: 4 });
  const given = (await all(pages)).map(({ place, isCapped }) => [place, isCapped]);
  expect(given).toEqual([
    [4, false],
    [5, true],
  ]);
  expect(asked).toEqual([4, 5]);
});

test('R6: a last page that meets the cap as well is the last', async () => {
  const given = (await all(feed(2, { maxPages: 2 }).pages)).map(({ isCapped }) => isCapped);
  expect(given).toEqual([false, false]);
});

test('R4: a page that can not be read stops the reading only after the page before it was given', async () => {
  const given: number[] = [];
  const reading = async () => {
    for await (const { place: number } of feed(4, { failing: 3 }).pages) given.push(number);
  };
  await expect(reading()).rejects.toThrow('page 3');
  expect(given).toEqual([1, 2]);
});

test('whoever stops early waits for the page under way and is told his own error, not that of the page', async () => {
  const { asked, pages } = feed(4, { failing: 2 });
  const writing = async () => {
    for await (const { place: number } of pages) throw new Error(`writing ${number}`);
  };
  await expect(writing()).rejects.toThrow('writing 1');
  expect(asked).toEqual([1, 2]);
});
