// One page in work and one ahead.
import { expect, test } from 'vitest';
import type { RunProgress } from '../../../src/sync/context.ts';
import type { PackedPage } from '../../../src/sync/page.ts';
import { readAhead, type ReadPage } from '../../../src/sync/readAhead.ts';

const MANY = 1000;

/** `count` pages; `failing` can't be read. What is asked for is noted in `asked`, as it is asked for. */
function feed(count: number, { maxPages = MANY, failing = 0, from = 1 } = {}) {
  const asked: number[] = [];
  const progress: RunProgress = { steps: 0, pages: 0, waits: 0, calls: 0, written: 0, bytes: 0 };
  const read = async (number: number, previous: PackedPage | null): Promise<PackedPage> => {
    asked.push(number);
    expect(previous?.continueFrom ?? null).toBe(number === from ? null : `token ${number - 1}`);
    await Promise.resolve();
    if (number === failing) throw new Error(`page ${number}`);
    progress.pages += 1;
    const header = {
      records: 1,
      hasMore: number < count,
      continueFrom: `token ${number}`,
      date: null,
      calls: 1,
      expected: null,
      isPastFuture: false,
      rechecks: null,
      retriesQuarantined: false,
    };
    const readChunk = async () => ({ customers: [], contact_methods: [], rechecked: [], rejected: [] });
    return { ...header, bytes: 1, chunks: 1, readChunk };
  };
  return { asked, pages: readAhead({ from, maxPages, progress, read }) };
}

async function all(pages: AsyncIterable<ReadPage>): Promise<ReadPage[]> {
  const given: ReadPage[] = [];
  for await (const page of pages) given.push(page);
  return given;
}

test('the next page is asked for before this one is given, the one after next is not', async () => {
  const { asked, pages } = feed(4);
  const seen: [number, number[]][] = [];
  for await (const { number } of pages) seen.push([number, [...asked]]);
  expect(seen).toEqual([
    [1, [1, 2]],
    [2, [1, 2, 3]],
    [3, [1, 2, 3, 4]],
    [4, [1, 2, 3, 4]],
  ]);
});

test('R6: behind a page that meets the cap nothing is asked for, and the page says so', async () => {
  const { asked, pages } = feed(9, { maxPages: 2, from: 4 });
  const given = (await all(pages)).map(({ number, isCapped }) => [number, isCapped]);
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
    for await (const { number } of feed(4, { failing: 3 }).pages) given.push(number);
  };
  await expect(reading()).rejects.toThrow('page 3');
  expect(given).toEqual([1, 2]);
});

test('whoever stops early waits for the page under way and is told his own error, not that of the page', async () => {
  const { asked, pages } = feed(4, { failing: 2 });
  const writing = async () => {
    for await (const { number } of pages) throw new Error(`writing ${number}`);
  };
  await expect(writing()).rejects.toThrow('writing 1');
  expect(asked).toEqual([1, 2]);
});
