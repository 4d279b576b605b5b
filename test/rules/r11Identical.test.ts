// R11: an identical row is not written, and what the sync does not own is never touched.
import postgres from 'postgres';
import { afterAll, describe, expect, inject, test } from 'vitest';
import { customerRow, methodRow } from '../function/rows.ts';
import { createWorkspace, type TestWorkspace } from '../support/workspace.ts';
import { beginRun } from './liveRun.ts';

const sql = postgres(inject('stack').dbUrl, { max: 1 });
afterAll(() => sql.end());

/** The transaction that last wrote each row: it moves even when a row is written as it was. */
async function writers({ workspaceId }: TestWorkspace): Promise<string[]> {
  const rows = await sql<{ writer: string }[]>`
    select crm_id || ' ' || xmin as writer from public.contacts where workspace_id = ${workspaceId}
    union all
    select id || ' ' || xmin from public.servicetitan_contact_methods where workspace_id = ${workspaceId}
    order by writer`;
  return rows.map(({ writer }) => writer);
}

const sameAgain = {
  customers: [
    customerRow('1', {
      contact_methods: [methodRow('11', '1'), methodRow('12', '1', { type: 'Email', value: 'a@example.com' })],
    }),
    customerRow('2', { contact_methods: null, merged_to_id: '1', active: false }),
  ],
};

describe('R11: an identical row is not written', () => {
  test('when its customer comes again, contact methods included', async () => {
    const workspace = await createWorkspace({ customers: 0 });
    const { write } = await beginRun(workspace);
    expect(await write(sameAgain)).toMatchObject({ created: 2, updated: 0, unchanged: 0 });
    const before = await writers(workspace);
    expect(before).toHaveLength(4);
    expect(await write(sameAgain)).toMatchObject({ created: 0, updated: 0, unchanged: 2, stale: 0 });
    expect(await writers(workspace)).toEqual(before);
  });

  test('when the feed repeats a contact method, or changes one that is not shown', async () => {
    const workspace = await createWorkspace({ customers: 0 });
    const { write } = await beginRun(workspace);
    await write(sameAgain);
    await write({ contact_methods: [methodRow('11', '1', { active: true })] });
    const before = await writers(workspace);
    await write({ contact_methods: [methodRow('11', '1', { active: true })] });
    expect(await writers(workspace)).toEqual(before);

    // A second phone: the contact keeps the first and is not written.
    const result = await write({ contact_methods: [methodRow('13', '1', { value: '2085550119', active: true })] });
    expect(result).toMatchObject({ created: 0, updated: 0 });
    const contactOf = (rows: string[]) => rows.filter((row) => /^[12] /.test(row));
    expect(contactOf(await writers(workspace))).toEqual(contactOf(before));
  });
});

test('R11: phones that were graded for their country are not written when that is done once more', async () => {
  const workspace = await createWorkspace({ customers: 0 });
  const { write, run } = await beginRun(workspace);
  const british = customerRow('1', { contact_methods: null });
  british.address = { ...british.address, country: 'United Kingdom' };
  await write({
    customers: [british],
    contact_methods: [methodRow('11', '1', { value: '020 7946 0018', active: true })],
  });
  expect((await workspace.contacts()).get('1')).toMatchObject({ phone: '+442079460018' });
  const before = await writers(workspace);
  // As a call that was given up, and is carried out all the same.
  const { error } = await workspace.supabase.rpc('renormalize_servicetitan_phones', {
    p_run: { workspace_id: run.workspaceId, instance_id: run.instanceId, fence: run.fence, page: 1, part: '0' },
    p_phones: [
      {
        id: '11',
        crm_id: '1',
        home_country: 'US',
        country_code: 'GB',
        usability: 'valid',
        normalized: '+442079460018',
        extension: null,
      },
    ],
    p_commit: null,
  });
  expect(error).toBeNull();
  expect(await writers(workspace)).toEqual(before);
});

test('R11: columns, metadata and custom fields of others stay when a customer changes', async () => {
  const workspace = await createWorkspace({ customers: 0 });
  const { write } = await beginRun(workspace);
  await write({ customers: [customerRow('1')] });
  const { metadata } = (await workspace.contacts()).get('1') as { metadata: { custom_fields: object } };
  await workspace.supabase
    .from('contacts')
    .update({ metadata: { ours: { note: 'kept' }, custom_fields: { ...metadata.custom_fields, our_key: 7 } } })
    .eq('workspace_id', workspace.workspaceId)
    .eq('crm_id', '1');
  const before = (await workspace.contacts()).get('1')!;

  expect(await write({ customers: [customerRow('1', { name: 'Renamed', balance: 99 })] })).toMatchObject({
    updated: 1,
  });
  const after = (await workspace.contacts()).get('1')!;
  expect(after).toMatchObject({
    id: before.id,
    created_at: before.created_at,
    name: 'Renamed',
    metadata: { ours: { note: 'kept' }, custom_fields: { our_key: 7, balance: 99 } },
  });
});
