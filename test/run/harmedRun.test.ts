// The tables of the sync harmed between any two calls of a run: the run ends, or says one sentence of ours, and the next
// ones end right without anybody's hand.
//
// `npm test` plays the harms to rows and some of those to columns, each at one moment of the run, another one for each.
// HARMS=columns plays all of them so, HARMS=all each at every moment.
import { describe, expect, test } from 'vitest';
import { isOwnMessage } from '../../src/sync/ownMessages.ts';
import { admin } from '../support/database.ts';
import { goBack, takeMoment } from '../support/goBack.ts';
import { deleteRows, edit, listEdits, OWN_TABLES } from '../support/harms.ts';
import { letPass } from '../support/letPass.ts';
import { type RingOptions, runSync } from '../support/ring.ts';
import { differences, readWorld } from '../support/truth.ts';
import { createWorkspace, type TestWorkspace } from '../support/workspace.ts';

const HARMS = process.env['HARMS'];
/** Of the hundreds of edits one in so many is played by `npm test`. */
const SAMPLE = HARMS === undefined ? 48 : 1;
/** Past a lease, a wait of a recheck and one of what was held back for a day. */
const DAY_MINUTES = 24 * 60 + 1;
const MOST_RUNS = 8;
/** More than a run has. */
const MOMENTS = 60;

const SETTINGS = {
  INCREMENTAL_PAGE_SIZE: '4',
  EDGE_FUNCTION_CHUNK_SIZE: '2',
  INITIAL_CHUNK_SIZE: '2',
  SETTLED_EVERY_MINUTES: '0',
};

interface Harm {
  name: string;
  /** What is kept before the run, for what is put back. */
  before?: (workspaceId: string) => Promise<unknown>;
  do: (workspaceId: string, before: unknown) => Promise<unknown>;
}

const ROWS: Harm[] = OWN_TABLES.flatMap((table) => [
  { name: `${table} lost its rows`, do: (workspaceId) => deleteRows(admin, workspaceId, table) },
  {
    name: `an older copy of ${table} is put back`,
    before: (workspaceId) => takeMoment(workspaceId, [table]),
    do: (_workspaceId, before) => goBack(before as never),
  },
]);
const EDITS: Harm[] = (await listEdits(admin))
  .filter((_, index) => index % SAMPLE === 0)
  .map((one) => ({
    name: `${one.column} of ${one.table} says ${one.value}`,
    do: (workspaceId) => edit(admin, workspaceId, one),
  }));

/** A workspace that has all there is to harm: customers set aside, on the recheck list, and changed; a tag type; an alert. */
async function createUsed(): Promise<TestWorkspace> {
  const workspace = await createWorkspace({ customers: 8, switches: { exportBatchSize: 4, callsPerSecond: null } });
  await runSync(workspace, { settings: SETTINGS });
  const { workspaceId, tenantId } = workspace;
  const source = `production/${tenantId}`;
  const ids = (await readWorld(workspace)).customers.map(({ id }) => id);
  for (const id of ids.slice(0, 3)) await workspace.simulator('PATCH', `/customers/${id}`, { name: `Renamed ${id}` });
  await admin`
    insert into public.servicetitan_sync_errors (workspace_id, source, crm_id, feed, reason, instance_id, call_failed)
    select ${workspaceId}, ${source}, crm_id, 'customers', 'name: too long', 'sync-1', crm_id = ${String(ids[4])}
    from unnest(${[String(ids[3]), String(ids[4])]}::text[]) as crm_id
  `;
  await admin`
    insert into public.servicetitan_rechecks (workspace_id, source, crm_id, why)
    select ${workspaceId}, ${source}, crm_id, 'missing'
    from unnest(${[String(ids[5]), String(ids[6])]}::text[]) as crm_id
  `;
  await admin`
    insert into public.servicetitan_tag_types (workspace_id, source, id, name, active)
    values (${workspaceId}, ${source}, '1', 'VIP', true)
  `;
  await admin`
    insert into public.servicetitan_alerts (workspace_id, kind, message)
    values (${workspaceId}, 'no_complete_run', 'No run has completed.')
  `;
  return workspace;
}

/** One run that is harmed at this moment, counted from 0: one before each step, and one after each call of the function. */
async function runHarmed(workspace: TestWorkspace, harm: Harm, at: number): Promise<boolean> {
  const { workspaceId } = workspace;
  const before = await harm.before?.(workspaceId);
  let moment = -1;
  const pass = async () => {
    moment += 1;
    if (moment === at) await harm.do(workspaceId, before);
  };
  const options: RingOptions = {
    settings: SETTINGS,
    mode: 'full',
    beforeStep: pass,
    aroundWrite: (write) => async (batch, signal) => {
      const answer = await write(batch, signal);
      await pass();
      return answer;
    },
  };
  const { outcome } = await runSync(workspace, options);
  if (outcome instanceof Error) expect(outcome.message).toSatisfy(isOneOfOurs);
  return moment >= at;
}

function isOneOfOurs(said: string): boolean {
  const [, code = '', message = ''] = /^(?:NonRetryableError: )?\[([a-z_]+)\] (.*)$/s.exec(said) ?? [];
  return isOwnMessage(code, message);
}

async function expectHealed(workspace: TestWorkspace): Promise<void> {
  let said: unknown;
  for (let runs = 0; runs < MOST_RUNS; runs += 1) {
    await admin`
      update public.servicetitan_sync_state
      set
        alive_until = now() - interval '1 hour',
        nudged_at = now() - interval '1 hour',
        -- Another Worker's name keeps this one out for an hour, and /trigger says so (R8).
        last_completed_at = last_completed_at - interval '1 hour'
      where workspace_id = ${workspace.workspaceId}
    `;
    const { outcome } = await runSync(workspace, {
      settings: SETTINGS,
      ...(runs === 0 ? { mode: 'full' as const } : {}),
    });
    const { initial_sync_completed: isSynced, sync_status: status } = await workspace.state();
    said = { outcome, isSynced, status, differences: await differences(workspace) };
    if (runs > 0 && !(outcome instanceof Error) && isSynced && (said as { differences: [] }).differences.length === 0)
      break;
    await letPass(workspace, runs % 2 === 0 ? 16 : DAY_MINUTES, admin);
  }
  expect(said).toEqual({ outcome: { status: 'completed' }, isSynced: true, status: 'completed', differences: [] });
}

async function play(harm: Harm, at: number): Promise<boolean> {
  const workspace = await createUsed();
  const isReached = await runHarmed(workspace, harm, at);
  await expectHealed(workspace);
  return isReached;
}

/** The moments at which it is played; a run has some 17 at least. */
const momentsOf = (index: number) => (HARMS === 'all' ? Array.from({ length: MOMENTS }, (_, at) => at) : [index % 17]);

describe.concurrent.for([
  ['rows', ROWS],
  ['columns', EDITS],
] as const)('R21: in the middle of a run, %s:', ([, harms]) => {
  test.for(harms.map((harm, index) => [harm.name, harm, index] as const))(
    '%s',
    { timeout: 600_000 },
    async ([, harm, index]) => {
      for (const at of momentsOf(index)) if (!(await play(harm, at))) return;
    },
  );
});
