import { createRoute, z } from '@hono/zod-openapi';
import { zoneOf } from '../schedule/businessHours.ts';
import { readInstanceSteps } from '../schedule/instanceSteps.ts';
import { createClock } from '../schedule/nextTick.ts';
import type { Ledger, LedgerRun } from '../supabase/ledger.ts';
import type { WorkspaceRow } from '../supabase/reports.ts';
import type { Context } from 'hono';
import { answers, createApi } from './api.ts';
import type { AppEnv } from './appEnv.ts';
import { instanceIdText, workspaceId } from './input.ts';
import { Problem, noSuchWorkspace } from './problem.ts';
import { progressSchema, toProgress } from './runProgress.ts';
import { ACTIVITIES, CONDITIONS, describeStanding } from './workspaceCondition.ts';

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
  summary: "The engine's status of a run and its progress from the ledger, with how its workspace stands",
  request: {
    query: z
      .object({
        instanceId: instanceIdText.optional(),
        workspaceId: workspaceId
          .optional()
          .openapi({ description: 'The run under way of this workspace, else its last.' }),
      })
      .refine((asked) => (asked.instanceId === undefined) !== (asked.workspaceId === undefined), {
        path: ['instanceId'],
        error: 'is missing: name a run by it, or a workspace by workspaceId, and not both',
      }),
  },
  responses: answers('The run.', {
    instanceId: z.string().nullable().openapi({ description: 'Null for a workspace that had no run yet.' }),
    workspace: z
      .object({
        workspaceId: z.string(),
        condition: z.enum(CONDITIONS),
        conditionText: z.string(),
        activity: z.enum(ACTIVITIES),
        activityText: z.string(),
      })
      .nullable()
      .openapi({
        description:
          'How its data stands and what is being done, as GET /workspaces says it; null where it is not known any more.',
      }),
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
  const { instanceId: asked, workspaceId: id } = context.req.valid('query');
  const reports = context.get('reports');
  const byId = id === undefined ? null : await reports.readWorkspace(id, context.get('config'));
  if (id !== undefined && byId === null) throw noSuchWorkspace();
  const instanceId = asked ?? byId?.run?.instance_id ?? (await reports.listRuns(id!, null, 1))[0]?.instance_id ?? null;
  const workflow = context.env.SERVICETITAN_SYNC;
  const [engine, run, steps] =
    instanceId === null
      ? [null, null, null]
      : await Promise.all([
          readEngineStatus(workflow, instanceId),
          context.get('ledger').readRun(instanceId),
          readInstanceSteps(workflow, instanceId),
        ]);
  if (instanceId !== null && !engine && !run) {
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
      workspace: tellWorkspace(
        context,
        byId ?? (run && (await reports.readWorkspace(run.workspace_id, context.get('config')))),
      ),
      status: { status: engine?.status ?? 'unknown', output: engine?.output ?? null },
      progress: run && toProgress(run, engine, Date.now()),
      steps: engine && steps,
      quarantine: run && (await readQuarantine(context.get('ledger'), run)),
    },
    200,
  );
});

function tellWorkspace(context: Context<AppEnv>, row: WorkspaceRow | null) {
  if (row === null) return null;
  const clock = createClock(context.get('config'), new Date());
  return { workspaceId: row.workspace_id, ...describeStanding(row, clock(zoneOf(row))) };
}

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
