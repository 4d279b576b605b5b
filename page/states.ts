import type { Workspace, Condition } from './api/contract.ts';
import { count, countOf } from './format.ts';

export type Severity = 'bad' | 'warn' | 'busy' | 'good' | 'quiet';

interface StateWords {
  label: string;
  severity: Severity;
}

/** In the order in which an operator wants to read them. */
export const STATES: Record<Condition, StateWords> = {
  refused: { label: 'Refused', severity: 'bad' },
  failing: { label: 'Failing', severity: 'bad' },
  late: { label: 'Late', severity: 'warn' },
  first_sync: { label: 'First sync', severity: 'busy' },
  fresh: { label: 'Fresh', severity: 'good' },
  outside_hours: { label: 'Outside hours', severity: 'quiet' },
  paused: { label: 'Paused', severity: 'quiet' },
  disconnected: { label: 'Disconnected', severity: 'quiet' },
};

const ORDER = Object.keys(STATES) as Condition[];

export function needsALook({ condition }: Workspace): boolean {
  const { severity } = STATES[condition];
  return severity === 'bad' || severity === 'warn';
}

/** Problems first, then by name. */
export function inOrder<Of extends Workspace>(workspaces: readonly Of[]): Of[] {
  const byName = new Intl.Collator('en', { numeric: true }).compare;
  return workspaces.toSorted(
    (a, b) => ORDER.indexOf(a.condition) - ORDER.indexOf(b.condition) || byName(nameOf(a), nameOf(b)),
  );
}

/** What the sentence about a condition says beside the condition's word. */
export function detailOf({ conditionText }: Workspace): string {
  const rest = /^[A-Z][a-z ]{2,24}: (.+)$/s.exec(conditionText)?.[1] ?? conditionText;
  return rest.charAt(0).toUpperCase() + rest.slice(1);
}

export const nameOf = ({ name, workspaceId }: Workspace) => name ?? `Workspace ${workspaceId}`;

export function countStates(workspaces: readonly Workspace[]): [Condition, number][] {
  return ORDER.map((state): [Condition, number] => [
    state,
    workspaces.filter((workspace) => workspace.condition === state).length,
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

function titleOf(looks: number, total: number, states: [Condition, number][]): string {
  if (looks > 0) return `${count(looks)} of ${countOf(total, 'workspace')} ${looks === 1 ? 'needs' : 'need'} a look`;
  if (states.every(([state]) => state === 'fresh')) {
    return total === 1 ? 'The workspace is fresh' : `All ${countOf(total, 'workspace')} are fresh`;
  }
  return 'No workspace needs a look';
}

/**
 * Whether data of that age was in time. A window that closes is as old as ticks are apart, and what the run took: so not the goal
 * counts, but the age from which on data is late.
 */
export const isInTime = (seconds: number, lateSeconds: number): boolean => seconds <= lateSeconds;

/** So long after the last answer nobody knows any more how the workspaces stand. */
const NEWS_MS = 60_000;

/** Whether what is shown may have changed since: the last question was not answered, or nobody asked for long. */
export function isOld({
  failure,
  readAt,
  now,
}: {
  failure: Error | null;
  readAt: number | null;
  now: number;
}): boolean {
  return failure !== null || readAt === null || now - readAt > NEWS_MS;
}

export const NOT_KNOWN = 'How the workspaces stand is not known';
