// What there is to see: all workspaces, one of them with its quarantine, and its runs.
import { createRoute, z } from '@hono/zod-openapi';
import { zoneOf } from '../schedule/businessHours.ts';
import { createClock } from '../schedule/nextTick.ts';
import type { RunRow } from '../supabase/reports.ts';
import { answers, createApi } from './api.ts';
import { timeText, wholeNumberText, workspaceId } from './input.ts';
import { noSuchWorkspace } from './problem.ts';
import { setAsideSchema, toSetAside } from './quarantineView.ts';
import { doubtSchema, toDoubt } from './doubtView.ts';
import { iso, time } from './time.ts';
import { toWorkspace, workspaceSchema } from './workspaceView.ts';
import { goalSeconds, lateSeconds } from './workspaceState.ts';

const QUARANTINE_SHOWN = 200;

const goal = z.int().openapi({
  description: 'How old data may get in business hours: as long as ticks are apart (TICK_SECONDS), at least 5 minutes.',
  example: 900,
});
const late = z
  .int()
  .openapi({ description: 'From which age on data is late in business hours: twice the goal.', example: 1800 });
const byWorkspace = z.object({ workspaceId });

const list = createRoute({
  method: 'get',
  path: '/workspaces',
  summary: 'Every workspace: its state in words, how old its data is, and its run under way',
  request: { query: z.object({ after: workspaceId.optional(), limit: wholeNumberText(1, 1000, 200) }) },
  responses: answers('By id; ask again with `after` set to `nextAfter` until that is null.', {
    now: time,
    goalSeconds: goal,
    lateSeconds: late,
    workspaces: z.array(workspaceSchema),
    nextAfter: z.string().nullable(),
  }),
});

const one = createRoute({
  method: 'get',
  path: '/workspaces/{workspaceId}',
  summary: 'One workspace, with the customers that are set aside and why',
  request: { params: byWorkspace },
  responses: answers(`At most ${QUARANTINE_SHOWN} of the quarantine, those first that were tried last.`, {
    now: time,
    goalSeconds: goal,
    lateSeconds: late,
    workspace: workspaceSchema,
    quarantine: z.array(setAsideSchema.extend({ customerId: z.string() })),
    quarantined: z.int().openapi({ description: 'How many customers are set aside in all.' }),
  }),
});

export const runSchema = z
  .object({
    instanceId: z.string(),
    predecessor: z.string().nullable().openapi({ description: 'The run whose window this one goes on with.' }),
    tookOver: z.string().nullable().openapi({ description: 'The dead run that it replaced.' }),
    trigger: z.string(),
    mode: z.string().nullable(),
    status: z.string(),
    windowFrom: time.nullable(),
    windowStartedAt: time.nullable(),
    createdAt: time,
    startedAt: time.nullable(),
    finishedAt: time.nullable(),
    durationSeconds: z.number().nullable(),
    pages: z.int(),
    fetched: z.int().openapi({ description: 'Customers read, each once; so are the counts of what became of them.' }),
    throughContacts: z.int().openapi({ description: 'Customers not read, which a phone or an e-mail changed.' }),
    contactMethods: z.int(),
    expected: z.int().nullable(),
    created: z.int(),
    updated: z.int(),
    unchanged: z.int(),
    stale: z.int(),
    errors: z.int(),
    misses: z
      .int()
      .openapi({ description: 'Records that the live readers had passed and the second reading brought.' }),
    unreadableFields: z.record(z.string(), z.int()).openapi({
      description: 'In how many records a field came in a form that could not be read; the stored value stayed.',
      example: { 'customer.taxExempt': 12 },
    }),
    serviceTitanCalls: z.int().openapi({
      description: 'As made. Those of failed attempts count at once, the others when the run ends.',
    }),
    steps: z.int(),
    errorCode: z.string().nullable(),
    error: z.string().nullable(),
    /** What this run, and those that it succeeds, could not make sure of. */
    doubts: z.array(doubtSchema),
  })
  .openapi('Run');

const runs = createRoute({
  method: 'get',
  path: '/workspaces/{workspaceId}/runs',
  summary: "A workspace's runs, the newest first",
  request: {
    params: byWorkspace,
    query: z.object({
      before: timeText.optional(),
      limit: wholeNumberText(1, 200, 50),
    }),
  },
  responses: answers('Ask again with `before` set to `nextBefore` until that is null.', {
    runs: z.array(runSchema),
    nextBefore: z.string().nullable(),
  }),
});

export const workspaces = createApi()
  .openapi(list, async (context) => {
    const { after, limit } = context.req.valid('query');
    const config = context.get('config');
    const now = new Date();
    const clock = createClock(config, now);
    const page = await context.get('reports').readWorkspaces(after ?? null, limit, config);
    return context.json(
      {
        success: true,
        now: now.toISOString(),
        goalSeconds: goalSeconds(config.TICK_SECONDS),
        lateSeconds: lateSeconds({ tickSeconds: config.TICK_SECONDS }),
        workspaces: page.workspaces.map((row) => toWorkspace(row, config, clock(zoneOf(row)))),
        nextAfter: page.next_after,
      },
      200,
    );
  })
  .openapi(one, async (context) => {
    const config = context.get('config');
    const reports = context.get('reports');
    const now = new Date();
    const row = await reports.readWorkspace(context.req.valid('param').workspaceId, config);
    if (!row) throw noSuchWorkspace();
    const setAside =
      row.source === null ? [] : await reports.listQuarantined(row.workspace_id, row.source, QUARANTINE_SHOWN);
    return context.json(
      {
        success: true,
        now: now.toISOString(),
        goalSeconds: goalSeconds(config.TICK_SECONDS),
        lateSeconds: lateSeconds({ tickSeconds: config.TICK_SECONDS }),
        workspace: toWorkspace(row, config, createClock(config, now)(zoneOf(row))),
        quarantine: setAside.map((row) => ({ customerId: row.crm_id, ...toSetAside(row) })),
        quarantined: row.quarantined,
      },
      200,
    );
  })
  .openapi(runs, async (context) => {
    const { workspaceId: id } = context.req.valid('param');
    const { before, limit } = context.req.valid('query');
    const rows = await context.get('reports').listRuns(id, before ?? null, limit);
    if (rows.length === 0 && !(await context.get('reports').readWorkspace(id, context.get('config'))))
      throw noSuchWorkspace();
    const last = rows.length === limit ? rows.at(-1) : undefined;
    return context.json(
      {
        success: true,
        runs: rows.map(toRun),
        // To the microsecond, and with the Z that a query can hold unescaped.
        nextBefore: last?.created_at.replace('+00:00', 'Z') ?? null,
      },
      200,
    );
  });

export function toRun(run: RunRow): z.infer<typeof runSchema> {
  const from = Date.parse(run.started_at ?? run.created_at);
  return {
    instanceId: run.instance_id,
    predecessor: run.predecessor,
    tookOver: run.took_over,
    trigger: run.trigger,
    mode: run.mode,
    status: run.status,
    windowFrom: iso(run.window_from),
    windowStartedAt: iso(run.window_started_at),
    createdAt: iso(run.created_at),
    startedAt: iso(run.started_at),
    finishedAt: iso(run.finished_at),
    durationSeconds: run.finished_at === null ? null : Math.max(0, (Date.parse(run.finished_at) - from) / 1000),
    pages: run.pages,
    fetched: run.fetched,
    throughContacts: run.through_contacts,
    contactMethods: run.contact_methods,
    expected: run.expected,
    created: run.created,
    updated: run.updated,
    unchanged: run.unchanged,
    stale: run.stale,
    errors: run.errors,
    misses: run.misses,
    unreadableFields: run.unreadable_fields,
    serviceTitanCalls: run.service_titan_calls,
    steps: run.steps,
    errorCode: run.error_code,
    error: run.error,
    doubts: run.doubts.map(toDoubt),
  };
}
