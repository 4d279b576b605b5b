// Finding what another key sealed, and replacing it unless it was changed meanwhile.
import { expect, test } from 'vitest';
import { admin, call, rowsOf, type Row } from '../support/database.ts';
import { connect, randomId } from './workspaces.ts';

interface Page {
  connections: Row[];
  next_after: string | null;
}

async function connectSealed(workspaceId: string, secret: string, appKey: string): Promise<string> {
  await connect(workspaceId);
  await admin`
    update public.servicetitan_connections
    set client_secret_sealed = ${secret}, app_key_sealed = ${appKey}
    where workspace_id = ${workspaceId}
  `;
  return workspaceId;
}

const list = (keyId: string, after: string, limit: number) =>
  call<Page>('list_servicetitan_connections_to_reseal', { p_key_id: keyId, p_after: after, p_limit: limit });

test('connections of which either value was sealed with another key are listed page by page', async () => {
  const prefix = `zz${randomId()}`;
  await connectSealed(`${prefix}-1`, 'old.a.b', 'old.c.d');
  await connectSealed(`${prefix}-2`, 'new.a.b', 'new.c.d');
  await connectSealed(`${prefix}-3`, 'new.a.b', 'old.c.d');
  await connectSealed(`${prefix}-4`, 'old.a.b', 'new.c.d');

  const boundTo = {
    environment: 'production',
    tenant_id: expect.stringMatching(/^\d+$/),
    client_id: 'client',
    credentials_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
  };
  const first = await list('new', prefix, 2);
  expect(first).toEqual({
    connections: [
      { ...boundTo, workspace_id: `${prefix}-1`, client_secret_sealed: 'old.a.b', app_key_sealed: 'old.c.d' },
      { ...boundTo, workspace_id: `${prefix}-3`, client_secret_sealed: 'new.a.b', app_key_sealed: 'old.c.d' },
    ],
    next_after: `${prefix}-3`,
  });
  const second = await list('new', first.next_after!, 1);
  expect(second.connections.map(({ workspace_id }) => workspace_id)).toEqual([`${prefix}-4`]);
});

test('both values are replaced in one, and only where both are what they were and of the same saving', async () => {
  const [kept, changed, savedAgain] = [`w${randomId()}`, `w${randomId()}`, `w${randomId()}`];
  await connectSealed(kept, 'old.a.b', 'old.c.d');
  await connectSealed(changed, 'old.a.b', 'old.x.y');
  await connectSealed(savedAgain, 'old.a.b', 'old.c.d');
  const idOf = async (workspaceId: string) =>
    (await rowsOf('servicetitan_connections', { workspace_id: workspaceId }, 'workspace_id'))[0]!['credentials_id'];
  const was = { client_secret_sealed: 'old.a.b', app_key_sealed: 'old.c.d' };
  const ids = {
    [kept]: await idOf(kept),
    [changed]: await idOf(changed),
    [savedAgain]: '00000000-0000-4000-8000-000000000000',
  };
  const resealed = [kept, changed, savedAgain].map((workspace_id) => ({
    workspace_id,
    credentials_id: ids[workspace_id],
    client_secret_sealed: 'new.a.b',
    app_key_sealed: 'new.c.d',
    was,
  }));
  expect(await call('reseal_servicetitan_connections', { p_connections: resealed })).toBe(1);
  expect(await rowsOf('servicetitan_connections', { workspace_id: kept }, 'workspace_id')).toMatchObject([
    { client_secret_sealed: 'new.a.b', app_key_sealed: 'new.c.d', enabled: true, credentials_id: ids[kept] },
  ]);
  expect(await rowsOf('servicetitan_connections', { workspace_id: changed }, 'workspace_id')).toMatchObject([
    { client_secret_sealed: 'old.a.b', app_key_sealed: 'old.x.y' },
  ]);
  expect(await rowsOf('servicetitan_connections', { workspace_id: savedAgain }, 'workspace_id')).toMatchObject([
    { client_secret_sealed: 'old.a.b', app_key_sealed: 'old.c.d' },
  ]);
});
