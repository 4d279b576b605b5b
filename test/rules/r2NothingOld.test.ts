// R2: an older modifiedOn never replaces a newer one, to all seven digits; between equal ones the later read wins.
import { describe, expect, test } from 'vitest';
import { foldById } from '../../src/sync/toRows.ts';
import { customerRow, methodRow } from '../function/rows.ts';
import { runSync } from '../support/ring.ts';
import { createWorkspace, type TestWorkspace } from '../support/workspace.ts';
import { beginRun } from './liveRun.ts';

const NEWER = '2026-02-08T10:00:00.1234568Z';
const OLDER = '2026-02-08T10:00:00.1234567Z';
const contact = async (workspace: TestWorkspace) => (await workspace.contacts()).get('1');

describe('R2: by the seventh digit of modifiedOn', () => {
  test('an older customer does not replace a newer one, and is counted as stale', async () => {
    const workspace = await createWorkspace({ customers: 0 });
    const { write } = await beginRun(workspace);
    await write({ customers: [customerRow('1', { name: 'Newer', modified_on: NEWER })] });
    const result = await write({ customers: [customerRow('1', { name: 'Older', modified_on: OLDER })] });
    expect(result).toMatchObject({ created: 0, updated: 0, unchanged: 0, stale: 1 });
    expect(await contact(workspace)).toMatchObject({ name: 'Newer', crm_modified_on: NEWER });
  });

  test('a newer customer replaces an older one', async () => {
    const workspace = await createWorkspace({ customers: 0 });
    const { write } = await beginRun(workspace);
    await write({ customers: [customerRow('1', { name: 'Older', modified_on: OLDER })] });
    expect(await write({ customers: [customerRow('1', { name: 'Newer', modified_on: NEWER })] })).toMatchObject({
      updated: 1,
    });
    expect(await contact(workspace)).toMatchObject({ name: 'Newer', crm_modified_on: NEWER });
  });

  test.for([
    ['older, newer', OLDER, NEWER, 'Second'],
    ['newer, older', NEWER, OLDER, 'First'],
    ['equal', NEWER, NEWER, 'Second'],
  ] as const)('a customer twice in a batch (%s) is folded to its newest', async ([, first, second, name]) => {
    const workspace = await createWorkspace({ customers: 0 });
    const { write } = await beginRun(workspace);
    await write({
      customers: [
        customerRow('1', { name: 'First', modified_on: first }),
        customerRow('1', { name: 'Second', modified_on: second }),
      ],
    });
    expect(await contact(workspace)).toMatchObject({ name });
  });

  test.for([
    ['an older', OLDER, '+12085550117'],
    ['an equal', NEWER, '+12085550118'],
  ] as const)('%s contact method of the feed does or does not replace the stored one', async ([, stamp, phone]) => {
    const workspace = await createWorkspace({ customers: 0 });
    const { write } = await beginRun(workspace);
    await write({
      customers: [customerRow('1', { contact_methods: null })],
      contact_methods: [methodRow('11', '1', { value: '2085550117', active: true, modified_on: NEWER })],
    });
    await write({
      contact_methods: [methodRow('11', '1', { value: '2085550118', active: true, modified_on: stamp })],
    });
    expect(await contact(workspace)).toMatchObject({ phone });
  });

  test('modifiedOn arrives whole, by the export and by the list', async () => {
    const workspace = await createWorkspace({ customers: 0 });
    await workspace.simulator('POST', '/customers', { id: 1, name: 'Known', modifiedOn: OLDER });
    await runSync(workspace);
    expect(await contact(workspace)).toMatchObject({ crm_modified_on: OLDER });

    const stamp = new Date().toISOString().replace(/\.\d+Z$/, '.7654321Z');
    await workspace.simulator('POST', '/restamp', { customerIds: [1], modifiedOn: stamp });
    await runSync(workspace);
    expect(await contact(workspace)).toMatchObject({ crm_modified_on: stamp });
  });
});

test('R2: phones normalised again for an earlier page than the last one applied are refused', async () => {
  const workspace = await createWorkspace({ customers: 0 });
  const { run, write } = await beginRun(workspace);
  const abroad = customerRow('1', { contact_methods: null });
  abroad.address.country = 'Australia';
  await write({
    customers: [abroad],
    contact_methods: [methodRow('11', '1', { value: '0412 345 678', active: true })],
  });
  await write({ customers: [customerRow('2')] });
  const { error } = await workspace.supabase.rpc('renormalize_servicetitan_phones', {
    p_run: { workspace_id: run.workspaceId, instance_id: run.instanceId, fence: run.fence, page: 1, part: '0' },
    p_phones: [{ id: '11', crm_id: '1', normalized: 'old', country_code: 'AU' }],
    p_commit: null,
  });
  expect(error).toMatchObject({ code: 'PT409', message: 'page_out_of_order' });
  expect(await contact(workspace)).toMatchObject({ phone: '+61412345678' });
});

test.for([
  ['older, newer', OLDER, NEWER, 'second'],
  ['newer, older', NEWER, OLDER, 'first'],
  ['equal', NEWER, NEWER, 'second'],
] as const)(
  'R2: of a record twice in a page (%s) the newest goes on, of equal ones the later',
  ([, one, other, read]) => {
    const rows = [
      { id: '1', modified_on: one, read: 'first' },
      { id: '1', modified_on: other, read: 'second' },
    ];
    expect(foldById(rows).map((row) => row.read)).toEqual([read]);
  },
);

test.for([
  ['older, newer', OLDER, NEWER, '+12085550118'],
  ['newer, older', NEWER, OLDER, '+12085550117'],
  ['equal', NEWER, NEWER, '+12085550118'],
] as const)('R2: a contact method twice in a batch (%s) is folded the same way', async ([, one, other, expected]) => {
  const workspace = await createWorkspace({ customers: 0 });
  const { write } = await beginRun(workspace);
  await write({
    customers: [customerRow('1', { contact_methods: null })],
    contact_methods: [
      methodRow('11', '1', { value: '2085550117', active: true, modified_on: one }),
      methodRow('11', '1', { value: '2085550118', active: true, modified_on: other }),
    ],
  });
  expect(await contact(workspace)).toMatchObject({ phone: expected });
});
