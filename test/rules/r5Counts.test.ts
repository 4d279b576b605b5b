// R5: what paging rests on is checked: the count, the order, the size of the pages.
import { expect, test } from 'vitest';
import { bend, changedWindow, doubtsOf, notRenamed, pagesAsked, pagesOf, rename } from '../support/listWindow.ts';
import { runSync } from '../support/ring.ts';
import { differences, readWorld } from '../support/truth.ts';

const COMPLETED = { status: 'completed' };
/** From the second page of the list on. */
const AFTER_PAGE_1 = { after: { operation: 'customers', queryIncludes: 'page=1&' } };

test('R5: a quiet window of several pages asks each page once, with its count, and is in no doubt', async () => {
  const { workspace, ids } = await changedWindow(12);
  const run = await runSync(workspace, pagesOf(5));
  expect(run.outcome).toEqual(COMPLETED);
  expect(await pagesAsked(workspace)).toEqual(['1/5', '2/5', '3/5']);
  const lists = (await workspace.calls()).filter(({ query }) => query.modifiedOnOrAfter !== undefined);
  expect(lists.map(({ query }) => query.includeTotal)).toEqual(lists.map(() => 'true'));
  expect(await doubtsOf(workspace, run)).toEqual([]);
  expect(await notRenamed(workspace, ids)).toEqual([]);
});

test.for([
  [1, { rowsAtMost: 4 }, 4],
  [2, { rowsAtMost: 2 }, 7],
  [2, { answer: { hasMore: 'false' } }, 10],
] as const)('R5: a list that ends early on page %i, with %j, is in doubt', async ([page, fault, read]) => {
  const { workspace } = await changedWindow(12);
  await bend(workspace, fault, { queryIncludes: `page=${page}&` });
  const run = await runSync(workspace, pagesOf(5));
  expect(run.outcome).toEqual(COMPLETED);
  expect(await doubtsOf(workspace, run)).toMatchObject([
    { code: 'window_short', feed: 'customers', count: read, of: 12 },
  ]);
});

test('R5: a list that ends early in a successor is in doubt by the count of the first page', async () => {
  const { workspace } = await changedWindow(12);
  await bend(workspace, { answer: { hasMore: 'false' } }, { queryIncludes: 'page=4&' });
  const run = await runSync(workspace, pagesOf(2, 3));
  expect(run.steps).toContain('hand-over');
  expect(await doubtsOf(workspace, run)).toMatchObject([{ code: 'window_short', count: 8, of: 12 }]);
});

test('R5: a list that counts nothing says nothing, and one that grows is whole', async () => {
  const { workspace, ids } = await changedWindow(12);
  await bend(workspace, { answer: { totalCount: 'null', hasMore: 'false' } }, { queryIncludes: 'page=1&' });
  expect(await doubtsOf(workspace, await runSync(workspace, pagesOf(5)))).toEqual([]);
  await workspace.simulator('DELETE', '/faults');

  await rename(workspace, ids, 'Again');
  const { customers } = await readWorld(workspace);
  expect(customers).toHaveLength(12);
  const run = await runSync(workspace, {
    ...pagesOf(5),
    beforeStep: async (name) => {
      if (name === 'incremental-fetch page 2') await workspace.simulator('POST', '/customers', { name: 'New one' });
    },
  });
  expect(await doubtsOf(workspace, run)).toEqual([]);
  expect(await differences(workspace)).toEqual([]);
});

test.for(['-1', '"twelve"', '1.5', '{}'])(
  'R5: a count of %s is none, and costs nobody the page',
  async (totalCount) => {
    const { workspace, ids } = await changedWindow(12);
    await bend(workspace, { answer: { totalCount } });
    const run = await runSync(workspace, pagesOf(5));
    expect(run.outcome).toEqual(COMPLETED);
    expect(await notRenamed(workspace, ids)).toEqual([]);
    expect(await doubtsOf(workspace, run)).toEqual([]);
  },
);

test('R5: a customer that enters the window in front of the page is no disorder', async () => {
  const { workspace, ids } = await changedWindow(12);
  await runSync(workspace, pagesOf(5));
  // Only the later ones are in the next window; then an earlier one comes.
  await rename(workspace, ids.slice(3), 'Again');
  const run = await runSync(workspace, {
    settings: { ...pagesOf(3).settings, CURSOR_OVERLAP_SECONDS: '0' },
    beforeStep: async (name) => {
      if (name === 'incremental-fetch page 2') await rename(workspace, [ids[0]!], 'Again');
    },
  });
  expect(run.outcome).toEqual(COMPLETED);
  expect(await doubtsOf(workspace, run)).toEqual([]);
  expect(await notRenamed(workspace, ids.slice(3), 'Again')).toEqual([]);
  // The one that entered behind the reading is in the next window.
  await runSync(workspace);
  expect(await differences(workspace)).toEqual([]);
});

test('R5: customers that leave the list between two pages take no other one over the edge of a page', async () => {
  const { workspace, ids } = await changedWindow(12);
  await bend(workspace, { hidden: true }, { customers: ids.slice(0, 2) }, AFTER_PAGE_1);
  const run = await runSync(workspace, pagesOf(5));
  expect(run.outcome).toEqual(COMPLETED);
  expect(await pagesAsked(workspace)).toEqual(['1/5', '2/5', '1/5']);
  expect(await notRenamed(workspace, ids)).toEqual([]);
  expect(await doubtsOf(workspace, run)).toEqual([]);
});

test('R5: a window that shrinks twice is read back twice, as far as it shrank', async () => {
  const { workspace, ids } = await changedWindow(20);
  const afterPage2 = { after: { operation: 'customers', queryIncludes: 'page=2&' } };
  await bend(workspace, { hidden: true }, { customers: ids.slice(0, 5) }, afterPage2);
  const afterPage3 = { after: { operation: 'customers', queryIncludes: 'page=3&' } };
  await bend(workspace, { hidden: true }, { customers: [ids[5]!] }, afterPage3);
  const run = await runSync(workspace, pagesOf(4));
  expect(run.outcome).toEqual(COMPLETED);
  expect(await notRenamed(workspace, ids)).toEqual([]);
  // Five left: two pages back. Then one: one page back.
  expect(await pagesAsked(workspace)).toEqual(['1/4', '2/4', '3/4', '2/4', '1/4', '4/4', '3/4']);
});

test('R5: customers that leave between the last page of a run and the first of its successor take nobody along', async () => {
  const { workspace, ids } = await changedWindow(12);
  await bend(
    workspace,
    { hidden: true },
    { customers: ids.slice(0, 2) },
    { after: { operation: 'customers', queryIncludes: 'page=2&' } },
  );
  const run = await runSync(workspace, pagesOf(4, 2));
  expect(run.steps).toContain('hand-over');
  expect(await notRenamed(workspace, ids)).toEqual([]);
  expect(await doubtsOf(workspace, run)).toEqual([]);
});

test('R5: a window that shrinks while it is read by smaller pages is read back by these', async () => {
  const { workspace, ids } = await changedWindow(12);
  await bend(workspace, { status: 422, body: 'problem' }, { queryIncludes: 'pageSize=6&' });
  const after = { operation: 'customers', queryIncludes: 'page=1&pageSize=3&' };
  await bend(workspace, { hidden: true }, { customers: ids.slice(0, 2) }, { after });
  const run = await runSync(workspace, pagesOf(6));
  expect(run.outcome).toEqual(COMPLETED);
  expect((await pagesAsked(workspace)).slice(-5)).toEqual(['1/3', '2/3', '1/3', '3/3', '4/3']);
  expect(await notRenamed(workspace, ids)).toEqual([]);
  expect(await doubtsOf(workspace, run)).toEqual([]);
});

test('R5: a page that can not be read back is a doubt, and costs the page behind it nothing', async () => {
  const { workspace, ids } = await changedWindow(12);
  await bend(workspace, { hidden: true }, { customers: ids.slice(0, 2) }, AFTER_PAGE_1);
  await bend(workspace, { status: 500 }, { queryIncludes: 'page=1&pageSize=5&' }, AFTER_PAGE_1);
  const run = await runSync(workspace, pagesOf(5));
  expect(run.outcome).toEqual(COMPLETED);
  expect(await notRenamed(workspace, ids)).toEqual(ids.slice(5, 7));
  const doubts = await doubtsOf(workspace, run);
  expect(doubts).toContainEqual(expect.objectContaining({ code: 'window_shrank', count: 2, position: 6 }));
  expect(doubts.map(({ code }) => code)).not.toContain('place_unread');
});

test('R5: of a window that shrank by more than three pages the three before are read, and it is in doubt', async () => {
  const { workspace, ids } = await changedWindow(16);
  await bend(
    workspace,
    { hidden: true },
    { customers: ids.slice(0, 7) },
    { after: { operation: 'customers', queryIncludes: 'page=4&' } },
  );
  const run = await runSync(workspace, pagesOf(2));
  expect(run.outcome).toEqual(COMPLETED);
  expect(await pagesAsked(workspace)).toEqual(['1/2', '2/2', '3/2', '4/2', '5/2', '4/2', '3/2', '2/2']);
  expect(await doubtsOf(workspace, run)).toContainEqual(
    expect.objectContaining({ code: 'window_shrank', feed: 'customers', count: 7, position: 9 }),
  );
});

test('R5: a customer that changed again before its page was read back stays in its newest version', async () => {
  const { workspace, ids } = await changedWindow(12);
  await bend(workspace, { hidden: true }, { customers: ids.slice(0, 2) }, AFTER_PAGE_1);
  await runSync(workspace, {
    ...pagesOf(5),
    beforeStep: async (name) => {
      if (name === 'incremental-fetch page 2') await rename(workspace, [ids[3]!, ids[5]!], 'Newest');
    },
  });
  expect(await notRenamed(workspace, [ids[3]!, ids[5]!], 'Newest')).toEqual([]);
  expect(await differences(workspace)).toEqual([]);
});

test.for([
  ['within a page', 12, {}],
  ['within the pages of a successor', 3, {}],
] as const)('R5: a list that comes in no order %s is in doubt', async ([, size]) => {
  const { workspace } = await changedWindow(12);
  await bend(workspace, { unsorted: 1 });
  const run = await runSync(workspace, pagesOf(size, 2));
  expect(run.outcome).toEqual(COMPLETED);
  expect((await doubtsOf(workspace, run)).map(({ code }) => code)).toEqual(['unsorted']);
});

test.for([3, 30])('R5: pages of %i that each ascend and go back over the edge are in doubt', async (customers) => {
  const { workspace, ids } = await changedWindow(customers);
  const size = Math.ceil(customers / 3);
  // The last page comes first.
  for (const [asked, shown] of [
    [1, 3],
    [2, 1],
    [3, 2],
  ])
    await bend(
      workspace,
      { pageShown: shown, answer: { hasMore: String(asked !== 3) } },
      { queryIncludes: `page=${asked}&` },
    );
  const run = await runSync(workspace, pagesOf(size));
  expect(run.outcome).toEqual(COMPLETED);
  expect(await notRenamed(workspace, ids)).toEqual([]);
  expect((await doubtsOf(workspace, run)).map(({ code }) => code)).toEqual(['unsorted']);
});

test('R5: ids are compared as the numbers they are, up to 64 bits', async () => {
  const { workspace, ids } = await changedWindow(6);
  const wireIds = ['9', '10', '9007199254740993', '9007199254740994', '9223372036854775806', '9223372036854775807'];
  for (const [index, id] of ids.entries())
    await workspace.simulator('POST', '/operations', [{ operation: 'renumber', id, wireId: wireIds[index]! }]);
  const run = await runSync(workspace, pagesOf(2));
  expect(run.outcome).toEqual(COMPLETED);
  expect(await doubtsOf(workspace, run)).toEqual([]);
});

test('R5: pages that are smaller than asked for are in doubt', async () => {
  const { workspace, ids } = await changedWindow(12);
  await bend(workspace, { pageSizeAtMost: 4 });
  const run = await runSync(workspace, pagesOf(5));
  expect(run.outcome).toEqual(COMPLETED);
  expect(await notRenamed(workspace, ids)).toEqual([]);
  expect(await doubtsOf(workspace, run)).toMatchObject([{ code: 'page_size', feed: 'customers', count: 4, of: 5 }]);
});
