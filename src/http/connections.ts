// A workspace's connection to ServiceTitan: make it, look at it, pause it, remove it. No answer holds a secret, sealed or not.
import { createRoute, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { checkConnection } from '../credentials/checkConnection.ts';
import { keyStateOf } from '../credentials/keyState.ts';
import { sealConnection } from '../credentials/sealConnection.ts';
import { log } from '../log.ts';
import { placed } from '../schedule/instances.ts';
import { startRun, type StartedRun } from '../schedule/startRun.ts';
import { answers, createApi, jsonBody, takesJson } from './api.ts';
import type { AppEnv } from './appEnv.ts';
import { countryCode, credentialText, plainText, serviceTitanId, timeZone, workspaceId } from './input.ts';
import { Problem, unknownWorkspace } from './problem.ts';

const params = z.object({ workspaceId });
const environment = z.enum(['production', 'integration'], 'has to be "production" or "integration"');

const checkSchema = z.object({
  name: z.string(),
  scope: z.string(),
  required: z.boolean(),
  result: z.enum(['granted', 'missing', 'unknown']),
  message: z.string().nullable(),
});

const syncStartSchema = z.object({
  instanceId: z.string().nullable(),
  started: z.boolean(),
  message: z.string(),
});

const put = createRoute({
  method: 'put',
  path: '/connections/{workspaceId}',
  summary: 'Connects a workspace: tries the credentials, stores them sealed, starts the sync',
  middleware: takesJson,
  request: {
    params,
    body: jsonBody(
      z.object({
        tenantId: serviceTitanId,
        environment: environment.default('production'),
        clientId: credentialText,
        clientSecret: credentialText,
        appKey: credentialText,
        timeZone: timeZone,
        name: plainText
          .optional()
          .openapi({ description: 'Of the workspace; left out, the one it has stays.', example: 'Example Plumbing' }),
        country: countryCode.optional().openapi({
          description:
            "The firm's own country, in which phone numbers are read that name none. Left out, the one that was given before stays; where none was, it is the time zone's.",
          example: 'US',
        }),
      }),
    ),
  },
  responses: answers(
    'Connected. `checks` says which scopes ServiceTitan granted; without a required one the call is refused and nothing is stored.',
    {
      workspaceId: z.string(),
      tenantId: z.string(),
      environment,
      checks: z.array(checkSchema),
      warnings: z.array(z.string()).openapi({
        description:
          'What of your tables no write passes, with the statement that mends it. Contacts of the sync are there already, so it is told and not refused.',
      }),
      sync: syncStartSchema,
    },
  ),
});

const get = createRoute({
  method: 'get',
  path: '/connections/{workspaceId}',
  summary: 'A connection, without its secrets, and how its sync stands',
  request: { params },
  responses: answers('The connection.', {
    connection: z.object({
      workspaceId: z.string(),
      name: z.string().nullable(),
      timeZone: z.string().nullable(),
      country: z.string().nullable().openapi({ description: "Null: the time zone's." }),
      tenantId: z.string(),
      environment,
      clientId: z.string(),
      enabled: z.boolean().openapi({ description: 'False while the workspace is paused.' }),
      connectedAt: z.string(),
      updatedAt: z.string(),
      credentialsKey: z.enum(['current', 'previous', 'unknown']).openapi({
        description:
          'Which key sealed the secrets: `previous` ones are sealed anew by the next tick, `unknown` ones open no more: connect again.',
      }),
      sync: z.object({
        status: z.string(),
        instanceId: z.string().nullable().openapi({ description: 'The run under way.' }),
        initialSyncCompleted: z.boolean(),
        lastModifiedCursor: z.string().nullable(),
        lastCompletedAt: z.string().nullable(),
        nextAttemptAt: z
          .string()
          .nullable()
          .openapi({ description: 'Until then ticks wait: credentials were refused.' }),
        lastError: z.string().nullable(),
      }),
    }),
  }),
});

const remove = createRoute({
  method: 'delete',
  path: '/connections/{workspaceId}',
  summary: 'Disconnects a workspace: its secrets are removed, its run is stopped, its contacts stay',
  request: { params },
  responses: answers('It is not connected any more.', {
    workspaceId: z.string(),
    wasConnected: z.boolean(),
  }),
});

const enabling = (action: 'pause' | 'resume', summary: string) =>
  createRoute({
    method: 'post',
    path: `/connections/{workspaceId}/${action}`,
    summary,
    request: { params },
    responses: answers('Done; repeating it changes nothing.', { workspaceId: z.string(), enabled: z.boolean() }),
  });
const pause = enabling('pause', 'Pauses a workspace: its run is stopped, and no other starts');
const resume = enabling('resume', 'Resumes a workspace: the next tick goes on where the sync stopped');

export const connections = createApi();

connections.openapi(put, async (context) => {
  const { workspaceId } = context.req.valid('param');
  const { timeZone, name, country, ...credentials } = context.req.valid('json');
  const config = context.get('config');

  const { refusal, checks } = await checkConnection(config, credentials);
  if (refusal) throw new Problem(422, refusal.code, `${refusal.message} Nothing was stored.`);
  const warnings = await context.get('connections').save({
    ...(await sealConnection(config, workspaceId, credentials)),
    workspace_id: workspaceId,
    name: name ?? null,
    time_zone: timeZone,
    country: country ?? null,
  });
  note('workspace_connected', workspaceId);

  const { tenantId, environment } = credentials;
  const workflow = placed(context.env.SERVICETITAN_SYNC, context.get('config').LOCATION_HINT);
  const run = await startRun(workflow, context.get('ledger'), { workspaceId, tenantId });
  return context.json(
    { success: true, workspaceId, tenantId, environment, checks, warnings, sync: toSyncStart(run) },
    200,
  );
});

connections.openapi(get, async (context) => {
  const { workspaceId } = context.req.valid('param');
  const stored = await context.get('connections').read(workspaceId);
  if (!stored) throw unknownWorkspace();
  const { sync } = stored;
  const connection = {
    workspaceId,
    name: stored.name,
    timeZone: stored.time_zone,
    country: stored.country,
    tenantId: stored.tenant_id,
    environment: stored.environment,
    clientId: stored.client_id,
    enabled: stored.enabled,
    connectedAt: stored.connected_at,
    updatedAt: stored.updated_at,
    credentialsKey: await keyStateOf(context.get('config'), stored.key_ids),
    sync: {
      status: sync.status,
      instanceId: sync.instance_id,
      initialSyncCompleted: sync.initial_sync_completed,
      lastModifiedCursor: sync.last_modified_cursor,
      lastCompletedAt: sync.last_completed_at,
      nextAttemptAt: sync.next_attempt_at,
      lastError: sync.last_error,
    },
  };
  return context.json({ success: true, connection }, 200);
});

connections.openapi(remove, async (context) => {
  const { workspaceId } = context.req.valid('param');
  const wasConnected = await context.get('connections').remove(workspaceId);
  if (wasConnected) note('workspace_disconnected', workspaceId);
  return context.json({ success: true, workspaceId, wasConnected }, 200);
});

connections.openapi(pause, async (context) => context.json(await enable(context, false), 200));
connections.openapi(resume, async (context) => context.json(await enable(context, true), 200));

async function enable(context: Context<AppEnv>, enabled: boolean) {
  const { workspaceId } = params.parse(context.req.param());
  if (!(await context.get('connections').enable(workspaceId, enabled))) throw unknownWorkspace();
  note(enabled ? 'workspace_resumed' : 'workspace_paused', workspaceId);
  return { success: true as const, workspaceId, enabled };
}

function toSyncStart({ outcome, instanceId }: StartedRun): z.infer<typeof syncStartSchema> {
  if (outcome === 'claimed') return { instanceId, started: true, message: 'The sync was started.' };
  if (outcome === 'not_created' || instanceId === '')
    return { instanceId: null, started: false, message: 'The sync was not started now; the next tick does it.' };
  return {
    instanceId,
    started: false,
    message: 'A sync of this workspace is under way and goes on with these credentials.',
  };
}

/** The trail of who is connected, for the log. */
function note(event: string, workspaceId: string): void {
  log({ event, workspaceId });
}
