// The cron handler and the Workflow in workerd. Every test ticks at a minute of its own, so that the shared workspaces of
// other tests are claimed under other ids.
import { createExecutionContext, createScheduledController, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, test, vi } from 'vitest';
import worker from '../../src/index.ts';
import { ensureInstances, instanceId } from '../../src/schedule/instances.ts';
import { createLedger } from '../../src/supabase/ledger.ts';
import { differences, readWorld } from '../support/truth.ts';
import { createWorkspace, type TestWorkspace } from '../support/workspace.ts';

const NOON = Date.parse('2026-02-09T19:00:00Z'); // in Denver
const DAY = 24 * 60 * 60_000;
let day = 0;
/** Noon in Denver, each time on another day. */
const nextNoon = () => {
  day += 1;
  return NOON + (day % 25) * DAY;
};

async function tick(scheduledTime: number): Promise<void> {
  const controller = createScheduledController({ cron: '*/15 * * * *', scheduledTime: new Date(scheduledTime) });
  const context = createExecutionContext();
  await worker.scheduled(controller, env);
  await waitOnExecutionContext(context);
}

async function runOf(workspace: TestWorkspace, scheduledTime: number) {
  return createLedger(workspace.supabase).readRun(instanceId(workspace.workspaceId, scheduledTime));
}

async function waitForRun(workspace: TestWorkspace, scheduledTime: number) {
  return vi.waitFor(
    async () => {
      const run = await runOf(workspace, scheduledTime);
      expect(run?.status).toMatch(/completed|failed|superseded/);
      return run!;
    },
    { timeout: 30_000, interval: 50 },
  );
}

test('a tick runs the initial sync, the next one the incremental sync, and contacts equal ServiceTitan', async () => {
  const workspace = await createWorkspace({ customers: 150 });
  const [first, second] = [nextNoon(), nextNoon()];
  await tick(first);
  expect(await waitForRun(workspace, first)).toMatchObject({
    status: 'completed',
    mode: 'initial',
    trigger: 'cron',
    created: 150,
  });

  const { customers } = await readWorld(workspace);
  await workspace.simulator('PATCH', `/customers/${customers[0]!.id}`, { name: 'Renamed' });
  await workspace.simulator('POST', '/random-changes', { count: 20, seed: 5 });
  await tick(second);
  expect(await waitForRun(workspace, second)).toMatchObject({ status: 'completed', mode: 'incremental', errors: 0 });
  expect(await differences(workspace)).toEqual([]);
});

describe('R14: a tick is a wake-up, not a promise', () => {
  test('a tick that comes twice, even at once, starts one run', async () => {
    const workspace = await createWorkspace();
    const at = nextNoon();
    await Promise.all([tick(at), tick(at)]);
    expect((await waitForRun(workspace, at)).status).toBe('completed');
    await tick(at);
    const { data } = await workspace.supabase
      .from('servicetitan_sync_runs')
      .select('status')
      .eq('workspace_id', workspace.workspaceId);
    expect(data).toEqual([{ status: 'completed' }]);
  });

  test('a late tick and a missed one change nothing but freshness', async () => {
    const workspace = await createWorkspace();
    const [missed, late, later] = [nextNoon(), nextNoon(), nextNoon()];
    await tick(later);
    await waitForRun(workspace, later);
    await tick(late);
    await waitForRun(workspace, late);
    expect(await runOf(workspace, missed)).toBeNull();
    expect(await differences(workspace)).toEqual([]);
  });

  test('a claim that was made just now is left to whoever made it', async () => {
    const workspace = await createWorkspace();
    const at = nextNoon();
    const id = instanceId(workspace.workspaceId, at);
    await createLedger(workspace.supabase).claim('cron', [{ workspace_id: workspace.workspaceId, instance_id: id }]);
    await tick(at);
    // The lease is live and the claim is young, so this tick leaves it alone.
    expect(await runOf(workspace, at)).toMatchObject({ status: 'queued' });
  });

  test('R14: a claim whose answer was lost is made good by the next tick, within its lease', async () => {
    const workspace = await createWorkspace();
    const at = nextNoon();
    const id = `sync-${workspace.workspaceId}-${at - 60_000}`;
    await createLedger(workspace.supabase).claim('manual', [{ workspace_id: workspace.workspaceId, instance_id: id }]);
    await workspace.supabase
      .from('servicetitan_sync_runs')
      .update({ created_at: new Date(Date.now() - 3 * 60_000).toISOString() })
      .eq('instance_id', id);
    await tick(at);
    expect((await waitForRun(workspace, at - 60_000)).status).toBe('completed');
  });

  test('a claim whose instance was never created is made good when its lease has run out', async () => {
    const workspace = await createWorkspace();
    const at = nextNoon();
    const id = instanceId(workspace.workspaceId, at);
    await createLedger(workspace.supabase).claim('cron', [{ workspace_id: workspace.workspaceId, instance_id: id }]);
    await workspace.supabase
      .from('servicetitan_sync_state')
      .update({ alive_until: new Date(Date.now() - 1000).toISOString() })
      .eq('workspace_id', workspace.workspaceId);
    await tick(nextNoon());
    expect((await waitForRun(workspace, at)).status).toBe('completed');
  });

  test('instances that exist are success, one by one and in a batch', async () => {
    const workspace = await createWorkspace();
    const params = { workspaceId: workspace.workspaceId };
    const instances = [1, 2].map((number) => ({ id: `never-claimed-${workspace.workspaceId}-${number}`, params }));
    const workflow = env.SERVICETITAN_SYNC;
    expect(await ensureInstances(workflow, instances.slice(0, 1))).toEqual([]);
    expect(await ensureInstances(workflow, instances)).toEqual([]);
  });
});

describe('R15: business hours', () => {
  test.for([
    ['20:00 in its zone runs', Date.parse('2026-03-04T03:00:00Z'), true],
    ['20:15 in its zone is skipped', Date.parse('2026-03-05T03:15:00Z'), false],
    ['06:00 in its zone runs', Date.parse('2026-03-06T13:00:00Z'), true],
    ['05:45 in its zone is skipped', Date.parse('2026-03-07T12:45:00Z'), false],
  ] as const)('a tick at %s', async ([, at, runs]) => {
    const workspace = await createWorkspace();
    await tick(at);
    if (runs) expect((await waitForRun(workspace, at)).status).toBe('completed');
    else expect(await runOf(workspace, at)).toBeNull();
  });
});

describe("one workspace's fault", () => {
  test('a zone that does not exist stops neither it nor another', async () => {
    const [odd, sound] = [await createWorkspace({ timeZone: 'America/Atlantis' }), await createWorkspace()];
    const at = nextNoon();
    await tick(at);
    expect((await waitForRun(sound, at)).status).toBe('completed');
    expect((await waitForRun(odd, at)).status).toBe('completed');
  });

  test('refused credentials stop no other, and hold up the next ticks of that one alone', async () => {
    const [refused, sound] = [await createWorkspace(), await createWorkspace()];
    await refused.simulator('POST', '/faults', {
      match: { pathIncludes: '/connect/token' },
      times: 1000,
      fault: { status: 400, body: 'problem' },
    });
    const [first, second] = [nextNoon(), nextNoon()];
    await tick(first);
    expect((await waitForRun(refused, first)).status).toBe('failed');
    expect((await waitForRun(sound, first)).status).toBe('completed');
    await tick(second);
    expect((await waitForRun(sound, second)).status).toBe('completed');
    expect(await runOf(refused, second)).toBeNull();
  });
});

test('R8: a run that was claimed and never created is created by a tick at night, and finishes', async () => {
  const workspace = await createWorkspace();
  const at = nextNoon();
  const id = instanceId(workspace.workspaceId, at);
  const workflow = env.SERVICETITAN_SYNC;
  await createLedger(workspace.supabase).claim('cron', [{ workspace_id: workspace.workspaceId, instance_id: id }]);
  await workspace.supabase
    .from('servicetitan_sync_state')
    .update({ alive_until: new Date(Date.now() - 1000).toISOString() })
    .eq('workspace_id', workspace.workspaceId);
  await expect(workflow.get(id)).rejects.toThrow();
  await tick(Date.parse('2026-03-09T08:00:00Z'));
  expect((await waitForRun(workspace, at)).status).toBe('completed');
});
