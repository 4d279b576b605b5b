import type { Workspace, Condition } from './api/contract.ts';
import { countStates, needsALook, STATES } from './states.ts';

export type Filter = 'all' | 'look' | 'syncing' | 'set_aside' | Condition;

/** The filters that find something, and how much. */
export function filtersOf(workspaces: readonly Workspace[]): { filter: Filter; label: string; found: number }[] {
  const look = workspaces.filter(needsALook).length;
  const setAside = workspaces.filter(({ quarantined }) => quarantined > 0).length;
  const states = countStates(workspaces);
  return [
    { filter: 'all' as const, label: 'All', found: workspaces.length },
    { filter: 'look' as const, label: 'Needs a look', found: look },
    ...states.map(([state, found]) => ({ filter: state, label: STATES[state].label, found })),
    {
      filter: 'syncing' as const,
      label: 'Syncing',
      found: workspaces.filter(({ activity }) => activity !== 'idle').length,
    },
    { filter: 'set_aside' as const, label: 'Customers set aside', found: setAside },
  ].filter(({ filter, found }) => filter === 'all' || found > 0);
}

export function passes(workspace: Workspace, filter: Filter, search: string): boolean {
  const { name, workspaceId, tenantId, condition, activity, quarantined } = workspace;
  const text = search.trim().toLowerCase();
  if (![name, workspaceId, tenantId].some((field) => field?.toLowerCase().includes(text))) return false;
  if (filter === 'all') return true;
  if (filter === 'look') return needsALook(workspace);
  if (filter === 'set_aside') return quarantined > 0;
  if (filter === 'syncing') return activity !== 'idle';
  return condition === filter;
}
