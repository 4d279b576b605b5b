// What tests of the records rules share: a workspace of customers with a phone each, faults, and time that passes.
import { admin } from '../support/database.ts';
import { letPass } from '../support/letPass.ts';
import { type RingOptions, runSync } from '../support/ring.ts';
import { readWorld } from '../support/truth.ts';
import { createWorkspace, type TestWorkspace } from '../support/workspace.ts';

export const LONG_AGO = '2026-01-01T00:00:00.0000000Z';
export const IN_2099 = '2099-01-01T00:00:00.0000000Z';
export const PHONE = '+12085550117';

/** Customers each with one phone, synced and old. */
export async function withPhones(count: number, switches: object = {}, modifiedOn = LONG_AGO) {
  const workspace = await createWorkspace({ customers: 0, switches: { callsPerSecond: null, ...switches } });
  const contacts = [{ type: 'MobilePhone', value: '(208) 555-0117' }];
  const ids: number[] = [];
  for (let index = 0; index < count; index += 1) {
    ids.push((await workspace.simulator<{ id: number }>('POST', '/customers', { name: 'Before', contacts })).id);
  }
  const methods = (await readWorld(workspace)).contacts;
  const contactIds = methods.map(({ id }) => Number(id));
  if (count > 0) await workspace.simulator('POST', '/restamp', { customerIds: ids, contactIds, modifiedOn });
  await runSync(workspace);
  const methodOf = (id: number) => Number(methods.find(({ customerId }) => Number(customerId) === id)!.id);
  return { workspace, ids, methodOf };
}

export const fault = (workspace: TestWorkspace, rule: object) => workspace.simulator('POST', '/faults', rule);
export const always = (workspace: TestWorkspace, match: object, what: object) =>
  fault(workspace, { match, times: 'always', fault: what });
export const heal = (workspace: TestWorkspace) => workspace.simulator('DELETE', '/faults');
export const rename = (workspace: TestWorkspace, id: number, name = `Renamed ${id}`) =>
  workspace.simulator('PATCH', `/customers/${id}`, { name });
export const operate = (workspace: TestWorkspace, ...operations: object[]) =>
  workspace.simulator('POST', '/operations', operations);
export const contactOf = async (workspace: TestWorkspace, id: number | string) =>
  (await workspace.contacts()).get(String(id));
export const doubtsOf = async ({ supabase }: TestWorkspace, instanceId: string) =>
  (await supabase.from('servicetitan_sync_runs').select('doubts').eq('instance_id', instanceId)).data![0]!
    .doubts as Record<string, unknown>[];
export const waiting = async ({ workspaceId }: TestWorkspace) =>
  admin`select crm_id, why from public.servicetitan_rechecks where workspace_id = ${workspaceId} order by crm_id`;
export async function later(workspace: TestWorkspace, minutes = 16, options: RingOptions = {}) {
  await letPass(workspace, minutes, admin);
  return runSync(workspace, options);
}
export const now = () => new Date().toISOString().replace('Z', '0000Z');
