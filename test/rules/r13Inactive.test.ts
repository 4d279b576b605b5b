// R13: deactivated, merged, merged back, in the batch and in the export.
import { expect, test } from 'vitest';
import { customerRow } from '../function/rows.ts';
import { runSync } from '../support/ring.ts';
import { differences, readWorld } from '../support/truth.ts';
import { createWorkspace } from '../support/workspace.ts';
import { beginRun } from './liveRun.ts';

test('R13: a contact follows its customer out and back, and stays the same row', async () => {
  const workspace = await createWorkspace({ customers: 0 });
  const { write } = await beginRun(workspace);
  const ids = new Set<unknown>();
  for (const [active, merged_to_id] of [
    [true, null],
    [false, null],
    [false, '2'],
    [true, null],
  ] as const) {
    await write({ customers: [customerRow('1', { active, merged_to_id })] });
    const contact = (await workspace.contacts()).get('1')!;
    expect(contact).toMatchObject({ active, merged_to_crm_id: merged_to_id });
    ids.add(contact.id);
  }
  expect(ids.size).toBe(1);
});

test('R13: customers that are inactive or merged when the initial sync reads them become contacts too', async () => {
  const workspace = await createWorkspace({ customers: 5, switches: { exportLagSeconds: 0 } });
  const [one, two, three] = (await readWorld(workspace)).customers.map(({ id }) => id);
  await workspace.simulator('PATCH', `/customers/${one}`, { active: false });
  await workspace.simulator('POST', '/merge', { loser: two, winner: three });
  await runSync(workspace);
  const contacts = await workspace.contacts();
  expect(contacts.size).toBe(5);
  expect(contacts.get(String(one))).toMatchObject({ active: false, merged_to_crm_id: null });
  expect(contacts.get(String(two))).toMatchObject({ active: false, merged_to_crm_id: String(three) });
  expect(await differences(workspace)).toEqual([]);
});
