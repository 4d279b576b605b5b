// CREDENTIALS_KEY is changed while everything runs: nothing stops, and in the end nothing is left under the old key.
import { expect, inject, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { credentialsKeys } from '../../src/credentials/sealingKeys.ts';
import { resealConnections } from '../../src/schedule/resealConnections.ts';
import { createConnections, type Connections } from '../../src/supabase/connections.ts';
import { createLedger } from '../../src/supabase/ledger.ts';
import { randomCredentialsKey } from '../support/credentialsKey.ts';
import { Crash, runInstance, runSync } from '../support/ring.ts';
import { differences } from '../support/truth.ts';
import { createWorkspace, type TestWorkspace } from '../support/workspace.ts';

const OLD_KEY = randomCredentialsKey();
// The new one is the stack's, so that the connections of other tests have nothing to be sealed anew.
const NEW_KEY = inject('stack').credentialsKey;
const changing = { CREDENTIALS_KEY: NEW_KEY, CREDENTIALS_KEY_PREVIOUS: OLD_KEY };
const changed = { CREDENTIALS_KEY: NEW_KEY };

async function keyId(base64: string): Promise<string> {
  const [{ id }] = await credentialsKeys({ CREDENTIALS_KEY: base64, CREDENTIALS_KEY_PREVIOUS: undefined });
  return id;
}

async function rowOf({ supabase, workspaceId }: TestWorkspace) {
  return (await createLedger(supabase).readConnection(workspaceId))!;
}

/** The sealed values of a workspace, and the keys they name. */
async function sealedOf(workspace: TestWorkspace) {
  const { client_secret_sealed, app_key_sealed } = await rowOf(workspace);
  const values = [client_secret_sealed, app_key_sealed];
  return { values, keys: [...new Set(values.map((value) => value.split('.')[0]))] };
}

/** What a tick does beside its runs, for these workspaces alone; answers what it logs. */
async function reseal(
  workspaces: TestWorkspace[],
  around: (connections: Connections) => Partial<Connections> = () => ({}),
) {
  const logged: Record<string, unknown>[] = [];
  const [{ supabase, stack }] = workspaces as [TestWorkspace];
  const config = readConfig({
    SERVICETITAN_SYNC: undefined as never,
    SUPABASE_URL: stack.supabaseUrl,
    SUPABASE_SECRET_KEY: stack.secretKey,
    ...changing,
  });
  const all = createConnections(supabase);
  const ids = new Set(workspaces.map(({ workspaceId }) => workspaceId));
  const connections: Connections = {
    ...all,
    async listToReseal(...asked) {
      const page = await all.listToReseal(...asked);
      return { ...page, connections: page.connections.filter(({ workspace_id }) => ids.has(workspace_id)) };
    },
    ...around(all),
  };
  await resealConnections({ config, connections, log: (entry) => logged.push(entry as never) });
  return logged;
}

/** Claims a run; answers how to run it, again and again, under these settings, until it crashes before a step. */
async function claimRun(workspace: TestWorkspace) {
  const { supabase, workspaceId } = workspace;
  const instanceId = `sync-${workspaceId}-${Date.now()}`;
  await createLedger(supabase).claim('manual', [{ workspace_id: workspaceId, instance_id: instanceId }]);
  const memo = new Map<string, unknown>();
  return async (settings: Record<string, string>, crashBefore?: string) => {
    const beforeStep = (name: string) => {
      if (name === crashBefore) throw new Crash(name);
    };
    return (await runInstance(workspace, instanceId, { settings, beforeStep }, undefined, memo)).outcome;
  };
}

test('a run goes on through a change of the key, from pages and credentials that the old one sealed', async () => {
  const workspace = await createWorkspace({ customers: 12, switches: { exportBatchSize: 5 }, credentialsKey: OLD_KEY });
  const resume = await claimRun(workspace);
  // The first pages are read under the old key and written under the new one; then the credentials are sealed anew.
  expect(await resume({ CREDENTIALS_KEY: OLD_KEY }, 'export-sync')).toBeInstanceOf(Crash);
  expect(await resume(changing, 'export-sync page 3')).toBeInstanceOf(Crash);
  await reseal([workspace]);
  expect(await resume(changed)).toEqual({ status: 'completed' });
  expect(await differences(workspace)).toEqual([]);
});

test('a page that a removed key sealed ends its run, and the next run goes on from there', async () => {
  const workspace = await createWorkspace({ customers: 12, switches: { exportBatchSize: 5 } });
  const resume = await claimRun(workspace);
  const notChangedYet = { CREDENTIALS_KEY: OLD_KEY, CREDENTIALS_KEY_PREVIOUS: NEW_KEY };
  expect(await resume(notChangedYet, 'export-sync')).toBeInstanceOf(Crash);
  expect(String(await resume(changed))).toMatch(/sealed with another CREDENTIALS_KEY: the next run reads it/);
  expect((await runSync(workspace, { settings: changed })).outcome).toEqual({ status: 'completed' });
  expect(await differences(workspace)).toEqual([]);
});

test('a tick seals anew what the old key sealed, and says that nothing is left', async () => {
  const workspaces = [
    await createWorkspace({ credentialsKey: OLD_KEY }),
    await createWorkspace({ credentialsKey: OLD_KEY }),
  ];
  const [log] = await reseal(workspaces);
  expect(log).toMatchObject({
    event: 'credentials_resealed',
    resealed: 2,
    left: 0,
    advice: expect.stringContaining('can go'),
  });
  for (const workspace of workspaces) {
    expect((await sealedOf(workspace)).keys).toEqual([await keyId(NEW_KEY)]);
    expect((await runSync(workspace, { settings: changed })).outcome).toEqual({ status: 'completed' });
  }
  expect(await reseal(workspaces)).toMatchObject([{ resealed: 0, left: 0 }]);
});

test('credentials that came while a tick was sealing the old ones anew stay', async () => {
  const workspace = await createWorkspace({ credentialsKey: OLD_KEY });
  let saved: string[] = [];
  const log = await reseal([workspace], (connections) => ({
    reseal: async (resealed) => {
      await createWorkspace({ connectAs: workspace.workspaceId, credentialsKey: OLD_KEY });
      saved = (await sealedOf(workspace)).values;
      return connections.reseal(resealed);
    },
  }));
  expect(log).toMatchObject([{ resealed: 0, left: 1 }]);
  expect((await sealedOf(workspace)).values).toEqual(saved);
  expect(await reseal([workspace])).toMatchObject([{ resealed: 1, left: 0 }]);
});

test('what opens with neither key is named and keeps nobody else from being sealed anew', async () => {
  const [foreign, other] = [
    await createWorkspace({ credentialsKey: randomCredentialsKey() }),
    await createWorkspace({ credentialsKey: OLD_KEY }),
  ];
  const [failed, summary] = await reseal([foreign, other]);
  expect(failed).toMatchObject({ event: 'reseal_failed', workspaceId: foreign.workspaceId });
  expect(summary).toMatchObject({ resealed: 1, left: 1, advice: expect.stringContaining('Keep') });
});

test('a database that does not answer is logged and fails no tick', async () => {
  const workspace = await createWorkspace({ credentialsKey: OLD_KEY });
  const log = await reseal([workspace], () => ({ listToReseal: () => Promise.reject(new Error('57014')) }));
  expect(log).toMatchObject([{ event: 'reseal_failed' }]);
});

test('sealing anew under a new key keeps the saving that the values are bound to', async () => {
  const workspace = await createWorkspace({ credentialsKey: OLD_KEY });
  const before = await rowOf(workspace);
  await reseal([workspace]);
  const after = await rowOf(workspace);
  expect(after.credentials_id).toBe(before.credentials_id);
  expect(after.client_secret_sealed).not.toBe(before.client_secret_sealed);
});
