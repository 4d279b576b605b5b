// R14: a tick is a wake-up. The ledger is real, the engine a few lines that remember what was created.
import { expect, test } from 'vitest';
import { readConfig, type SyncParams } from '../../src/config.ts';
import { tick } from '../../src/schedule/tick.ts';
import { createLedger, type Ledger } from '../../src/supabase/ledger.ts';
import { runInstance } from '../support/ring.ts';
import { createWorkspace } from '../support/workspace.ts';

const NOON = new Date('2026-02-09T19:00:00Z'); // in Denver

test('R14: a tick that comes again makes good what the first left undone, and starts nothing twice', async () => {
  const workspace = await createWorkspace({ customers: 3 });
  const { workspaceId, supabase, stack } = workspace;
  const real = createLedger(supabase);
  const ledger: Ledger = {
    ...real,
    // This workspace alone, which every tick still sees idle, as one that comes at the same moment does.
    listWorkspaces: async () => {
      const { workspaces } = await real.listWorkspaces(workspaceId.slice(0, -1), 100);
      const own = workspaces.filter(({ workspace_id }) => workspace_id === workspaceId);
      return { workspaces: own.map((row) => ({ ...row, running: false, stalled: false })), next_after: null };
    },
  };
  const asked: string[] = [];
  const workflow = {
    createBatch: async ({ instances }: { instances: { id: string }[] }) => {
      const known = instances.filter(({ id }) => asked.includes(id));
      asked.push(...instances.map(({ id }) => id));
      return { created: [], errors: known.map(({ id }, index) => ({ id, index, message: 'instance.already_exists' })) };
    },
  } as unknown as Workflow<SyncParams>;
  const config = readConfig({
    SERVICETITAN_SYNC: workflow,
    SUPABASE_URL: stack.supabaseUrl,
    SUPABASE_SECRET_KEY: stack.secretKey,
    CREDENTIALS_KEY: stack.credentialsKey,
  });
  const again = () => tick({ config, ledger, workflow, log: () => {}, wait: async () => {} }, NOON);
  const id = `sync-${workspaceId}-${NOON.getTime()}`;

  // The first died between its claim and the engine.
  await real.claim('cron', [{ workspace_id: workspaceId, instance_id: id }]);
  expect(await again()).toMatchObject({ started: 1, failed: 0 });
  expect(await again()).toMatchObject({ started: 1, failed: 0 });
  expect(asked).toEqual([id, id]);

  expect((await runInstance(workspace, id)).outcome).toEqual({ status: 'completed' });
  expect(await again()).toMatchObject({ started: 0, woken: 0, failed: 0 });
  expect(asked).toEqual([id, id]);
});
