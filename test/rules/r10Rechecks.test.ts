// R10 and R16: customers of the recheck list that can't be read keep nobody else waiting.
import { expect, onTestFinished, test, vi } from 'vitest';
import { admin } from '../support/database.ts';
import { letPass } from '../support/letPass.ts';
import { shortenCalls } from '../support/poison.ts';
import { runSync } from '../support/ring.ts';
import { readWorld } from '../support/truth.ts';
import { createWorkspace, type TestWorkspace } from '../support/workspace.ts';
import { quarantined } from './liveRun.ts';

const OWN = ['ownContacts'];

/** A workspace of so many customers with a phone each, synced. */
async function scene(count: number) {
  const workspace = await createWorkspace({ customers: 0, switches: { callsPerSecond: null } });
  const contacts = [{ type: 'MobilePhone', value: '(208) 555-0117' }];
  const ids: number[] = [];
  for (let index = 0; index < count; index += 1) {
    ids.push((await workspace.simulator<{ id: number }>('POST', '/customers', { name: 'Reachable', contacts })).id);
  }
  await runSync(workspace);
  return { workspace, ids };
}

const fault = (workspace: TestWorkspace, rule: object) => workspace.simulator('POST', '/faults', rule);
const rename = (workspace: TestWorkspace, id: number, name: string) =>
  workspace.simulator('PATCH', `/customers/${id}`, { name });
const phoneOf = async (workspace: TestWorkspace, id: number) => (await workspace.contacts()).get(String(id))?.phone;
const doubtsOf = async ({ supabase }: TestWorkspace, instanceId: string) =>
  (await supabase.from('servicetitan_sync_runs').select('doubts').eq('instance_id', instanceId)).data![0]!.doubts;
const waiting = async ({ workspaceId }: TestWorkspace) =>
  admin`select crm_id, failures from public.servicetitan_rechecks where workspace_id = ${workspaceId} order by crm_id`;
const putOn = ({ workspaceId, tenantId }: TestWorkspace, ids: number[]) =>
  admin`
    insert into public.servicetitan_rechecks (workspace_id, source, crm_id, why, due_at)
    select ${workspaceId}, ${`production/${tenantId}`}, unnest(${ids.map(String)}::text[]), 'shared', now() - interval '1 hour'
  `;
/** A Worker's clock on which a call that is given up takes the 15 s that it would take. */
function longCalls(): () => number {
  shortenCalls();
  const begun = Date.now();
  let lost = 0;
  const send = globalThis.fetch;
  const spy = vi.spyOn(globalThis, 'fetch').mockImplementation(async (...call) => {
    try {
      return await send(...call);
    } catch (error) {
      lost += 1;
      throw error;
    }
  });
  onTestFinished(() => spy.mockRestore());
  // Three at once.
  return () => begun + (lost / 3) * 15_000;
}

test('R10: fifty whose own list never answers keep neither a fifty-first from its turn nor the quarantine', async () => {
  const { workspace, ids } = await scene(54);
  const [silent, gone, bad] = [ids.slice(0, 50), ids[50]!, ids[51]!];
  const { contacts } = await readWorld(workspace);
  const theirs = contacts.filter(({ customerId }) => Number(customerId) === gone).map(({ id }) => Number(id));
  await fault(workspace, { match: { contacts: theirs }, times: 'always', fault: { hidden: true } });
  await rename(workspace, gone, 'Without a phone');
  await rename(workspace, bad, 'Bad');
  const unreadable = { match: { customers: [bad] }, times: 'always', fault: { fields: { modifiedOn: '"soon"' } } };
  await fault(workspace, { name: 'bad', ...unreadable });
  await runSync(workspace);
  expect(await quarantined(workspace)).toEqual([`${bad} customers`]);
  await workspace.simulator('DELETE', '/faults/bad');
  await putOn(workspace, silent);
  await letPass(workspace, 16, admin);
  await fault(workspace, { match: { operation: OWN, customers: silent }, times: 'always', fault: { noAnswer: true } });
  const now = longCalls();

  const first = await runSync(workspace, { now });
  expect([first.outcome, await doubtsOf(workspace, first.instanceId)]).toEqual([{ status: 'completed' }, []]);
  expect(await quarantined(workspace)).toEqual([]);
  const failed = (await waiting(workspace)).filter(({ failures }) => failures > 0).length;
  // What the part has no time for is not counted as failed.
  expect([failed > 20, failed < 50]).toEqual([true, true]);

  const second = await runSync(workspace, { now });
  expect(second.outcome).toEqual({ status: 'completed' });
  expect(await phoneOf(workspace, gone)).toBeNull();
  const still = await waiting(workspace);
  expect(still.filter(({ failures }) => failures > 0).map(({ crm_id }) => Number(crm_id))).toEqual(silent);
});

test('R10: an outage of the own lists counts against nobody', async () => {
  const { workspace, ids } = await scene(6);
  await putOn(workspace, ids.slice(0, 3));
  await fault(workspace, {
    after: { operation: OWN },
    match: { operation: OWN },
    times: 'always',
    fault: { status: 500 },
  });
  const run = await runSync(workspace);
  expect(run.outcome).toEqual({ status: 'completed' });
  expect(await doubtsOf(workspace, run.instanceId)).toMatchObject([{ code: 'part_unfinished', part: 'rechecks' }]);
  expect((await waiting(workspace)).map(({ failures }) => failures)).toEqual([0, 0, 0]);
});

test('R10: whoever the database refuses on a recheck waits like one that can not be read, and the others are settled', async () => {
  const { workspace, ids } = await scene(6);
  const refused = ids[0]!;
  await putOn(workspace, ids.slice(0, 3));
  const name = `refuse_${workspace.tenantId}`;
  onTestFinished(async () => {
    await admin.unsafe(`drop function if exists public.${name}() cascade`);
  });
  await admin.unsafe(`
    create function public.${name}() returns trigger language plpgsql as $$
    begin
      raise exception 'No.' using errcode = '23514';
    end
    $$;
    create trigger ${name} before update on public.servicetitan_contact_methods for each row
    when (new.workspace_id = '${workspace.workspaceId}' and new.crm_id = '${refused}')
    execute function public.${name}();
  `);
  const { contacts } = await readWorld(workspace);
  const { id } = contacts.find(({ customerId }) => Number(customerId) === refused)!;
  await workspace.simulator('PATCH', `/contacts/${id}`, { value: '(208) 555-0118' });
  const run = await runSync(workspace);
  expect([run.outcome, await doubtsOf(workspace, run.instanceId)]).toEqual([{ status: 'completed' }, []]);
  // Its first sync was short, which asks for a pass, and that for another run at once (R18).
  const asked = run.steps.filter((step) => step === 'recheck-settle').length;
  expect(await waiting(workspace)).toEqual([{ crm_id: String(refused), failures: asked }]);
});
