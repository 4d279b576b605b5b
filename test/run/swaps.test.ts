// Somebody who can write to the database, but does not know CREDENTIALS_KEY, moves sealed values about: none opens anywhere but
// in the connection it was saved with.
import { expect, test } from 'vitest';
import { connectWorkspace } from '../../local/connect.ts';
import type { SealedCredentials } from '../../src/credentials/openCredentials.ts';
import { createLedger } from '../../src/supabase/ledger.ts';
import { runSync } from '../support/ring.ts';
import { differences } from '../support/truth.ts';
import { createWorkspace, type TestWorkspace } from '../support/workspace.ts';

async function rowOf({ supabase, workspaceId }: TestWorkspace): Promise<SealedCredentials> {
  return (await createLedger(supabase).readConnection(workspaceId))!;
}

async function change({ supabase, workspaceId }: TestWorkspace, fields: Partial<SealedCredentials>): Promise<void> {
  const { error } = await supabase.from('servicetitan_connections').update(fields).eq('workspace_id', workspaceId);
  expect(error).toBeNull();
}

/** Saves the same credentials once more. */
async function saveAgain({ stack, workspaceId, tenantId }: TestWorkspace): Promise<void> {
  await connectWorkspace(
    { supabaseUrl: stack.supabaseUrl, supabaseSecretKey: stack.secretKey, credentialsKey: stack.credentialsKey },
    {
      workspaceId,
      name: null,
      timeZone: null,
      tenantId,
      environment: 'production',
      clientId: `client-${tenantId}`,
      clientSecret: `secret-${tenantId}`,
      appKey: `app-${tenantId}`,
    },
  );
}

async function expectItOpensForNoRun(workspace: TestWorkspace, field = 'client_secret'): Promise<void> {
  const run = await runSync(workspace);
  expect(String(run.outcome)).toMatch(
    new RegExp(`The ${field} of workspace \\S+ does not open: .* Connect the workspace again\\.`),
  );
  // Refused before anything is sent.
  expect(await workspace.calls()).toEqual([]);
}

test('a sealed value that is moved to another row opens there for no run', async () => {
  const [one, other] = [await createWorkspace(), await createWorkspace()];
  const { client_secret_sealed } = await rowOf(one);
  await change(other, { client_secret_sealed });
  await expectItOpensForNoRun(other);
});

test('two sealed values that change places open for no run', async () => {
  const workspace = await createWorkspace();
  const { client_secret_sealed, app_key_sealed } = await rowOf(workspace);
  await change(workspace, { client_secret_sealed: app_key_sealed, app_key_sealed: client_secret_sealed });
  await expectItOpensForNoRun(workspace);
});

test.for([
  ['another tenant', { tenant_id: '999999999999' }],
  ['another environment', { environment: 'integration' }],
  ['another client id', { client_id: 'cid.of-somebody-else' }],
] as [string, Partial<SealedCredentials>][])(
  'sealed values in a row that was changed to %s open for no run',
  async ([, fields]) => {
    const workspace = await createWorkspace();
    await change(workspace, fields);
    await expectItOpensForNoRun(workspace);
  },
);

test('the whole row of another workspace opens for no run', async () => {
  const [one, other] = [await createWorkspace(), await createWorkspace()];
  await change(other, await rowOf(one));
  await expectItOpensForNoRun(other);
  expect(await one.calls()).toEqual([]);
});

test('an older sealed value that is put back alone opens for no run, neither does the newer one beside an older id', async () => {
  const workspace = await createWorkspace();
  const older = await rowOf(workspace);
  await saveAgain(workspace);
  const newer = await rowOf(workspace);
  await change(workspace, { client_secret_sealed: older.client_secret_sealed });
  await expectItOpensForNoRun(workspace);
  await change(workspace, { ...newer, app_key_sealed: older.app_key_sealed });
  await expectItOpensForNoRun(workspace, 'app_key');
  await change(workspace, { ...newer, credentials_id: older.credentials_id });
  await expectItOpensForNoRun(workspace);
});

test('a whole row that a backup brings back opens, so that a restore heals', async () => {
  const workspace = await createWorkspace({ customers: 3 });
  const older = await rowOf(workspace);
  await saveAgain(workspace);
  await change(workspace, older);
  expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });
  expect(await differences(workspace)).toEqual([]);
});
