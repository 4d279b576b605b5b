// The tick over many workspaces, with a ledger and an engine of a few lines: what it asks for and what it creates.
import { describe, expect, test } from 'vitest';
import { readConfig, type SyncParams } from '../../../src/config.ts';
import { tick } from '../../../src/schedule/tick.ts';
import type { Claim, ClaimRequest, Ledger, Workspace } from '../../../src/supabase/ledger.ts';
import { CREDENTIALS_KEY, randomSecretKey } from '../../support/credentialsKey.ts';

const NOON = new Date('2026-02-09T19:00:00Z');
const config = readConfig({
  SERVICETITAN_SYNC: undefined as never,
  SUPABASE_URL: 'https://project.example',
  SUPABASE_SECRET_KEY: randomSecretKey(),
  CREDENTIALS_KEY,
});
const workspace = (number: number, fields: Partial<Workspace> = {}): Workspace => ({
  workspace_id: `w${String(number).padStart(5, '0')}`,
  tenant_id: '1',
  time_zone: 'America/Denver',
  time_zone_known: true,
  running: false,
  stalled: false,
  backing_off: false,
  enabled: true,
  ...fields,
});

async function run(
  workspaces: Workspace[],
  {
    refuse = () => false as boolean,
    failClaim = () => false as boolean,
    now = NOON,
    outcomes = {} as Record<string, Partial<Claim>>,
  } = {},
) {
  const released: string[] = [];
  const claimed: ClaimRequest[] = [];
  const created: string[] = [];
  const params: SyncParams[] = [];
  const logged: Record<string, unknown>[] = [];
  const ledger = {
    listWorkspaces: async (after: string | null, limit: number) => {
      const rest = workspaces.filter(({ workspace_id }) => after === null || workspace_id > after);
      return {
        workspaces: rest.slice(0, limit),
        next_after: rest.length >= limit ? rest[limit - 1]!.workspace_id : null,
      };
    },
    claim: async (_trigger: string, claims: ClaimRequest[]) => {
      if (failClaim()) throw new Error('57014');
      claimed.push(...claims);
      return claims.map((claim) => ({ ...claim, outcome: 'claimed', ...outcomes[claim.workspace_id] }));
    },
    fail: async ({ instanceId }: { instanceId: string }) => {
      released.push(instanceId);
    },
  } as unknown as Ledger;
  const workflow = {
    createBatch: async ({ instances }: { instances: { id: string; params: SyncParams }[] }) => {
      if (refuse()) throw new Error('429');
      created.push(...instances.map(({ id }) => id));
      params.push(...instances.map((instance) => instance.params));
      return { created: instances, errors: [] };
    },
  } as unknown as Workflow<SyncParams>;
  const summary = await tick(
    { config, ledger, workflow, log: (entry) => logged.push(entry as never), wait: async () => {} },
    now,
  );
  return { summary, claimed, created, params, logged, released };
}

test('every workspace is started, however many there are', async () => {
  const workspaces = Array.from({ length: 1700 }, (_, index) => workspace(index));
  const { summary, created } = await run(workspaces);
  expect(summary).toEqual({ workspaces: 1700, started: 1700, woken: 0, failed: 0, outOfTime: false });
  expect(new Set(created).size).toBe(1700);
});

test('R6: an instance is created with the id of its workspace and nothing else', async () => {
  const { params } = await run([workspace(1), workspace(2)]);
  expect(params).toEqual([{ workspaceId: 'w00001' }, { workspaceId: 'w00002' }]);
});

test('R14: the instance id is built from the scheduled time, so a tick that comes again builds the same', async () => {
  const [first, again] = [await run([workspace(1)]), await run([workspace(1)])];
  expect(first.created).toEqual([`sync-w00001-${NOON.getTime()}`]);
  expect(again.created).toEqual(first.created);
});

describe('who is due', () => {
  test('R15: each by its own zone, at the scheduled time', async () => {
    const { claimed } = await run([
      workspace(1),
      workspace(2, { time_zone: 'Asia/Tokyo' }),
      workspace(3, { time_zone: null }),
    ]);
    expect(claimed.map(({ workspace_id }) => workspace_id)).toEqual(['w00001', 'w00003']);
  });

  test.for(['', '+05:00', 'US/Pacific-New'])('R15: %j is no zone: told, and started at any hour', async (time_zone) => {
    const night = new Date('2026-02-09T08:00:00Z');
    const { claimed, logged } = await run([workspace(1, { time_zone })], { now: night });
    expect(claimed).toHaveLength(1);
    expect(logged).toContainEqual(expect.objectContaining({ event: 'unknown_time_zone', workspaceId: 'w00001' }));
  });

  test('R15: a zone that the database does not know is told, and started at any hour', async () => {
    const night = new Date('2026-02-09T08:00:00Z');
    const { claimed, logged } = await run([workspace(1, { time_zone_known: false })], { now: night });
    expect(claimed).toHaveLength(1);
    expect(logged).toContainEqual(expect.objectContaining({ event: 'unknown_time_zone', timeZone: 'America/Denver' }));
  });

  test('not those that run or back off; those that stalled at any hour', async () => {
    const night = new Date('2026-02-09T08:00:00Z');
    const workspaces = [
      workspace(1, { running: true }),
      workspace(2, { backing_off: true }),
      workspace(3, { stalled: true }),
      workspace(4),
    ];
    expect((await run(workspaces)).claimed.map(({ workspace_id }) => workspace_id)).toEqual(['w00003', 'w00004']);
    expect((await run(workspaces, { now: night })).claimed.map(({ workspace_id }) => workspace_id)).toEqual(['w00003']);
  });
});

describe('instances that the engine does not take', () => {
  test('are asked for once more', async () => {
    let call = 0;
    const workspaces = Array.from({ length: 250 }, (_, index) => workspace(index));
    const { summary, created } = await run(workspaces, { refuse: () => (call += 1) === 2 });
    expect(summary).toMatchObject({ started: 250, failed: 0 });
    expect(new Set(created).size).toBe(250);
  });

  test('are reported and give their leases back, and the others are created', async () => {
    let call = 0;
    const workspaces = Array.from({ length: 250 }, (_, index) => workspace(index));
    const { summary, logged, released } = await run(workspaces, { refuse: () => [2, 3].includes((call += 1)) });
    expect(summary).toMatchObject({ started: 150, failed: 100 });
    expect(logged.filter(({ event }) => event === 'create_failed')).toHaveLength(100);
    expect(released).toHaveLength(100);
  });
});

test('a call to the ledger that fails keeps no other workspace waiting', async () => {
  let call = 0;
  const workspaces = Array.from({ length: 250 }, (_, index) => workspace(index));
  const { summary, created } = await run(workspaces, { failClaim: () => (call += 1) === 1 });
  expect([summary.started, summary.failed, created.length]).toEqual([150, 100, 150]);
});

test('R14: a workspace whose claim fails is logged by itself, and the others of its call are started', async () => {
  const outcomes = { w00001: { outcome: 'claim_failed', sqlstate: '22003' } } as const;
  const { summary, created, logged } = await run([workspace(0), workspace(1), workspace(2)], { outcomes });
  expect(summary).toMatchObject({ started: 2, failed: 1 });
  expect(created).toHaveLength(2);
  expect(logged).toContainEqual({
    event: 'claim_failed',
    workspaceId: 'w00001',
    workspaces: 1,
    reason: 'code 22003',
  });
});

test('R8: a workspace that another Worker has is logged with the name of that one, and is no failure', async () => {
  const outcomes = { w00001: { outcome: 'elsewhere', deployment: 'staging' } } as const;
  const { summary, logged } = await run([workspace(0), workspace(1)], { outcomes });
  expect(summary).toMatchObject({ started: 1, failed: 0 });
  expect(logged).toContainEqual({ event: 'other_deployment', workspaceId: 'w00001', deployment: 'staging' });
});
