import type { Workspace, WorkspaceState } from './api/contract.ts';
import { count, countOf } from './format.ts';

export type Severity = 'bad' | 'warn' | 'busy' | 'good' | 'quiet';

interface StateWords {
  label: string;
  severity: Severity;
}

/** In the order in which an operator wants to read them. */
export const STATES: Record<WorkspaceState, StateWords> = {
  refused: { label: 'Refused', severity: 'bad' },
  failed: { label: 'Failed', severity: 'bad' },
  late: { label: 'Late', severity: 'warn' },
  new: { label: 'Not synced yet', severity: 'quiet' },
  running: { label: 'Syncing', severity: 'busy' },
  fresh: { label: 'Fresh', severity: 'good' },
  outside_hours: { label: 'Outside hours', severity: 'quiet' },
  paused: { label: 'Paused', severity: 'quiet' },
  disconnected: { label: 'Disconnected', severity: 'quiet' },
};

const ORDER = Object.keys(STATES) as WorkspaceState[];

export function needsALook({ state }: Workspace): boolean {
  const { severity } = STATES[state];
  return severity === 'bad' || severity === 'warn';
}

/** Problems first, then by name. */
export function inOrder<Of extends Workspace>(workspaces: readonly Of[]): Of[] {
  const byName = new Intl.Collator('en', { numeric: true }).compare;
  return workspaces.toSorted((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state) || byName(nameOf(a), nameOf(b)));
}

/** What the sentence about a state says beside the state's word. */
export function detailOf({ stateText }: Workspace): string {
  const rest = /^[A-Z][a-z ]{2,24}: (.+)$/s.exec(stateText)?.[1] ?? stateText;
  return rest.charAt(0).toUpperCase() + rest.slice(1);
}

export const nameOf = ({ name, workspaceId }: Workspace) => name ?? `Workspace ${workspaceId}`;

export function countStates(workspaces: readonly Workspace[]): [WorkspaceState, number][] {
  return ORDER.map((state): [WorkspaceState, number] => [
    state,
    workspaces.filter((workspace) => workspace.state === state).length,
  ]).filter(([, number]) => number > 0);
}

/** What an operator wants to know first, and what there is to say beside it. */
export function headline(workspaces: readonly Workspace[]): { title: string; detail: string } {
  const looks = workspaces.filter(needsALook).length;
  const total = workspaces.length;
  const states = countStates(workspaces);
  const setAside = workspaces.filter(({ quarantined }) => quarantined > 0);
  const detail =
    setAside.length === 0
      ? ''
      : `${countOf(
          setAside.reduce((sum, { quarantined }) => sum + quarantined, 0),
          'customer',
        )} set aside in ${countOf(setAside.length, 'workspace')}.`;
  return { title: titleOf(looks, total, states), detail };
}

function titleOf(looks: number, total: number, states: [WorkspaceState, number][]): string {
  if (looks > 0) return `${count(looks)} of ${countOf(total, 'workspace')} ${looks === 1 ? 'needs' : 'need'} a look`;
  // A sync under way is what keeps a workspace fresh.
  const isFresh = (state: WorkspaceState) => state === 'fresh' || state === 'running';
  if (states.every(([state]) => isFresh(state))) {
    return total === 1 ? 'The workspace is fresh' : `All ${countOf(total, 'workspace')} are fresh`;
  }
  return 'No workspace needs a look';
}
