// The two facts about a workspace. Whatever runs, nothing is called fresh that is not.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { describeStanding } from '../../../src/http/workspaceCondition.ts';
import { nextAttempt } from '../../../src/http/workspaceState.ts';
import { createClock } from '../../../src/schedule/nextTick.ts';
import type { LiveRunRow, WorkspaceRow } from '../../../src/supabase/reports.ts';
import { liveRun, workspaceRow } from './rows.ts';

const HOURS = { BUSINESS_HOURS_START: 6, BUSINESS_HOURS_END: 20, TICK_SECONDS: 900 };
/** 14:07 in Denver. */
const AFTERNOON = '2026-02-09T21:07:00Z';
const NIGHT = '2026-02-10T05:07:00Z';

const standingAt = (now: string, fields: Partial<WorkspaceRow>) => {
  const workspace = workspaceRow(fields);
  return describeStanding(workspace, createClock(HOURS, new Date(now))(workspace.time_zone));
};

const FAILED = { sync_status: 'failed', last_error: 'ServiceTitan failed on GET /a with 500: it is down.' } as const;
const RETRY = {
  step: 'incremental-fetch',
  attempt: 3,
  attempts: 6,
  cause: 'ServiceTitan failed on GET /a with 500: it is down.',
  next_try_at: '2026-02-09T21:08:00Z',
};
const incremental = (fields: Partial<LiveRunRow> = {}) =>
  liveRun({ mode: 'incremental', phase: null, fetched: 1, ...fields });

test.for([
  ['in good order', {}, 'fresh', 'Fresh: data is 4 minutes old.', 'idle', 'The next sync is at 14:15.'],
  [
    'whose last run failed, and whose next one is under way',
    { ...FAILED, sync_status: 'running', run: incremental() },
    'failing',
    'The last run failed: ServiceTitan failed on GET /a with 500: it is down. Nothing is lost; data is 4 minutes old.',
    'syncing',
    'Syncing: 1 customer read so far.',
  ],
  [
    'that tries again',
    { run: incremental({ retry: RETRY }) },
    'fresh',
    'Fresh: data is 4 minutes old.',
    'retrying',
    'Attempt 3 of 6 failed, the next one comes at 14:08: ServiceTitan failed on GET /a with 500: it is down.',
  ],
  [
    'whose run brings phones too',
    { run: incremental({ fetched: 20, through_contacts: 7 }) },
    'fresh',
    'Fresh: data is 4 minutes old.',
    'syncing',
    'Syncing: 20 customers read, 7 more through their phones so far.',
  ],
  [
    'that is late and syncing',
    { age_seconds: 2400, run: incremental() },
    'late',
    "Late: data is 40 minutes old; it is late from 30 minutes on. If it stays late, look whether the Worker's cron trigger runs.",
    'syncing',
    'Syncing: 1 customer read so far.',
  ],
  [
    'at its first sync, with nothing written',
    {
      initial_sync_completed: false,
      cursor: null,
      age_seconds: null,
      customers_synced: 0,
      run: liveRun({ phase: 'contacts' }),
    },
    'first_sync',
    'First sync: none of its customers is here yet.',
    'syncing',
    'Reading phones and e-mails: 4,000 so far, the customers come next.',
  ],
  [
    'at its first sync, half way',
    { initial_sync_completed: false, cursor: null, age_seconds: null, customers_synced: 1200, run: liveRun() },
    'first_sync',
    'First sync: 1,200 contacts are written; it is not complete yet.',
    'syncing',
    'Reading all customers: 1,200 of 5,000 so far.',
  ],
  [
    'whose credentials are refused',
    { ...FAILED, refusals: 2, next_attempt_at: '2026-02-09T21:20:00Z' },
    'refused',
    'Credentials refused by ServiceTitan. Connect it again or press Sync now. Nothing is lost; data is 4 minutes old.',
    'idle',
    // One next attempt: the first tick after the back-off.
    'The next sync is at 14:30.',
  ],
  [
    'that waits in the queue',
    { run: liveRun({ mode: null, status: 'queued' }) },
    'fresh',
    'Fresh: data is 4 minutes old.',
    'queued',
    'Starting: the run waits for its turn.',
  ],
  [
    'whose run shows no life',
    { run: liveRun(), stalled: true },
    'late',
    "Late: data is 4 minutes old; it is late from 30 minutes on. If it stays late, look whether the Worker's cron trigger runs.",
    'idle',
    'The run shows no life: the next tick at 14:15 wakes it, and the one after takes over.',
  ],
  [
    'that is paused while a run goes on',
    { enabled: false, run: incremental() },
    'paused',
    'Paused: no sync starts until it is resumed; data is 4 minutes old.',
    'syncing',
    'Syncing: 1 customer read so far.',
  ],
  [
    'that is disconnected',
    { connected: false, enabled: false },
    'disconnected',
    'Disconnected: its contacts stay as they are. Connect it again to go on.',
    'idle',
    'No sync starts by itself.',
  ],
] as [string, Partial<WorkspaceRow>, string, string, string, string][])(
  'a workspace %s',
  ([, fields, condition, conditionText, activity, activityText]) => {
    expect(standingAt(AFTERNOON, fields)).toEqual({ condition, conditionText, activity, activityText });
  },
);

test('a first sync that shows no life needs a look, and does not pass for one that goes on', () => {
  const first = { initial_sync_completed: false, cursor: null, age_seconds: null, customers_synced: 1200 };
  expect(standingAt(AFTERNOON, { ...first, run: liveRun(), stalled: true })).toEqual({
    condition: 'late',
    conditionText:
      "Late: the first sync shows no life; 1,200 contacts are written. If it stays late, look whether the Worker's cron trigger runs.",
    activity: 'idle',
    activityText: 'The run shows no life: the next tick at 14:15 wakes it, and the one after takes over.',
  });
});

test('data of no age is not called fresh, nor brought by the next tick, in the first minutes of the day', () => {
  const fields = { age_seconds: null, cursor: null, opened_at: '2026-02-09T21:00:00Z' };
  expect(standingAt(AFTERNOON, fields).condition).toBe('late');
});

test('at night nothing is late, but what failed still failed', () => {
  const night = { opened_at: null, age_seconds: 7620 };
  expect(standingAt(NIGHT, night).condition).toBe('outside_hours');
  expect(standingAt(NIGHT, { ...night, ...FAILED }).condition).toBe('failing');
});

const rows = fc.record({
  connected: fc.boolean(),
  enabled: fc.boolean(),
  sync_status: fc.constantFrom('idle', 'running', 'completed', 'failed'),
  initial_sync_completed: fc.boolean(),
  age_seconds: fc.option(fc.integer({ min: 0, max: 200_000 })),
  opened_at: fc.option(fc.constant('2026-02-09T13:00:00Z')),
  last_error: fc.option(fc.constant('It failed.')),
  refusals: fc.nat({ max: 3 }),
  stalled: fc.boolean(),
  run: fc.option(
    fc.record({ status: fc.constantFrom('queued', 'running'), retry: fc.option(fc.constant(RETRY)) }).map(incremental),
  ),
}) as fc.Arbitrary<Partial<WorkspaceRow>>;

test('whatever stands in the database, "fresh" is said of no data over the limit and of no workspace that failed last', () => {
  fc.assert(
    fc.property(rows, (fields) => {
      const { condition, conditionText } = standingAt(AFTERNOON, fields);
      if (condition !== 'fresh' && !/fresh/i.test(conditionText)) return;
      expect(fields.last_error).toBeNull();
      expect(fields.age_seconds).toBeLessThanOrEqual(1800);
      expect([fields.connected, fields.enabled, fields.initial_sync_completed, fields.stalled]).toEqual([
        true,
        true,
        true,
        false,
      ]);
    }),
    { numRuns: 2000 },
  );
});

test('there is one next attempt: the first tick that is not before the end of the back-off', () => {
  const moment = createClock(HOURS, new Date(AFTERNOON))('America/Denver');
  const at = (next_attempt_at: string | null) => nextAttempt(workspaceRow({ next_attempt_at }), moment)?.toISOString();
  expect(at(null)).toBe('2026-02-09T21:15:00.000Z');
  expect(at('2026-02-09T21:10:00Z')).toBe('2026-02-09T21:15:00.000Z');
  expect(at('2026-02-09T21:15:00.001Z')).toBe('2026-02-09T21:30:00.000Z');
});
