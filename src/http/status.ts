import { createRoute, z } from '@hono/zod-openapi';
import { type EngineStatus, goneFailure } from '../schedule/goneInstance.ts';
import { readInstanceSteps } from '../schedule/instanceSteps.ts';
import type { Ledger, LedgerRun } from '../supabase/ledger.ts';
import { answers, createApi } from './api.ts';
import { doubtSchema, toDoubt } from './doubtView.ts';
import { instanceIdText } from './input.ts';
import { Problem } from './problem.ts';

const progressSchema = z.object({
  workspaceId: z.string(),
  status: z.string(),
  mode: z.string().nullable(),
  trigger: z.string(),
  predecessor: z.string().nullable(),
  windowFrom: z.string().nullable(),
  pages: z.number(),
  fetched: z.number(),
  throughContacts: z.number(),
  created: z.number(),
  updated: z.number(),
  unchanged: z.number(),
  contactMethods: z.number(),
  expected: z.number().nullable(),
  steps: z.number(),
  stale: z.number(),
  errors: z.number(),
  serviceTitanCalls: z.number(),
  startedAt: z.string().nullable(),
  finishedAt: z.string().nullable(),
  elapsedSeconds: z.number(),
  error: z.string().nullable(),
  doubts: z.array(doubtSchema),
});

const stepSchema = z.object({
  name: z.string(),
  status: z.enum(['running', 'completed', 'failed']),
  attempts: z.int(),
  startedAt: z.iso.datetime(),
  durationSeconds: z.number().nullable(),
});

/** Of very many the ones that stood the longest: a person looks at these first. */
const QUARANTINE_SHOWN = 20;

const quarantineSchema = z.object({
  count: z.number(),
  longestStanding: z.array(
    z.object({
      crmId: z.string(),
      feed: z.string(),
      reason: z.string(),
      attempts: z.number(),
      firstSeenAt: z.string(),
      lastSeenAt: z.string(),
    }),
  ),
});

const route = createRoute({
  method: 'get',
  path: '/status',
  summary: "The engine's status of a run, and its progress from the ledger",
  request: { query: z.object({ instanceId: instanceIdText }) },
  responses: answers('The run.', {
    instanceId: z.string(),
    status: z
      .object({ status: z.string(), output: z.unknown() })
      .openapi({ description: 'Of the Workflow engine, which forgets a finished run after a while: then `unknown`.' }),
    progress: progressSchema.nullable().openapi({ description: "The ledger's row; null for a run that is not in it." }),
    steps: z
      .array(stepSchema)
      .nullable()
      .openapi({ description: 'From the history that the engine keeps for some days; null afterwards.' }),
    quarantine: quarantineSchema.nullable().openapi({
      description: `The workspace's customers that are set aside, ${QUARANTINE_SHOWN} of them at most; null where progress is.`,
    }),
  }),
});

export const status = createApi().openapi(route, async (context) => {
  const { instanceId } = context.req.valid('query');
  const workflow = context.env.SERVICETITAN_SYNC;
  const [engine, run, steps] = await Promise.all([
    readEngineStatus(workflow, instanceId),
    context.get('ledger').readRun(instanceId),
    readInstanceSteps(workflow, instanceId),
  ]);
  if (!engine && !run) {
    throw new Problem(
      404,
      'unknown_instance',
      'No run has this instanceId. Its form is sync-<workspaceId>-<epoch ms>, as /trigger answered it.',
    );
  }
  return context.json(
    {
      success: true,
      instanceId,
      status: { status: engine?.status ?? 'unknown', output: engine?.output ?? null },
      progress: run && toProgress(run, engine, Date.now()),
      steps: engine && steps,
      quarantine: run && (await readQuarantine(context.get('ledger'), run)),
    },
    200,
  );
});

async function readEngineStatus(workflow: Workflow, instanceId: string) {
  try {
    return await (await workflow.get(instanceId)).status();
  } catch {
    return null; // unknown to the engine, or the engine is: the ledger knows more
  }
}

async function readQuarantine(ledger: Ledger, run: LedgerRun): Promise<z.infer<typeof quarantineSchema>> {
  const { count, rows } = await ledger.readQuarantine(run.workspace_id, run.source, QUARANTINE_SHOWN);
  const longestStanding = rows.map((row) => ({
    crmId: row.crm_id,
    feed: row.feed,
    reason: row.reason,
    attempts: row.attempts,
    firstSeenAt: row.first_seen_at,
    lastSeenAt: row.last_seen_at,
  }));
  return { count, longestStanding };
}

function toProgress(run: LedgerRun, engine: EngineStatus | null, now: number): z.infer<typeof progressSchema> {
  const from = run.started_at ?? run.created_at;
  const until = run.finished_at === null ? now : Date.parse(run.finished_at);
  return {
    workspaceId: run.workspace_id,
    status: run.status,
    mode: run.mode,
    trigger: run.trigger,
    predecessor: run.predecessor,
    windowFrom: run.window_from,
    pages: run.pages,
    fetched: run.fetched,
    throughContacts: run.through_contacts,
    created: run.created,
    updated: run.updated,
    unchanged: run.unchanged,
    contactMethods: run.contact_methods,
    expected: run.expected,
    steps: run.steps,
    stale: run.stale,
    errors: run.errors,
    serviceTitanCalls: run.service_titan_calls,
    startedAt: run.started_at,
    finishedAt: run.finished_at,
    elapsedSeconds: Math.max(0, Math.round((until - Date.parse(from)) / 1000)),
    // Where the ledger could not be told, the engine still knows; a tick will write it down.
    error: run.error ?? (engine && goneFailure(engine, run.status)?.message) ?? null,
    doubts: run.doubts.map(toDoubt),
  };
}
