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
        mode: z.enum(['initial', 'incremental'], 'has to be "initial" or "incremental"').optional().openapi({
          description: "`initial` reads everything again; left out, the workspace's own state decides.",
        }),
      }),
    ),
  },
  responses: answers('The run that was started; 409 names the one that is under way.', { instanceId: instanceIdText }),
});

export const trigger = createApi().openapi(route, async (context) => {
  const request = context.req.valid('json');
  const workflow = placed(context.env.SERVICETITAN_SYNC, context.get('config').LOCATION_HINT);
  const run = await startRun(workflow, context.get('ledger'), request);
  if (run.outcome !== 'claimed') throw refusal(run);
  return context.json({ success: true, instanceId: run.instanceId }, 200);
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
