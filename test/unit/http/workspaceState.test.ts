// What an operator reads of a workspace: one word and one sentence.
import { expect, test } from 'vitest';
import { describeState, goalSeconds } from '../../../src/http/workspaceState.ts';
import { createClock } from '../../../src/schedule/nextTick.ts';
import type { WorkspaceRow } from '../../../src/supabase/reports.ts';
import { liveRun as run, workspaceRow as row } from './rows.ts';

const HOURS = { BUSINESS_HOURS_START: 6, BUSINESS_HOURS_END: 20, TICK_SECONDS: 900 };
/** 14:07 in Denver. */
const AFTERNOON = '2026-02-09T21:07:00Z';
const EARLY = '2026-02-09T13:00:10Z'; // 06:00:10
const NIGHT = '2026-02-10T05:07:00Z'; // 22:07

const describeAt = (now: string, fields: Partial<WorkspaceRow>, hours: Partial<typeof HOURS> = {}) => {
  const workspace = row(fields);
  const clock = createClock({ ...HOURS, ...hours }, new Date(now));
  const { state, stateText } = describeState(workspace, clock(workspace.time_zone));
  return [state, stateText];
};

const AT_NIGHT = { opened_at: null, age_seconds: 2 * 3600 + 420 };
const FAILED = { sync_status: 'failed', last_error: 'ServiceTitan answered 500: try again later' } as const;

test.for([
  ['data within the goal', AFTERNOON, {}, 'fresh', 'Fresh: data is 4 minutes old.'],
  [
    'data past twice the goal',
    AFTERNOON,
    { age_seconds: 2400 },
    'late',
    "Late: data is 40 minutes old, which is more than 30 minutes; the next tick comes at 14:15. If it stays late, look whether the Worker's cron trigger runs.",
  ],
  [
    'the night behind it and its first tick still to come',
    EARLY,
    { age_seconds: 36_000 },
    'outside_hours',
    'The day begins: the next tick at 06:15 brings what came overnight; data is 10 hours old.',
  ],
  [
    'business hours over',
    NIGHT,
    AT_NIGHT,
    'outside_hours',
    'Outside business hours: the next sync is at 06:00; data is 2 hours old.',
  ],
  [
    'an initial sync at its customers',
    AFTERNOON,
    { run: run(), initial_sync_completed: false },
    'running',
    'Reading all customers: 1,200 of 5,000 so far.',
  ],
  [
    'an initial sync at its contacts',
    AFTERNOON,
    { run: run({ phase: 'contacts', fetched: 0 }), initial_sync_completed: false },
    'running',
    'First reading: 4,000 phones and e-mails read so far, the customers come next.',
  ],
  [
    'an incremental run',
    AFTERNOON,
    { run: run({ mode: 'incremental', phase: null, fetched: 1 }) },
    'running',
    'Syncing: 1 customer read so far; data is 4 minutes old.',
  ],
  [
    'a run that waits in the queue',
    AFTERNOON,
    { run: run({ mode: null, status: 'queued' }) },
    'running',
    'Starting: the run waits for its turn.',
  ],
  [
    'a run without life',
    AFTERNOON,
    { run: run(), stalled: true },
    'late',
    'Late: the run shows no life, so the next tick at 14:15 wakes it, and the one after takes over; data is 4 minutes old.',
  ],
  [
    'a run that failed',
    AFTERNOON,
    FAILED,
    'failed',
    'The last run failed: ServiceTitan answered 500: try again later. Nothing is lost; data is 4 minutes old, next try at 14:15.',
  ],
  [
    'refused credentials, backing off past the next tick',
    AFTERNOON,
    { ...FAILED, refusals: 2, next_attempt_at: '2026-02-09T21:20:00Z' },
    'refused',
    'Credentials refused by ServiceTitan; next try at 14:30. Connect it again or press Sync now.',
  ],
  [
    'paused',
    AFTERNOON,
    { enabled: false },
    'paused',
    'Paused: no sync starts until it is resumed; data is 4 minutes old.',
  ],
  [
    'a run that goes on although it was paused',
    AFTERNOON,
    { enabled: false, run: run() },
    'running',
    'Reading all customers: 1,200 of 5,000 so far.',
  ],
  [
    'never synced',
    AFTERNOON,
    { initial_sync_completed: false, sync_status: 'idle', age_seconds: null, cursor: null },
    'new',
    'New: the first sync has not begun; it starts at 14:15, or press Sync now.',
  ],
  [
    'no credentials any more',
    AFTERNOON,
    { connected: false, enabled: false },
    'disconnected',
    'Disconnected: its contacts stay as they are. Connect it again to go on.',
  ],
] as [string, string, Partial<WorkspaceRow>, string, string][])('%s', ([, now, fields, state, text]) => {
  expect(describeAt(now, fields)).toEqual([state, text]);
});

test.for([
  [60, 900],
  [300, 900],
  [900, 900],
  [3600, 3600],
] as [number, number][])(
  'with a tick every %i s data may get %i s old, and is late at twice that',
  ([TICK_SECONDS, goal]) => {
    expect(goalSeconds(TICK_SECONDS)).toBe(goal);
    const [before] = describeAt(AFTERNOON, { age_seconds: 2 * goal }, { TICK_SECONDS });
    const [after, text] = describeAt(AFTERNOON, { age_seconds: 2 * goal + 1 }, { TICK_SECONDS });
    expect([before, after]).toEqual(['fresh', 'late']);
    expect(text).toContain(`which is more than ${(2 * goal) / 60} minutes`);
  },
);

test('a workspace without a zone, or with one that does not exist, is told in UTC', () => {
  expect(describeAt(AFTERNOON, { time_zone: null, ...FAILED })[1]).toContain('next try at 21:15 UTC');
  expect(describeAt(AFTERNOON, { time_zone: 'Mars/Olympus', ...FAILED })[1]).toContain('next try at 21:15 UTC');
});
