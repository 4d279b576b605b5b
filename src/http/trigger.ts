import { createRoute, z } from '@hono/zod-openapi';
import { NOT_CREATED, placed } from '../schedule/instances.ts';
import { type StartedRun, startRun } from '../schedule/startRun.ts';
import { answers, createApi, jsonBody, takesJson } from './api.ts';
import { instanceIdText, serviceTitanId, workspaceId } from './input.ts';
import { Problem, unknownWorkspace, wrongTenant } from './problem.ts';

const route = createRoute({
  method: 'post',
  path: '/trigger',
  summary: "Starts one workspace's sync now, business hours or not",
  middleware: takesJson,
  request: {
    body: jsonBody(
      z.object({
        workspaceId,
        tenantId: serviceTitanId,
        mode: z.enum(['full', 'initial', 'incremental'], 'has to be "full" or "incremental"').optional().openapi({
          description:
            '`full` compares everything: behind the live pages of this run and of those that follow it at once, until all is read. `initial` is another word for it. Left out, or `incremental`: what changed since the last run.',
        }),
      }),
    ),
  },
  responses: answers('The run that was started; 409 names the one that is under way.', {
    instanceId: instanceIdText.openapi({ description: 'Where `noted` is true, the run that is under way.' }),
    noted: z.boolean().openapi({
      description: 'A run is under way, and the comparison that was asked for begins with the next one.',
    }),
  }),
});

export const trigger = createApi().openapi(route, async (context) => {
  const { mode = 'incremental', ...request } = context.req.valid('json');
  const ledger = context.get('ledger');
  const workflow = placed(context.env.SERVICETITAN_SYNC, context.get('config').LOCATION_HINT);
  // Before the run is claimed, or it would begin without knowing.
  const isNoted = mode !== 'incremental' && (await ledger.wantPass(request.workspaceId, request.tenantId));
  const run = await startRun(workflow, ledger, request);
  const isUnderWay = isNoted && run.outcome === 'running' && run.instanceId !== '';
  if (run.outcome !== 'claimed' && !isUnderWay) throw refusal(run);
  return context.json({ success: true, instanceId: run.instanceId, noted: isUnderWay }, 200);
});

function refusal({ outcome, instanceId, deployment, sqlstate }: StartedRun): Problem {
  switch (outcome) {
    case 'elsewhere':
      return new Problem(
        409,
        'other_deployment',
        `Another Worker (${deployment}) is running here: start the sync there, or stop that Worker; an hour after the last run that it completed this one may start.`,
      );
    case 'claim_failed':
      return new Problem(
        503,
        'claim_failed',
        `The database refused to start a run of this workspace (code ${sqlstate}): see its log; no other workspace is concerned.`,
      );
    case 'not_created':
      return new Problem(503, NOT_CREATED.code, 'The Workflow engine did not take the new run: try again in a moment.');
    case 'wrong_tenant':
      return wrongTenant();
    case 'disabled':
      return new Problem(
        409,
        'disabled',
        'The workspace is connected but paused: POST /connections/<workspaceId>/resume goes on.',
      );
    case 'running':
    case 'claimed_before':
    case 'already_started':
      if (instanceId === '')
        return new Problem(409, 'already_running', 'A sync of this workspace is just being started.');
      return new Problem(409, 'already_running', `A sync of this workspace is under way: ${instanceId}.`, {
        instanceId,
      });
    case 'stalled':
      return new Problem(
        409,
        'already_running',
        `The run ${instanceId} has shown no life for a while and was woken. If it stays silent, a later tick or /trigger takes over from it.`,
        { instanceId },
      );
    default:
      return unknownWorkspace();
  }
}
