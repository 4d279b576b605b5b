// Faults of ServiceTitan's customers list that look like health: what the run makes of them, and what it tells. Each has its
// row in docs/reliability.md.
import { expect, test } from 'vitest';
import { doubtsOf, pagesAsked } from '../../support/listWindow.ts';
import { runSync } from '../../support/ring.ts';
import { differences } from '../../support/truth.ts';
import {
  addFault,
  changedWorkspace,
  CUSTOMERS,
  expectCursorKept,
  expectNextTickHeals,
  lastError,
  PAGE_2,
  PAGES_OF_3,
} from './changedWorkspace.ts';

const COMPLETED = { status: 'completed' };

test('a list that ends before its count leaves a doubt, and the run goes on', async () => {
  const { workspace } = await changedWorkspace();
  await addFault(workspace, PAGE_2, { answer: { hasMore: 'false' } });
  const run = await runSync(workspace, PAGES_OF_3);
  expect(run.outcome).toEqual(COMPLETED);
  expect(await doubtsOf(workspace, run)).toMatchObject([{ code: 'window_short', count: 6, of: 12 }]);
  await expectNextTickHeals(workspace);
});

test('a list in no order leaves a doubt, and the run goes on', async () => {
  const { workspace } = await changedWorkspace();
  await addFault(workspace, CUSTOMERS, { unsorted: 1 });
  const run = await runSync(workspace, PAGES_OF_3);
  expect(run.outcome).toEqual(COMPLETED);
  expect(await doubtsOf(workspace, run)).toMatchObject([{ code: 'unsorted' }]);
  expect(await differences(workspace)).toEqual([]);
});

test('customers that leave the list between two pages take no others over the edge of a page', async () => {
  const { workspace, ids } = await changedWorkspace();
  const match = { ...CUSTOMERS, customers: ids.slice(0, 2) };
  const after = { pathIncludes: '/customers', queryIncludes: 'page=1&' };
  await workspace.simulator('POST', '/faults', { match, after, times: 'always', fault: { hidden: true } });
  const run = await runSync(workspace, PAGES_OF_3);
  expect(run.outcome).toEqual(COMPLETED);
  expect(await pagesAsked(workspace)).toEqual(['1/3', '2/3', '1/3', '3/3', '4/3']);
  expect(await differences(workspace)).toEqual([]);
});

test('a list that shows one page for every page is stopped, and the contacts feed goes on', async () => {
  const { workspace, before } = await changedWorkspace({ customers: 24 });
  await addFault(workspace, CUSTOMERS, { pageShown: 1, answer: { hasMore: 'true' } });
  const run = await runSync(workspace, { settings: { INCREMENTAL_PAGE_SIZE: '12' } });
  expect(run.outcome).toBeInstanceOf(Error);
  expect(run.steps).toContain('contacts-fetch');
  expect(await pagesAsked(workspace)).toEqual(['1/12', '2/12']);
  expect(await lastError(workspace)).toMatch(
    /^The reading of the customers list was stopped, because ServiceTitan shows the same customers on two of its pages: the next run reads again/,
  );
  await expectCursorKept(workspace, before);
  await expectNextTickHeals(workspace);
});

test('a page size that is not served any more is divided until it is', async () => {
  const { workspace } = await changedWorkspace();
  await addFault(workspace, { ...CUSTOMERS, queryIncludes: 'pageSize=6&' }, { status: 422, body: 'problem' });
  const run = await runSync(workspace, { settings: { INCREMENTAL_PAGE_SIZE: '6' } });
  expect(run.outcome).toEqual(COMPLETED);
  expect((await pagesAsked(workspace)).filter((page) => !page.endsWith('/1'))).toEqual([
    '1/6',
    '1/3',
    '2/3',
    '3/3',
    '4/3',
  ]);
  expect(await differences(workspace)).toEqual([]);
});

test('a clock that is a day ahead hides no later change', async () => {
  const { workspace, ids } = await changedWorkspace();
  await addFault(workspace, {}, { date: 'absent' });
  const run = await runSync(workspace, { now: () => Date.now() + 24 * 3_600_000 });
  expect(run.outcome).toEqual(COMPLETED);
  const { last_modified_cursor: cursor } = await workspace.state();
  expect(Date.parse(String(cursor))).toBeLessThanOrEqual(Date.now());
  await workspace.simulator('PATCH', `/customers/${ids[0]}`, { name: 'Later' });
  await expectNextTickHeals(workspace);
});
