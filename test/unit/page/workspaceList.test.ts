import { expect, test } from 'vitest';
import type { Workspace } from '../../../page/api/contract.ts';
import { EMPTY_LIST, type WorkspaceList, withPage, withWorkspace } from '../../../page/data/workspaceList.ts';
import { workspace } from './workspaces.ts';

const answer = (workspaces: Workspace[], nextAfter: string | null) => ({
  now: '2026-11-25T12:00:00.000Z',
  lateSeconds: 900,
  workspaces,
  nextAfter,
});
const ids = ({ byId }: WorkspaceList) => [...byId.keys()].toSorted();

test('pages are put together, and asked for one after another', () => {
  const first = withPage(EMPTY_LIST, answer([workspace('1'), workspace('2')], '2'), 0);
  expect(first).toMatchObject({ after: '2', round: 0 });
  const all = withPage(first, answer([workspace('3')], null), 0);
  expect(ids(all)).toEqual(['1', '2', '3']);
  expect(all).toMatchObject({ after: null, round: 1 });
});

test('one that slid to another page stays; one that no page shows any more goes after a whole round', () => {
  let list = withPage(EMPTY_LIST, answer([workspace('1'), workspace('2')], '2'), 0);
  list = withPage(list, answer([workspace('3')], null), 0);
  // Workspace 0 is new, which moves 2 to the next page; 3 is gone.
  list = withPage(list, answer([workspace('0'), workspace('1')], '1'), 0);
  expect(ids(list)).toEqual(['0', '1', '2', '3']);
  list = withPage(list, answer([workspace('2')], null), 0);
  expect(ids(list)).toEqual(['0', '1', '2']);
});

test('one that was read by itself replaces what its page said, and one that is gone does not come back', () => {
  const list = withPage(EMPTY_LIST, answer([workspace('1')], null), 0);
  const newer = withWorkspace(list, workspace('1', { activity: 'syncing' }), 5);
  expect(newer.byId.get('1')).toMatchObject({ activity: 'syncing', readAt: 5 });
  expect(withWorkspace(list, workspace('2'), 5)).toBe(list);
});
