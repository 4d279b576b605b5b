// GET /proof against whole runs in workerd.
import { expect, test, vi } from 'vitest';
import { createWorkspace } from '../support/workspace.ts';
import { call, waitForRun } from './call.ts';

const proofOf = (workspaceId: string) => call({ path: `/proof?workspaceId=${workspaceId}` });

test('R18: a workspace that nobody connected has no proof, and one that was never synced says why', async () => {
  expect((await proofOf('nobody')).status).toBe(404);
  const { workspaceId } = await createWorkspace({ customers: 2 });
  expect((await proofOf(workspaceId)).body).toMatchObject({
    proved: false,
    sentence: 'Not proved, because the first sync is not complete.',
    pass: null,
    underWay: null,
    readUpTo: null,
    confirmedUpTo: null,
    wanted: false,
  });
});

test('R18: after a comparison of everything the proof says what was found, by number and by id', async () => {
  const { workspaceId, tenantId, contacts, supabase } = await createWorkspace({ customers: 6 });
  const body = { workspaceId, tenantId };
  const first = await call({ method: 'POST', path: '/trigger', body });
  await waitForRun(first.body.instanceId);
  expect((await proofOf(workspaceId)).body.sentence).toMatch(
    /^Not proved, because no comparison of everything has ended/,
  );

  const [edited] = [...(await contacts()).keys()];
  await supabase.from('contacts').update({ name: 'By hand' }).eq('workspace_id', workspaceId).eq('crm_id', edited!);
  const full = await call({ method: 'POST', path: '/trigger', body: { ...body, mode: 'full' } });
  await waitForRun(full.body.instanceId);
  const proof = await vi.waitFor(
    async () => {
      const answer = (await proofOf(workspaceId)).body;
      expect(answer.proved).toBe(true);
      return answer;
    },
    { timeout: 60_000, interval: 500 },
  );
  expect(proof.sentence).toMatch(
    /^ServiceTitan listed 6 customers (?:on|at) .+ \(America\/Denver\)\. 5 were right when they were read; 1 edited contact was mended\./,
  );
  expect(proof).toMatchObject({
    pass: {
      why: 'asked',
      whole: true,
      whyNot: [],
      listed: 6,
      seen: 6,
      rightWhenRead: 5,
      differing: 1,
      mended: 1,
      ids: {
        differing: [edited],
        fields: { [edited!]: ['name'] },
        missing: [],
      },
    },
    readUpTo: expect.any(String),
    since: { unbroken: true, misses: 0 },
  });
  expect(JSON.stringify(proof)).not.toContain('By hand');
});
