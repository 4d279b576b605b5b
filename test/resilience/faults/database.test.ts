// Faults of the database, and an Edge Function that is killed, on a stack that no other test uses. Each has its row in
// docs/reliability.md.
import postgres, { type Sql } from 'postgres';
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest';
import { startTestStack, type TestStack } from '../../../local/testStack.ts';
import { readConfig, type SyncParams } from '../../../src/config.ts';
import { tick } from '../../../src/schedule/tick.ts';
import { createLedger } from '../../../src/supabase/ledger.ts';
import { runInstance, type RingRun, runSync } from '../../support/ring.ts';
import { differences } from '../../support/truth.ts';
import type { TestWorkspace } from '../../support/workspace.ts';
import { changedWorkspace, expectCursorKept, expectNextTickHeals, PAGES_OF_3 } from './changedWorkspace.ts';

let stack: TestStack;
let sql: Sql;
beforeAll(async () => {
  stack = await startTestStack();
  sql = postgres(stack.dbUrl, { max: 3, onnotice: () => {} });
});
afterAll(async () => {
  await sql.end();
  await stack.stop();
});

const changed = () => changedWorkspace({ stack: { ...stack, credentialsKey: inject('stack').credentialsKey } });
const isUp = (workspace: TestWorkspace) =>
  vi.waitFor(() => workspace.state(), { timeout: 40_000, interval: 50 }).then(() => {});

/** A hook that does something once, when this step begins. */
function once(step: string, what: () => Promise<unknown>): (name: string) => Promise<void> {
  let done = false;
  return async (name) => {
    if (name !== step || done) return;
    done = true;
    await what();
  };
}

test('an Edge Function that is killed in the middle of a batch is started again, and the batch is written once', async () => {
  const { workspace } = await changed();
  let killed = false;
  const run = await runSync(workspace, {
    ...PAGES_OF_3,
    aroundWrite: (write) => async (batch, signal) => {
      const answer = write(batch, signal);
      answer.catch(() => {});
      if (batch.run.page === 2 && !killed) {
        killed = true;
        await stack.killFunctions();
      }
      return answer;
    },
  });
  expect(run.outcome).toEqual({ status: 'completed' });
  expect(await differences(workspace)).toEqual([]);
  expect(await workspace.state()).toMatchObject({ last_sync_updated: 12 });
});

test('a database that restarts is waited for by the step', async () => {
  const { workspace } = await changed();
  let waited = 0;
  let stopped: Promise<void> | undefined;
  let restarted: Promise<void> | undefined;
  const restart = async () => {
    // The step that reads ahead may have waited its fill before the server is gone.
    await stopped;
    await stack.postgres.start();
    await isUp(workspace);
  };
  const run = await runSync(workspace, {
    ...PAGES_OF_3,
    beforeStep: once('incremental-sync page 2', () => (stopped = stack.postgres.stop())),
    // The page behind is being read at the same time, and its step waits too.
    onWait: async (milliseconds) => {
      waited += milliseconds;
      if (waited >= 15_000) await (restarted ??= restart());
    },
  });
  expect([run.outcome, waited >= 15_000]).toEqual([{ status: 'completed' }, true]);
  expect(await differences(workspace)).toEqual([]);
});

/** What a tick does when the engine has ended the run with its error; answers the ids of the instances it created. */
async function tickAfter(workspace: TestWorkspace, run: RingRun): Promise<string[]> {
  const created: string[] = [];
  const engine = {
    get: async () => ({
      status: async () => ({ status: 'errored', error: { message: (run.outcome as Error).message } }),
    }),
    createBatch: async ({ instances }: { instances: { id: string }[] }) => {
      created.push(...instances.map(({ id }) => id));
      return { created: instances, errors: [] };
    },
  } as unknown as Workflow<SyncParams>;
  const config = readConfig({
    SERVICETITAN_SYNC: engine,
    SUPABASE_URL: stack.supabaseUrl,
    SUPABASE_SECRET_KEY: stack.secretKey,
    CREDENTIALS_KEY: workspace.stack.credentialsKey,
    BUSINESS_HOURS_START: '0',
    BUSINESS_HOURS_END: '24',
  });
  const ledger = createLedger(workspace.supabase);
  await tick({ config, ledger, workflow: engine, log: () => {}, wait: async () => {} }, new Date());
  return created;
}

test('a database that stays down leaves the run as it is, and the first tick after its lease writes down why and goes on', async () => {
  const { workspace, before } = await changed();
  const run = await runSync(workspace, {
    ...PAGES_OF_3,
    beforeStep: once('incremental-sync page 2', () => stack.postgres.stop()),
  });
  expect(run.outcome).toBeInstanceOf(Error);
  // A tick in the meantime can't even ask who is due, and says so.
  await expect(tickAfter(workspace, run)).rejects.toThrow(
    /^Supabase could not answer the SQL function list_servicetitan_workspaces \(status 503, .*\): the Data API could not reach the database or got no connection; the sync tries again by itself, and .*\.$/,
  );

  await stack.postgres.start();
  await isUp(workspace);
  expect(await workspace.state()).toMatchObject({ sync_status: 'running', run_instance_id: run.instanceId });
  await expectCursorKept(workspace, before);
  await sql`update servicetitan_sync_state set alive_until = now() - interval '1 second' where workspace_id = ${workspace.workspaceId}`;
  const next = (await tickAfter(workspace, run)).find((id) => id.startsWith(`sync-${workspace.workspaceId}-`))!;
  expect(await createLedger(workspace.supabase).readRun(run.instanceId)).toMatchObject({
    status: 'failed',
    error: expect.stringMatching(
      /^The Edge Function .* answered 500: the database failed in sync_servicetitan_contacts \(code PGRST00\d, it could not be reached\); the sync sends the batch again by itself, and if this lasts see the database's log and load\.$/,
    ),
  });
  expect((await runInstance(workspace, next)).outcome).toEqual({ status: 'completed' });
  expect(await differences(workspace)).toEqual([]);
});

/** Holds a contact of the second page locked until `release`. */
async function lockContact({ workspaceId }: TestWorkspace, crmId: number) {
  const transaction = await sql.reserve();
  await transaction`begin`;
  await transaction`select from contacts where workspace_id = ${workspaceId} and crm_id = ${String(crmId)} for update`;
  return {
    transaction,
    release: async () => {
      await transaction`rollback`;
      transaction.release();
    },
  };
}

/** As a role's setting it counts for new connections alone, so those that are open are ended. */
async function limitStatements(workspace: TestWorkspace, milliseconds: number): Promise<void> {
  await sql.unsafe(`alter role authenticator set statement_timeout = ${milliseconds}`);
  await sql`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'authenticator'`;
  await isUp(workspace);
}

test('R10, R24: a statement timeout is cut down to the one record, which is set aside until its row is free', async () => {
  const { workspace, ids } = await changed();
  const locked = await lockContact(workspace, ids[4]!);
  await limitStatements(workspace, 800);
  try {
    const run = await runSync(workspace, PAGES_OF_3);
    expect(run.outcome).toEqual({ status: 'completed' });
    const { data } = await workspace.supabase
      .from('servicetitan_sync_errors')
      .select('crm_id, reason')
      .eq('workspace_id', workspace.workspaceId);
    expect(data).toEqual([{ crm_id: String(ids[4]), reason: expect.stringContaining('57014 (it takes longer than') }]);
    expect((await differences(workspace)).map(({ crmId }) => crmId)).toEqual([String(ids[4])]);
  } finally {
    await locked.release();
    await limitStatements(workspace, 8000);
  }
  await expectNextTickHeals(workspace);
});

test('a deadlock with something else that writes costs one more try', async () => {
  const { workspace, ids } = await changed();
  const { workspaceId } = workspace;
  const locked = await lockContact(workspace, ids[4]!);
  // Postgres ends the side that finds out first: not this one.
  await locked.transaction`set local deadlock_timeout = '1 min'`;
  const [{ pid } = { pid: 0 }] = await locked.transaction<{ pid: number }[]>`select pg_backend_pid() as pid`;
  // The sync holds the state row and waits for the contact; now this side waits for the state row.
  const crossing = (async () => {
    await vi.waitFor(
      async () =>
        expect(await sql`select from pg_stat_activity where ${pid} = any (pg_blocking_pids(pid))`).toHaveLength(1),
      { timeout: 20_000, interval: 5 },
    );
    await locked.transaction`update servicetitan_sync_state set updated_at = now() where workspace_id = ${workspaceId}`;
    await locked.release();
  })();
  const waits: number[] = [];
  const run = await runSync(workspace, { ...PAGES_OF_3, onWait: (milliseconds) => void waits.push(milliseconds) });
  await crossing;
  expect([run.outcome, waits]).toEqual([{ status: 'completed' }, [5000]]);
  expect(await differences(workspace)).toEqual([]);
});
