import { expect, test } from 'vitest';
import type { Condition } from '../../../page/api/contract.ts';
import { filtersOf, passes } from '../../../page/filter.ts';
import { detailOf, headline, inOrder, isOld, isInTime } from '../../../page/states.ts';
import { lateSeconds } from '../../../src/http/workspaceState.ts';
import { workspace } from './workspaces.ts';

const inState = (...states: Condition[]) =>
  states.map((state, index) => workspace(String(index + 1), { condition: state }));

test.each<[Condition[], string]>([
  [['fresh'], 'The workspace is fresh'],
  [['fresh', 'fresh'], 'All 2 workspaces are fresh'],
  [['fresh', 'first_sync'], 'No workspace needs a look'],
  [['fresh', 'paused', 'outside_hours', 'first_sync'], 'No workspace needs a look'],
  [['paused'], 'No workspace needs a look'],
  [['late', 'fresh'], '1 of 2 workspaces needs a look'],
  [['failing', 'refused', 'late', 'fresh'], '3 of 4 workspaces need a look'],
])('of %j it says "%s"', (states, title) => {
  expect(headline(inState(...states)).title).toBe(title);
});

test('the headline counts as people write numbers', () => {
  const many = Array.from({ length: 1000 }, (_, index) => workspace(String(index)));
  expect(headline([...many.slice(2), ...inState('late', 'failing')]).title).toBe('2 of 1,000 workspaces need a look');
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
    workspace('c', { name: 'Firm 1', condition: 'late' }),
    workspace('d', { name: null, condition: 'refused' }),
  ]);
  expect(ordered.map(({ workspaceId }) => workspaceId)).toEqual(['d', 'c', 'b', 'a']);
});

test('the sentence does not repeat the word that stands before it', () => {
  expect(detailOf(workspace('1'))).toBe('Data is 4 minutes old.');
  const conditionText = 'Credentials refused by ServiceTitan; next try at 14:20. Connect it again or press Sync now.';
  expect(detailOf(workspace('1', { conditionText }))).toBe(conditionText);
});

test('a filter is offered when it finds something, with how much', () => {
  const workspaces = [...inState('late', 'failing', 'fresh'), workspace('9', { quarantined: 1 })];
  expect(filtersOf(workspaces).map(({ label, found }) => `${label} ${found}`)).toEqual([
    'All 4',
    'Needs a look 2',
    'Failing 1',
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

test('a sync under way makes nothing fresh: what failed is still told', () => {
  const failing = workspace('1', { condition: 'failing', activity: 'syncing' });
  expect(headline([failing]).title).toBe('1 of 1 workspace needs a look');
  expect(passes(failing, 'syncing', '')).toBe(true);
  expect(passes(workspace('2'), 'syncing', '')).toBe(false);
});

test('a minute without an answer, or one that failed, is too old to say how anything stands', () => {
  const now = 1_000_000;
  expect(isOld({ failure: null, readAt: now - 20_000, now })).toBe(false);
  expect(isOld({ failure: null, readAt: now - 61_000, now })).toBe(true);
  expect(isOld({ failure: new Error('x'), readAt: now, now })).toBe(true);
});

test('a window that closes a tick and its run later is in time, by the age that the Worker calls late', () => {
  const tickSeconds = 900;
  const late = lateSeconds({ tickSeconds });
  expect([900, 16 * 60, 29 * 60, late].map((age) => isInTime(age, late))).toEqual([true, true, true, true]);
  expect(isInTime(late + 1, late)).toBe(false);
});
