// The document of the API against the API itself: every route is in it, and every answer is as it says.
import { beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { app } from '../../src/http/app.ts';
import { createWorkspace, type TestWorkspace } from '../support/workspace.ts';
import { call, waitForRun } from './call.ts';

type Schema = Record<string, any>;
interface Operation {
  summary: string;
  parameters?: { name: string; in: string; required: boolean }[];
  requestBody?: { content: { 'application/json': { schema: Schema } } };
  responses: Record<string, { content: { 'application/json': { schema: Schema } } }>;
}
interface Document {
  openapi: string;
  security: object[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

const document = (await call({ path: '/openapi.json' })).body as unknown as Document;
const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, ...operation })),
);

/** References in place, and nothing allowed that is not named: an answer with a field of its own is not as documented. */
function whole(schema: Schema): Schema {
  if (Array.isArray(schema)) return schema.map(whole) as never;
  if (typeof schema !== 'object' || schema === null) return schema;
  if (schema.$ref) return whole(document.components.schemas[schema.$ref.split('/').at(-1)]!);
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, whole(value)]));
  return schema.type === 'object' && schema.additionalProperties === undefined
    ? { ...inner, additionalProperties: false }
    : inner;
}

function checks(name: string, status: '200' | 'default' = '200'): z.ZodType {
  const { responses } = operations.find((operation) => operation.name === name)!;
  return z.fromJSONSchema(whole(responses[status]!.content['application/json'].schema));
}

test('the document names every route there is', () => {
  const served = app.routes
    .filter(({ method }) => method !== 'ALL')
    .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`);
  expect(new Set(operations.map(({ name }) => name))).toEqual(new Set(served));
  expect(operations.every(({ summary }) => summary.length > 0)).toBe(true);
});

test('it is for those who show the token, as all it describes but /health', async () => {
  expect((await call({ path: '/openapi.json', token: null })).status).toBe(401);
  expect(document).toMatchObject({
    openapi: '3.1.0',
    security: [{ token: [] }],
    paths: { '/health': { get: { security: [] } } },
  });
});

test('it says what a call has to send', () => {
  const { schema } = document.paths['/trigger']!.post!.requestBody!.content['application/json'];
  expect(schema.required).toEqual(['workspaceId', 'tenantId']);
  expect(schema.properties.mode.enum).toEqual(['full', 'initial', 'incremental']);
  expect(document.paths['/status']!.get!.parameters).toMatchObject([
    { name: 'instanceId', in: 'query', required: false, schema: { example: 'sync-45963-1770520988299' } },
    { name: 'workspaceId', in: 'query', required: false, schema: { example: '45963' } },
  ]);
});

describe('answers are as the document says', () => {
  let workspace: TestWorkspace;
  let instanceId: string;
  let customerId: number;
  beforeAll(async () => {
    workspace = await createWorkspace({ customers: 8 });
    const { customers } = await workspace.simulator<{ customers: { id: number }[] }>('GET', '/world');
    customerId = customers[0]!.id;
    const { workspaceId, tenantId } = workspace;
    const started = await call({ method: 'POST', path: '/trigger', body: { workspaceId, tenantId } });
    expect(checks('POST /trigger').parse(started.body)).toBeTruthy();
    instanceId = started.body.instanceId;
    await waitForRun(instanceId);
  });

  /** One call of each route; the test below finds one that is missing. */
  const calls: Record<string, () => Parameters<typeof call>[0]> = {
    'GET /health': () => ({ path: '/health' }),
    'GET /openapi.json': () => ({ path: '/openapi.json' }),
    'POST /trigger': () => ({
      method: 'POST',
      path: '/trigger',
      body: { workspaceId: workspace.workspaceId, tenantId: workspace.tenantId },
    }),
    'GET /status': () => ({ path: `/status?instanceId=${instanceId}` }),
    'GET /workspaces': () => ({ path: '/workspaces?limit=5' }),
    'GET /workspaces/{workspaceId}': () => ({ path: `/workspaces/${workspace.workspaceId}` }),
    'GET /workspaces/{workspaceId}/runs': () => ({ path: `/workspaces/${workspace.workspaceId}/runs` }),
    'GET /why': () => ({ path: `/why?workspaceId=${workspace.workspaceId}&customerId=${customerId}` }),
    'GET /doctor': () => ({ path: `/doctor?workspaceId=${workspace.workspaceId}` }),
    'GET /proof': () => ({ path: `/proof?workspaceId=${workspace.workspaceId}` }),
    'PUT /connections/{workspaceId}': () => ({
      method: 'PUT',
      path: `/connections/${workspace.workspaceId}`,
      body: {
        tenantId: workspace.tenantId,
        clientId: `client-${workspace.tenantId}`,
        clientSecret: `secret-${workspace.tenantId}`,
        appKey: `app-${workspace.tenantId}`,
        timeZone: 'America/Denver',
      },
    }),
    'GET /connections/{workspaceId}': () => ({ path: `/connections/${workspace.workspaceId}` }),
    'POST /connections/{workspaceId}/pause': () => ({
      method: 'POST',
      path: `/connections/${workspace.workspaceId}/pause`,
    }),
    'POST /connections/{workspaceId}/resume': () => ({
      method: 'POST',
      path: `/connections/${workspace.workspaceId}/resume`,
    }),
    'DELETE /connections/{workspaceId}': () => ({ method: 'DELETE', path: '/connections/nobody' }),
    'POST /debug/add-note': () => ({
      method: 'POST',
      path: '/debug/add-note',
      body: { workspaceId: workspace.workspaceId, tenantId: workspace.tenantId, customerId, text: 'Test note' },
    }),
    'GET /debug/raw-customer': () => ({
      path: `/debug/raw-customer?workspaceId=${workspace.workspaceId}&tenantId=${workspace.tenantId}&customerId=${customerId}`,
    }),
    'GET /debug/pagination': () => ({
      path: `/debug/pagination?workspaceId=${workspace.workspaceId}&tenantId=${workspace.tenantId}`,
    }),
  };

  test.for(operations.map(({ name }) => name))('%s', async (name) => {
    expect(Object.keys(calls)).toContain(name);
    const answer = await call(calls[name]!());
    expect(answer.status).toBe(200);
    expect(checks(name).safeParse(answer.body)).toMatchObject({ success: true });
  });

  test('a refusal too', async () => {
    const answer = await call({ path: '/status' });
    expect(checks('GET /status', 'default').safeParse(answer.body)).toMatchObject({ success: true });
    expect(checks('GET /status', 'default').safeParse({ ...answer.body, secret: 'x' })).toMatchObject({
      success: false,
    });
  });
});
