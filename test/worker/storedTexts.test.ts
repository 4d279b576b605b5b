// What somebody wrote into the tables, or ServiceTitan into a record: no secret comes back with an answer, and no page of text.
import { env } from 'cloudflare:workers';
import { expect, inject, test } from 'vitest';
import worker from '../../src/index.ts';
import { createWorkspace, type TestWorkspace } from '../support/workspace.ts';
import { base, call, TOKEN, waitForRun } from './call.ts';

const { secretKey, credentialsKey } = inject('workerStack');
const SECRETS = [TOKEN, secretKey, credentialsKey];
/** The last of them begins before the cut and ends behind it. */
const PLANTED = `${TOKEN} ${secretKey} "${credentialsKey}" ${'y'.repeat(250)} ${TOKEN}`.padEnd(3000, 'x');

async function planted(): Promise<{ workspace: TestWorkspace; instanceId: string; customerId: string }> {
  const workspace = await createWorkspace({ customers: 3 });
  const { workspaceId, tenantId, supabase } = workspace;
  const { body } = await call({ method: 'POST', path: '/trigger', body: { workspaceId, tenantId } });
  await waitForRun(body.instanceId);
  const [customerId = ''] = (await workspace.contacts()).keys();
  const write = async (table: string, values: object, column = 'workspace_id') => {
    const { error } = await supabase.from(table).update(values).eq(column, workspaceId);
    expect(error).toBeNull();
  };
  await write('servicetitan_sync_state', { last_error: PLANTED, sync_status: 'failed' });
  await write('servicetitan_sync_runs', { error: PLANTED, error_code: 'unexpected', status: 'failed' });
  await write('workspaces', { name: PLANTED }, 'id');
  const { error } = await supabase.from('servicetitan_sync_errors').insert({
    workspace_id: workspaceId,
    source: `production/${tenantId}`,
    crm_id: customerId,
    feed: 'customers',
    reason: PLANTED,
    instance_id: body.instanceId,
  });
  expect(error).toBeNull();
  await workspace.simulator('PATCH', `/customers/${customerId}`, { name: `Customer ${TOKEN}` });
  return { workspace, instanceId: body.instanceId as string, customerId };
}

async function listAll(): Promise<string> {
  const texts: string[] = [];
  for (let after: string | null = ''; after !== null;) {
    const { text, body } = await call({ path: `/workspaces?limit=500${after && `&after=${after}`}` });
    texts.push(text);
    after = body['nextAfter'];
  }
  return texts.join('\n');
}

test('no answer holds a secret that stands in the database, nor a page of text', async () => {
  const { workspace, instanceId, customerId } = await planted();
  const { workspaceId } = workspace;
  const paths = [
    `/workspaces/${workspaceId}`,
    `/workspaces/${workspaceId}/runs`,
    `/connections/${workspaceId}`,
    `/status?instanceId=${instanceId}`,
    `/why?workspaceId=${workspaceId}&customerId=${customerId}`,
  ];
  for (const text of [
    await listAll(),
    ...(await Promise.all(paths.map(async (path) => (await call({ path })).text))),
  ]) {
    expect(text).toContain('[secret] [secret] \\"[secret]\\"');
    for (const secret of SECRETS) expect(text).not.toContain(secret);
    expect(text).not.toContain(TOKEN.slice(0, 20));
    expect(text).not.toContain('x'.repeat(500));
  }
});

test('no debug answer holds a secret, even where ServiceTitan has it in a record', async () => {
  const { workspace, customerId } = await planted();
  const { workspaceId, tenantId } = workspace;
  const path = `/debug/raw-customer?workspaceId=${workspaceId}&tenantId=${tenantId}&customerId=${customerId}`;
  const request = new Request(`${base}${path}`, { headers: { authorization: `Bearer ${TOKEN}` } });
  const response = await worker.fetch(request as never, { ...env, DEBUG_ENDPOINTS: 'true' } as never, {} as never);
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({ success: true, customer: { name: 'Customer [secret]' } });
});

test('a refusal holds no secret either', async () => {
  const answer = await call({ path: `/workspaces/nobody/${TOKEN}` });
  expect(answer.status).toBe(404);
  expect(answer.text).not.toContain(TOKEN);
});
