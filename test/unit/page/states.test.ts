import { expect, test } from 'vitest';
import type { WorkspaceState } from '../../../page/api/contract.ts';
import { filtersOf, passes } from '../../../page/filter.ts';
import { detailOf, headline, inOrder } from '../../../page/states.ts';
import { workspace } from './workspaces.ts';

const inState = (...states: WorkspaceState[]) => states.map((state, index) => workspace(String(index + 1), { state }));

test.each<[WorkspaceState[], string]>([
  [['fresh'], 'The workspace is fresh'],
  [['fresh', 'running'], 'All 2 workspaces are fresh'],
  [['fresh', 'paused', 'outside_hours', 'new'], 'No workspace needs a look'],
  [['paused'], 'No workspace needs a look'],
  [['late', 'fresh'], '1 of 2 workspaces needs a look'],
  [['failed', 'refused', 'late', 'fresh'], '3 of 4 workspaces need a look'],
])('of %j it says "%s"', (states, title) => {
  expect(headline(inState(...states)).title).toBe(title);
});

test('the headline counts as people write numbers', () => {
  const many = Array.from({ length: 1000 }, (_, index) => workspace(String(index)));
  expect(headline([...many.slice(2), ...inState('late', 'failed')]).title).toBe('2 of 1,000 workspaces need a look');
});

test('customers set aside are told beside the headline, also where all is fresh', () => {
  const { title, detail } = headline([workspace('1', { quarantined: 2 }), workspace('2', { quarantined: 1 })]);
  expect(title).toBe('All 2 workspaces are fresh');
  expect(detail).toBe('3 customers set aside in 2 workspaces.');
});

test('problems come first, then names in the order of people', () => {
  const ordered = inOrder([
    workspace('a', { name: 'Firm 10' }),
    workspace('b', { name: 'Firm 9' }),
    workspace('c', { name: 'Firm 1', state: 'late' }),
    workspace('d', { name: null, state: 'refused' }),
  ]);
  expect(ordered.map(({ workspaceId }) => workspaceId)).toEqual(['d', 'c', 'b', 'a']);
});

test('the sentence does not repeat the word that stands before it', () => {
  expect(detailOf(workspace('1'))).toBe('Data is 4 minutes old.');
  const stateText = 'Credentials refused by ServiceTitan; next try at 14:20. Connect it again or press Sync now.';
  expect(detailOf(workspace('1', { stateText }))).toBe(stateText);
});

test('a filter is offered when it finds something, with how much', () => {
  const workspaces = [...inState('late', 'failed', 'fresh'), workspace('9', { quarantined: 1 })];
  expect(filtersOf(workspaces).map(({ label, found }) => `${label} ${found}`)).toEqual([
    'All 4',
    'Needs a look 2',
    'Failed 1',
    'Late 1',
    'Fresh 2',
    'Customers set aside 1',
  ]);
});

test('a search looks at name, id and tenant, whatever the case', () => {
  const one = workspace('45963', { name: 'Example Plumbing' });
  for (const search of ['', ' PLUMB ', '4596', '410387']) expect(passes(one, 'all', search)).toBe(true);
  expect(passes(one, 'all', 'heating')).toBe(false);
  expect(passes(one, 'late', '')).toBe(false);
});
