// The names of tags: read once a day, beside a run that does not depend on them.
import { expect, test } from 'vitest';
import { TAG_TYPES } from '../../local/serviceTitan/seed/tagTypes.ts';
import { runSync } from '../support/ring.ts';
import { createWorkspace, type TestWorkspace } from '../support/workspace.ts';

const stepsOf = ({ steps }: { steps: string[] }) => steps.filter((name) => name.startsWith('tag-types'));

async function stored({ supabase, workspaceId }: TestWorkspace) {
  const { data } = await supabase.from('servicetitan_tag_types').select().eq('workspace_id', workspaceId).order('name');
  return data!.map(({ id, name, active }) => ({ id, name, active }));
}

/** As if a day had gone by. */
async function passADay({ supabase, workspaceId }: TestWorkspace) {
  const { error } = await supabase
    .from('servicetitan_sync_state')
    .update({ tag_types_asked_at: new Date(Date.now() - 25 * 3_600_000).toISOString() })
    .eq('workspace_id', workspaceId);
  expect(error).toBeNull();
}

async function doubtsOf({ supabase }: TestWorkspace, instanceId: string): Promise<{ code: string }[]> {
  const { data } = await supabase
    .from('servicetitan_sync_runs')
    .select('doubts')
    .eq('instance_id', instanceId)
    .single();
  return data!.doubts;
}

test('the first sync reads them all, those switched off too, and a contact shows its tags by name', async () => {
  const workspace = await createWorkspace({ customers: 0 });
  const long = { createdOn: '2026-02-08T10:00:00Z', modifiedOn: '2026-02-08T10:00:00Z' };
  await workspace.simulator('POST', '/customers', { name: 'Someone', tagTypeIds: [134, 52_955_021], ...long });
  expect(stepsOf(await runSync(workspace))).toEqual(['tag-types-fetch', 'tag-types-sync']);
  const expected = TAG_TYPES.map(({ id, name, active }) => ({ id: String(id), name, active }));
  expect(await stored(workspace)).toEqual(expected.toSorted((one, other) => (one.name < other.name ? -1 : 1)));
  const { data } = await workspace.supabase
    .from('servicetitan_contact_tags')
    .select('name, active')
    .eq('workspace_id', workspace.workspaceId)
    .order('name');
  expect(data).toEqual([
    { name: 'Imported 2021', active: false },
    { name: 'VIP', active: true },
  ]);
});

test('they are read again after a day and not before', async () => {
  const workspace = await createWorkspace({ customers: 1 });
  await runSync(workspace);
  expect(stepsOf(await runSync(workspace))).toEqual([]);
  await passADay(workspace);
  await workspace.supabase
    .from('servicetitan_tag_types')
    .update({ name: 'Of yesterday' })
    .eq('workspace_id', workspace.workspaceId)
    .eq('id', '134');
  expect(stepsOf(await runSync(workspace))).toEqual(['tag-types-fetch', 'tag-types-sync']);
  expect(await stored(workspace)).toContainEqual({ id: '134', name: 'VIP', active: true });
  expect(stepsOf(await runSync(workspace))).toEqual([]);
});

test('an app that may not read them costs one doubt, once, and its run completes; it is asked again after a day', async () => {
  const workspace = await createWorkspace({ customers: 2 });
  const refuse = () =>
    workspace.simulator('POST', '/faults', { match: { pathIncludes: '/tag-types' }, fault: { status: 403 } });
  await refuse();
  const first = await runSync(workspace);
  expect(first.outcome).toEqual({ status: 'completed' });
  expect(await doubtsOf(workspace, first.instanceId)).toEqual([{ code: 'tag_types_refused' }]);
  expect(stepsOf(await runSync(workspace))).toEqual([]);
  await passADay(workspace);
  await refuse();
  const next = await runSync(workspace);
  expect(stepsOf(next)).toEqual(['tag-types-fetch', 'tag-types-sync']);
  expect(await doubtsOf(workspace, next.instanceId)).toEqual([]);
  expect(await stored(workspace)).toEqual([]);
  await passADay(workspace);
  await runSync(workspace);
  expect(await stored(workspace)).toHaveLength(TAG_TYPES.length);
});

test.for([401, 404])(
  'a %i of that list alone is such a refusal, and costs a quiet run nothing until the next day',
  async (status) => {
    const workspace = await createWorkspace({ customers: 2 });
    await workspace.simulator('POST', '/faults', {
      match: { pathIncludes: '/tag-types' },
      times: 9,
      fault: { status },
    });
    const first = await runSync(workspace);
    expect(first.outcome).toEqual({ status: 'completed' });
    expect(await doubtsOf(workspace, first.instanceId)).toEqual([{ code: 'tag_types_refused' }]);
    expect(stepsOf(await runSync(workspace))).toEqual([]);
  },
);

const answering = (data: object[], hasMore: boolean) => ({
  match: { pathIncludes: '/tag-types' },
  times: 3,
  fault: { text: JSON.stringify({ page: 1, pageSize: 1000, hasMore, data }) },
});

test('a list that shows the same again and again is told as that, and nothing of it is stored', async () => {
  const workspace = await createWorkspace({ customers: 2 });
  await workspace.simulator('POST', '/faults', {
    ...answering([{ id: 1, name: 'Again', active: true }], true),
    times: 9,
  });
  const run = await runSync(workspace);
  const [doubt] = await doubtsOf(workspace, run.instanceId);
  expect(doubt).toMatchObject({ code: 'part_unfinished', part: 'tag types' });
  expect(doubt).toHaveProperty('reason', expect.stringContaining('none of those on page 2 is new'));
  expect(await stored(workspace)).toEqual([]);
});

test('names are one line without what can not be seen; a record that names nothing is left out', async () => {
  const workspace = await createWorkspace({ customers: 2 });
  const records = [
    { id: '9223372036854775807', name: ' VIP\n ' },
    { id: 2, name: '\u200b' },
    { id: 3, name: null },
    { id: 1.5, name: 'Half' },
    { id: 4, name: 5, active: 'False' },
    { id: 4, name: 'Twice', active: false },
  ];
  await workspace.simulator('POST', '/faults', answering(records, false));
  await runSync(workspace);
  expect(await stored(workspace)).toEqual([
    { id: '4', name: 'Twice', active: false },
    { id: '9223372036854775807', name: 'VIP', active: true },
  ]);
});

test('an outage of that list alone is a doubt of its part, and the next run asks again', async () => {
  const workspace = await createWorkspace({ customers: 2 });
  await workspace.simulator('POST', '/faults', {
    match: { pathIncludes: '/tag-types' },
    times: 3,
    fault: { status: 500 },
  });
  const run = await runSync(workspace);
  expect(run.outcome).toEqual({ status: 'completed' });
  expect(await doubtsOf(workspace, run.instanceId)).toMatchObject([{ code: 'part_unfinished', part: 'tag types' }]);
  expect(stepsOf(await runSync(workspace))).toEqual(['tag-types-fetch', 'tag-types-sync']);
  expect(await stored(workspace)).toHaveLength(TAG_TYPES.length);
});
