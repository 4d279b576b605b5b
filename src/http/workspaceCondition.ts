// Two facts about a workspace, never one: the condition of its data, and what is being done about it. A run that is under way says
// nothing about the data, least of all that it is fresh.
import type { Moment } from '../schedule/nextTick.ts';
import type { LiveRunRow, WorkspaceRow } from '../supabase/reports.ts';
import {
  age,
  ageInHours,
  at,
  customers,
  isOvernight,
  lateSeconds,
  nextAttempt,
  sentence,
  thousands,
} from './workspaceState.ts';

export const CONDITIONS = [
  'fresh',
  'late',
  'failing',
  'refused',
  'first_sync',
  'paused',
  'outside_hours',
  'disconnected',
] as const;
export type Condition = (typeof CONDITIONS)[number];

export const ACTIVITIES = ['idle', 'queued', 'syncing', 'retrying'] as const;
export type Activity = (typeof ACTIVITIES)[number];

export interface Standing {
  condition: Condition;
  conditionText: string;
  activity: Activity;
  activityText: string;
}

export function describeStanding(workspace: WorkspaceRow, moment: Moment): Standing {
  const condition = conditionOf(workspace, moment);
  const { run } = workspace;
  const activity = activityOf(workspace);
  return {
    condition,
    conditionText: CONDITION_TEXTS[condition](workspace, moment),
    activity,
    activityText: run === null || activity === 'idle' ? idle(workspace, moment) : ACTIVITY_TEXTS[activity](run, moment),
  };
}

/** The last error stays until a run completes, so it speaks of the last finished run, whatever runs now. */
function conditionOf(workspace: WorkspaceRow, moment: Moment): Condition {
  if (!workspace.connected) return 'disconnected';
  if (!workspace.enabled) return 'paused';
  if (workspace.last_error !== null) return workspace.refusals > 0 ? 'refused' : 'failing';
  if (workspace.stalled) return 'late';
  if (!workspace.initial_sync_completed) return 'first_sync';
  if (!moment.isOpen) return 'outside_hours';
  // Of an age that nobody knows: somebody took its cursor away.
  if (workspace.age_seconds === null) return 'late';
  if (ageInHours(workspace, moment) > lateSeconds(moment)) return 'late';
  // The first tick of the day has yet to bring what came overnight.
  return isOvernight(workspace, moment) ? 'outside_hours' : 'fresh';
}

/** A run that shows no life does nothing. */
function activityOf({ run, stalled }: WorkspaceRow): Activity {
  if (run === null || stalled) return 'idle';
  if (run.status === 'queued') return 'queued';
  return run.retry === null ? 'syncing' : 'retrying';
}

const CONDITION_TEXTS: Record<Condition, (workspace: WorkspaceRow, moment: Moment) => string> = {
  fresh: (workspace) => `Fresh: ${age(workspace)}.`,
  late: (workspace, moment) =>
    `Late: ${whatIsLate(workspace, moment)}. If it stays late, look whether the Worker's cron trigger runs.`,
  failing: (workspace) => `The last run failed: ${sentence(workspace.last_error)} Nothing is lost; ${age(workspace)}.`,
  refused: (workspace) =>
    `Credentials refused by ServiceTitan. Connect it again or press Sync now. Nothing is lost; ${age(workspace)}.`,
  first_sync: ({ customers_synced }) =>
    customers_synced === 0
      ? 'First sync: none of its customers is here yet.'
      : `First sync: ${thousands(customers_synced)} contacts are written; it is not complete yet.`,
  paused: (workspace) => `Paused: no sync starts until it is resumed; ${age(workspace)}.`,
  outside_hours: (workspace, moment) =>
    moment.isOpen
      ? `The day begins: the next tick brings what came overnight; ${age(workspace)}.`
      : `Outside business hours: ${age(workspace)}.`,
  disconnected: () => 'Disconnected: its contacts stay as they are. Connect it again to go on.',
};

function whatIsLate(workspace: WorkspaceRow, moment: Moment): string {
  if (!workspace.initial_sync_completed)
    return `the first sync shows no life; ${thousands(workspace.customers_synced)} contacts are written`;
  return `${age(workspace)}; it is late from ${Math.round(lateSeconds(moment) / 60)} minutes on`;
}

/** "20 customers read, 7 more through their phones". */
function readInWords({ fetched, through_contacts: through }: LiveRunRow): string {
  return `${customers(fetched)} read${through === 0 ? '' : `, ${thousands(through)} more through their phones`}`;
}

function idle(workspace: WorkspaceRow, moment: Moment): string {
  if (!workspace.connected || !workspace.enabled) return 'No sync starts by itself.';
  if (workspace.stalled)
    return `The run shows no life: the next tick${at(moment)} wakes it, and the one after takes over.`;
  return `The next sync is${at(moment, nextAttempt(workspace, moment))}.`;
}

const ACTIVITY_TEXTS: Record<Exclude<Activity, 'idle'>, (run: LiveRunRow, moment: Moment) => string> = {
  queued: () => 'Starting: the run waits for its turn.',
  syncing: (run) => {
    if (run.mode === 'incremental') return `Syncing: ${readInWords(run)} so far.`;
    if (run.phase === 'contacts')
      return `Reading phones and e-mails: ${thousands(run.contact_methods)} so far, the customers come next.`;
    const of = run.expected === null ? '' : ` of ${thousands(run.expected)}`;
    return `Reading all customers: ${thousands(run.fetched)}${of} so far.`;
  },
  retrying: ({ retry }, moment) =>
    `Attempt ${retry!.attempt} of ${retry!.attempts} failed, the next one comes${at(moment, new Date(retry!.next_try_at))}: ${sentence(retry!.cause)}`,
};
