import { createRoute, z } from '@hono/zod-openapi';
import type { SyncParams } from '../config.ts';
import { ensureInstance, instanceId, NOT_CREATED, releaseIfGone, wakeRun } from '../schedule/instances.ts';
import type { Claim, Ledger } from '../supabase/ledger.ts';
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
  const ledger = context.get('ledger');
  const workflow = context.env.SERVICETITAN_SYNC;
  const params = { workspaceId: request.workspaceId };

  const wish = {
    workspace_id: request.workspaceId,
    instance_id: instanceId(request.workspaceId, Date.now()),
    tenant_id: request.tenantId,
    mode: request.mode,
  };
  let [claim] = await ledger.claim('manual', [wish]);
  if (claim && (await isOutOfTheWay(workflow, ledger, claim))) [claim] = await ledger.claim('manual', [wish]);
  if (claim?.outcome !== 'claimed') throw refusal(claim);

  try {
    await ensureInstance(workflow, claim.instance_id, params);
  } catch (error) {
    // Should this fail too, the lease runs out and a tick creates the instance.
    await ledger
      .fail({ ...params, instanceId: claim.instance_id }, NOT_CREATED, { pages: 0, calls: 0 })
      .catch(() => {});
    const name = error instanceof Error ? error.name : 'error';
    throw new Problem(
      503,
      NOT_CREATED.code,
      `The Workflow engine did not take the new run (${name}): try again in a moment.`,
    );
  }
  return context.json({ success: true, instanceId: claim.instance_id }, 200);
});

/** Whether the run that holds the lease turned out to be gone for good; a stalled one that is not is woken. */
async function isOutOfTheWay(workflow: Workflow<SyncParams>, ledger: Ledger, claim: Claim): Promise<boolean> {
  const run = { workspaceId: claim.workspace_id, instanceId: claim.instance_id };
  if (claim.outcome === 'stalled') return (await wakeRun(workflow, ledger, run)) === 'gone';
  if (claim.outcome !== 'running' || run.instanceId === '') return false;
  // An engine that can't say leaves the run under way.
  return releaseIfGone(workflow, ledger, run).catch(() => false);
}

function refusal(claim: Claim | undefined): Problem {
  const instance = { instanceId: claim?.instance_id ?? '' };
  switch (claim?.outcome) {
    case 'wrong_tenant':
      return wrongTenant();
    case 'disabled':
      return new Problem(
        409,
        'disabled',
        'The workspace is connected but switched off: set servicetitan_connections.enabled to true.',
      );
    case 'running':
    case 'claimed_before':
    case 'already_started':
      if (instance.instanceId === '')
        return new Problem(409, 'already_running', 'A sync of this workspace is just being started.');
      return new Problem(
        409,
        'already_running',
        `A sync of this workspace is under way: ${instance.instanceId}.`,
        instance,
      );
    case 'stalled':
      return new Problem(
        409,
        'already_running',
        `The run ${instance.instanceId} has shown no life for a while and was woken. If it stays silent, a later tick or /trigger takes over from it.`,
        instance,
      );
    default:
      return unknownWorkspace();
  }
}
