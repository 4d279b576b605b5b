// A workspace as the API shows it.
import { z } from '@hono/zod-openapi';
import type { Config } from '../config.ts';
import type { Moment } from '../schedule/nextTick.ts';
import type { LiveRunRow, WorkspaceRow } from '../supabase/reports.ts';
import { doubtSchema, toDoubt } from './doubtView.ts';
import { tellShortProof } from './proofSentence.ts';
import { iso, time } from './time.ts';
import { ACTIVITIES, CONDITIONS, describeStanding } from './workspaceCondition.ts';
import { describeState, nextAttempt, STATES } from './workspaceState.ts';

const seconds = z.number().nullable();
const count = z.int();

const liveRunSchema = z
  .object({
    instanceId: z.string(),
    mode: z.enum(['initial', 'incremental']).nullable().openapi({ description: 'Null while it waits for its turn.' }),
    status: z.string(),
    phase: z
      .enum(['contacts', 'customers'])
      .nullable()
      .openapi({ description: 'Of an initial sync, which reads the phones and e-mails before the customers.' }),
    startedAt: time,
    elapsedSeconds: z.number(),
    pages: count,
    fetched: count.openapi({ description: 'Customers read, each once in a run.' }),
    throughContacts: count.openapi({ description: 'Customers not read, which a phone or an e-mail changed.' }),
    contactMethods: count.openapi({ description: 'Phones and e-mails read.' }),
    expected: count.nullable().openapi({ description: 'Customers of the window, as ServiceTitan counted them.' }),
    created: count,
    updated: count,
    unchanged: count,
    errors: count,
    perSecond: z.number().nullable().openapi({ description: 'Customers.' }),
    secondsLeft: seconds,
    retry: z
      .object({ step: z.string(), attempt: count, attempts: count, cause: z.string(), nextTryAt: time })
      .nullable()
      .openapi({ description: 'What a step of it waits for; null while nothing failed.' }),
  })
  .openapi('LiveRun');

export const workspaceSchema = z
  .object({
    workspaceId: z.string(),
    name: z.string().nullable(),
    tenantId: z.string().nullable(),
    environment: z.string().nullable(),
    timeZone: z.string().nullable(),
    paused: z.boolean(),
    condition: z.enum(CONDITIONS).openapi({
      description:
        'How its data stands, whatever runs: "fresh" is said of none that is late, or whose last finished run failed.',
    }),
    conditionText: z.string().openapi({ example: 'Fresh: data is 4 minutes old.' }),
    activity: z
      .enum(ACTIVITIES)
      .openapi({ description: 'What is being done: beside the condition, never in its place.' }),
    activityText: z.string().openapi({ example: 'The next sync is at 14:15.' }),
    state: z
      .enum(STATES)
      .openapi({ deprecated: true, description: 'Both in one word, as before; goes with the next version.' }),
    stateText: z.string().openapi({ deprecated: true, example: 'Fresh: data is 4 minutes old.' }),
    businessHours: z.object({ start: z.int(), end: z.int(), open: z.boolean() }),
    nextTickAt: time.nullable().openapi({
      description:
        'When it is synced next by itself, a back-off included; null when nothing starts by itself: paused or disconnected.',
    }),
    cursor: time.nullable().openapi({ description: 'Every change before it is in contacts, or in the quarantine.' }),
    ageSeconds: seconds.openapi({ description: 'How old the data is: now less the cursor.' }),
    freshness: z
      .object({ p50Seconds: seconds, worstSeconds: seconds })
      .openapi({ description: 'How old the data was in the last day before each window closed, and is now.' }),
    totals: z
      .object({ customersSynced: count, lastCreated: count, lastUpdated: count, lastErrors: count })
      .openapi({ description: 'The last ones are those of the last complete sync.' }),
    quarantined: count,
    lastError: z.string().nullable().openapi({ description: 'Of the last finished run; stays until a run completes.' }),
    lastCompletedAt: time.nullable(),
    doubts: z.array(doubtSchema).openapi({ description: 'What the last run that ended could not make sure of.' }),
    settledUntil: time
      .nullable()
      .openapi({ description: 'Every change before it was read twice, in two ways; null until that happened.' }),
    proof: z
      .object({ proved: z.boolean(), text: z.string(), asOf: time.nullable(), underWay: z.boolean() })
      .openapi({ description: 'The last comparison of everything, in short; GET /proof says the whole.' }),
    run: liveRunSchema.nullable().openapi({ description: 'The run under way, its numbers those of its window.' }),
  })
  .openapi('Workspace');

export function toWorkspace(row: WorkspaceRow, config: Config, moment: Moment): z.infer<typeof workspaceSchema> {
  const { BUSINESS_HOURS_START: start, BUSINESS_HOURS_END: end } = config;
  const startsByItself = row.connected && row.enabled;
  return {
    workspaceId: row.workspace_id,
    name: row.name,
    tenantId: row.tenant_id,
    environment: row.environment,
    timeZone: row.time_zone,
    paused: row.connected && !row.enabled,
    ...describeStanding(row, moment),
    ...describeState(row, moment),
    businessHours: { start, end, open: moment.isOpen },
    nextTickAt: startsByItself ? (nextAttempt(row, moment)?.toISOString() ?? null) : null,
    cursor: iso(row.cursor),
    ageSeconds: row.age_seconds,
    freshness: { p50Seconds: row.p50_seconds, worstSeconds: row.worst_seconds },
    totals: {
      customersSynced: row.customers_synced,
      lastCreated: row.last_created,
      lastUpdated: row.last_updated,
      lastErrors: row.last_errors,
    },
    quarantined: row.quarantined,
    lastError: row.last_error,
    lastCompletedAt: iso(row.last_completed_at),
    doubts: row.doubts.map(toDoubt),
    settledUntil: iso(row.settled_until),
    proof: {
      ...tellShortProof(row, moment.now),
      asOf: iso(row.proof?.as_of ?? null),
      underWay: row.comparing,
    },
    run: row.run && toLiveRun(row.run),
  };
}

export function toLiveRun(run: LiveRunRow): z.infer<typeof liveRunSchema> {
  const rate = run.phase === 'contacts' ? null : run.per_second;
  const left = run.expected === null ? null : Math.max(0, run.expected - run.fetched);
  return {
    instanceId: run.instance_id,
    mode: run.mode,
    status: run.status,
    phase: run.phase,
    startedAt: iso(run.started_at),
    elapsedSeconds: run.elapsed_seconds,
    pages: run.pages,
    fetched: run.fetched,
    throughContacts: run.through_contacts,
    contactMethods: run.contact_methods,
    expected: run.expected,
    created: run.created,
    updated: run.updated,
    unchanged: run.unchanged,
    errors: run.errors,
    perSecond: rate === null ? null : Math.round(rate * 10) / 10,
    secondsLeft: left === null || !rate ? null : Math.ceil(left / rate),
    retry: run.retry && {
      step: run.retry.step,
      attempt: run.retry.attempt,
      attempts: run.retry.attempts,
      cause: run.retry.cause,
      nextTryAt: iso(run.retry.next_try_at),
    },
  };
}
