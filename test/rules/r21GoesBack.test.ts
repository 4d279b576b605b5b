// R21: the database goes back in mid-run, by a restore or a fail-over to a standby that lagged, while the instance goes on.
import { onTestFinished, describe, expect, test } from 'vitest';
import type { WriteBatch } from '../../src/supabase/contactSync.ts';
import { admin } from '../support/database.ts';
import { goBack, type Moment, SYNC_TABLES, takeMoment } from '../support/goBack.ts';
import { type RingRun, runSync } from '../support/ring.ts';
import { differences, readWorld, type World } from '../support/truth.ts';
import { createWorkspace, type TestWorkspace } from '../support/workspace.ts';

/** Small chunks and pages, so that there is much to go back between. */
const SETTINGS = {
  // Else the next window would read all of it again.
  CURSOR_OVERLAP_SECONDS: '0',
  INCREMENTAL_PAGE_SIZE: '8',
  EDGE_FUNCTION_CHUNK_SIZE: '3',
  INITIAL_CHUNK_SIZE: '5',
};
const CUSTOMERS = 24;

interface Given {
  workspace: TestWorkspace;
  /** Takes back what the product refuses. */
  mend: () => Promise<unknown>;
}

/** A first sync in pages of 12 and chunks of 5; `isBroken`: a check of the product refuses two of them. */
async function firstSync(isBroken = false): Promise<Given> {
  const workspace = await createWorkspace({ customers: CUSTOMERS, switches: { exportBatchSize: 12 } });
  return { workspace, mend: isBroken ? await refuseTwo(workspace) : async () => {} };
}

/** An incremental sync of 3 pages of 8 in chunks of 3, and of the contacts that changed. */
async function incrementalSync(isBroken = false): Promise<Given> {
  const { workspace } = await firstSync();
  await runSync(workspace);
  const { customers, contacts } = await readWorld(workspace);
  const mend = isBroken ? await refuseTwo(workspace) : async () => {};
  const renamed = customers.map(({ id }) => ({
    operation: 'changeCustomer',
    customerId: id,
    changes: { name: `Renamed ${id}` },
  }));
  await workspace.simulator('POST', '/operations', renamed);
  const contactIds = contacts.slice(0, 5).map(({ id }) => id);
  for (const id of contactIds) await workspace.simulator('PATCH', `/contacts/${id}`, { memo: 'Changed' });
  // Before the second in which the run starts: else its successor would read all of it again.
  const restamp = {
    operation: 'restamp',
    customerIds: customers.map(({ id }) => id),
    contactIds,
    modifiedOn: new Date(Date.now() - 5 * 60_000).toISOString(),
  };
  await workspace.simulator('POST', '/operations', [restamp]);
  return { workspace, mend };
}

const BROKEN = [4, 17];

/** Their chunks are written record by record. */
async function refuseTwo({ simulator, workspaceId, tenantId }: TestWorkspace): Promise<Given['mend']> {
  const { customers } = await simulator<World>('GET', '/world');
  const ids = customers.map(({ id }) => id).toSorted((one, other) => one - other);
  const name = `refuse_${tenantId}`;
  const broken = BROKEN.map((at) => `'${ids[at]}'`).join(', ');
  await admin.unsafe(
    `alter table public.contacts add constraint ${name} check (workspace_id <> '${workspaceId}' or crm_id not in (${broken})) not valid`,
  );
  const mend = () => admin.unsafe(`alter table public.contacts drop constraint if exists ${name}`);
  onTestFinished(async () => void (await mend()));
  return mend;
}

interface Trip {
  /** The moment that comes back, counted from 0: one before each step and after each call of the function. */
  to: number;
  /** How many moments later it comes back. */
  after: number;
  tables?: readonly string[];
}

/** Runs a sync during which the database goes back once; answers the run, and whether it came so far. */
async function runWith(workspace: TestWorkspace, { to, after, tables = SYNC_TABLES }: Trip) {
  let moment = -1;
  let then: Moment | null = null;
  let isDone = false;
  const pass = async () => {
    moment += 1;
    if (moment === to) then = await takeMoment(workspace.workspaceId);
    if (moment !== to + after) return;
    await goBack(then!, tables);
    isDone = true;
  };
  const aroundWrite =
    (write: WriteBatch): WriteBatch =>
    async (batch, signal) => {
      const answer = await write(batch, signal);
      await pass();
      return answer;
    };
  const run: RingRun = await runSync(workspace, { settings: SETTINGS, beforeStep: pass, aroundWrite });
  return { run, isDone };
}

const WENT_BACK =
  /^(?:NonRetryableError: )?\[database_went_back\] The database went back behind what this run had written/;

/** Whatever became of the run, those after it leave no difference, without anybody's hand. */
async function expectHealed(workspace: TestWorkspace): Promise<void> {
  // A run that the state, put back, takes for alive.
  await admin`
    update public.servicetitan_sync_state set alive_until = now() - interval '1 hour', nudged_at = now() - interval '1 hour'
    where workspace_id = ${workspace.workspaceId} and run_instance_id is not null
  `;
  for (let run = 0; run < 2; run += 1)
    expect((await runSync(workspace, { settings: SETTINGS })).outcome).toEqual({ status: 'completed' });
  expect(await workspace.state()).toMatchObject({
    initial_sync_completed: true,
    sync_status: 'completed',
    last_error: null,
  });
  expect(await differences(workspace)).toEqual([]);
}

const KINDS = {
  'a first sync': () => firstSync(),
  'a first sync that writes chunks record by record': () => firstSync(true),
  'an incremental sync': () => incrementalSync(),
  'an incremental sync that writes chunks record by record': () => incrementalSync(true),
};
const TRIPS: [keyof typeof TABLES, number][] = [
  ['all tables', 1],
  ['all tables', 3],
  ['the state row alone', 2],
];
const TABLES = { 'all tables': SYNC_TABLES, 'the state row alone': ['servicetitan_sync_state'] };
const AT_ONCE = 3;
/** Some twenty syncs each. */
const LONG = { timeout: 300_000 };

describe.for(Object.keys(KINDS) as (keyof typeof KINDS)[])('R21: %s', (kind) => {
  test.for(TRIPS)('ends right where %s went back by %i calls, at any of its calls', LONG, async ([which, after]) => {
    const travel = async (to: number) => {
      const { workspace, mend } = await KINDS[kind]();
      const { isDone, run } = await runWith(workspace, { to, after, tables: TABLES[which] });
      if (run.outcome instanceof Error) expect(run.outcome.message).toMatch(WENT_BACK);
      await mend();
      await expectHealed(workspace);
      return isDone;
    };
    let isDone = true;
    for (let to = 0; isDone; to += AT_ONCE) {
      const done = await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => travel(to + index)));
      isDone = done.every(Boolean);
    }
  });
});
