// The state of a workspace in one word and one plain sentence, as it was told before there were two facts (workspaceCondition.ts).
// It stays for one version.
import { formatInTimeZone } from 'date-fns-tz';
import type { Moment } from '../schedule/nextTick.ts';
import type { WorkspaceRow } from '../supabase/reports.ts';

/** What is promised, also where ticks come more often: a first sync's cursor stands so far behind its beginning (R4). */
const LEAST_GOAL_SECONDS = 900;

/** How old data may get in business hours: as long as ticks are apart, and fifteen minutes in any case. */
export function goalSeconds(tickSeconds: number): number {
  return Math.max(LEAST_GOAL_SECONDS, tickSeconds);
}

/**
 * A window that is just about to close is a goal old, and so is the one before it: older than both is late.
 */
export const lateSeconds = ({ tickSeconds }: Pick<Moment, 'tickSeconds'>) => 2 * goalSeconds(tickSeconds);

export const STATES = [
  'fresh',
  'running',
  'late',
  'failed',
  'refused',
  'paused',
  'outside_hours',
  'new',
  'disconnected',
] as const;
export type State = (typeof STATES)[number];

export function describeState(workspace: WorkspaceRow, moment: Moment): { state: State; stateText: string } {
  const state = stateOf(workspace, moment);
  return { state, stateText: SENTENCES[state](workspace, moment) };
}

function stateOf(workspace: WorkspaceRow, moment: Moment): State {
  if (!workspace.connected) return 'disconnected';
  if (workspace.run && !workspace.stalled) return 'running';
  if (!workspace.enabled) return 'paused';
  if (workspace.stalled) return 'late';
  if (workspace.sync_status === 'failed') return workspace.refusals > 0 ? 'refused' : 'failed';
  if (!workspace.initial_sync_completed) return 'new';
  if (!moment.isOpen) return 'outside_hours';
  if (ageInHours(workspace, moment) > lateSeconds(moment)) return 'late';
  // The first tick of the day has yet to bring what came overnight.
  return isOvernight(workspace, moment) ? 'outside_hours' : 'fresh';
}

/** How old the data is, less the time before today's business hours began. */
export function ageInHours({ age_seconds, opened_at }: WorkspaceRow, { now }: Moment): number {
  const sinceOpening = opened_at === null ? Infinity : (now.getTime() - Date.parse(opened_at)) / 1000;
  return Math.min(age_seconds ?? Infinity, sinceOpening);
}

export function isOvernight(workspace: WorkspaceRow, moment: Moment): boolean {
  const late = lateSeconds(moment);
  return (workspace.age_seconds ?? 0) > late && ageInHours(workspace, moment) <= late;
}

const SENTENCES: Record<State, (workspace: WorkspaceRow, moment: Moment) => string> = {
  fresh: (workspace) => `Fresh: ${age(workspace)}.`,
  running: ({ run, ...workspace }) => {
    const count =
      run!.expected === null ? thousands(run!.fetched) : `${thousands(run!.fetched)} of ${thousands(run!.expected)}`;
    if (run!.status === 'queued') return 'Starting: the run waits for its turn.';
    if (run!.mode === 'incremental') return `Syncing: ${customers(run!.fetched)} read so far; ${age(workspace)}.`;
    if (run!.phase === 'contacts')
      return `First reading: ${thousands(run!.contact_methods)} phones and e-mails read so far, the customers come next.`;
    return `Reading all customers: ${count} so far.`;
  },
  late: (workspace, moment) =>
    workspace.stalled
      ? `Late: the run shows no life, so the next tick${at(moment)} wakes it, and the one after takes over; ${age(workspace)}.`
      : `Late: ${age(workspace)}, which is more than ${Math.round(lateSeconds(moment) / 60)} minutes; the next tick comes${at(moment)}. If it stays late, look whether the Worker's cron trigger runs.`,
  failed: (workspace, moment) =>
    `The last run failed: ${sentence(workspace.last_error)} Nothing is lost; ${age(workspace)}, next try${at(moment)}.`,
  refused: (workspace, moment) =>
    `Credentials refused by ServiceTitan; next try${at(moment, nextAttempt(workspace, moment))}. Connect it again or press Sync now.`,
  paused: (workspace) => `Paused: no sync starts until it is resumed; ${age(workspace)}.`,
  outside_hours: (workspace, moment) =>
    moment.isOpen
      ? `The day begins: the next tick${at(moment)} brings what came overnight; ${age(workspace)}.`
      : `Outside business hours: the next sync is${at(moment)}; ${age(workspace)}.`,
  new: (workspace, moment) => `New: the first sync has not begun; it starts${at(moment)}, or press Sync now.`,
  disconnected: () => 'Disconnected: its contacts stay as they are. Connect it again to go on.',
};

export function age({ age_seconds }: Pick<WorkspaceRow, 'age_seconds'>): string {
  return age_seconds === null ? 'no sync is complete yet' : `data is ${duration(age_seconds)} old`;
}

/** In the largest unit that says enough. */
export function duration(seconds: number): string {
  const [count, unit] =
    seconds < 90
      ? [Math.max(0, seconds), 'second']
      : seconds < 90 * 60
        ? [Math.round(seconds / 60), 'minute']
        : seconds < 36 * 60 * 60
          ? [Math.round(seconds / 3600), 'hour']
          : [Math.round(seconds / 86_400), 'day'];
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

/** ` at 14:20` in the workspace's zone, with the day's name when it is far off. */
export function at({ now, timeZone, nextTickAt }: Moment, instant = nextTickAt): string {
  if (instant === null) return ' never: look at BUSINESS_HOURS_START and BUSINESS_HOURS_END';
  const isSoon = instant.getTime() - now.getTime() < 12 * 60 * 60 * 1000;
  const format = isSoon ? 'HH:mm' : "HH:mm 'on' EEEE";
  try {
    if (timeZone !== null) return ` at ${formatInTimeZone(instant, timeZone, format)}`;
  } catch {
    // a zone that does not exist
  }
  return ` at ${formatInTimeZone(instant, 'UTC', format)} UTC`;
}

/** When the workspace is synced next by itself: at the first tick, or the first one after its back-off. */
export function nextAttempt({ next_attempt_at }: WorkspaceRow, { nextTickAt, tickSeconds }: Moment): Date | null {
  const attempt = next_attempt_at === null ? 0 : Date.parse(next_attempt_at);
  if (nextTickAt === null || nextTickAt.getTime() >= attempt) return nextTickAt;
  const everyMs = tickSeconds * 1000;
  return new Date(Math.ceil(attempt / everyMs) * everyMs);
}

export function customers(count: number): string {
  return count === 1 ? '1 customer' : `${thousands(count)} customers`;
}

export function thousands(count: number): string {
  return count.toLocaleString('en-US');
}

export function sentence(text: string | null): string {
  if (!text) return 'the reason is not known.';
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
