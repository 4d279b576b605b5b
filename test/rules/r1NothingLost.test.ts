// R1: what ServiceTitan showed is in contacts, or the quarantine names it.
import { describe, expect, test } from 'vitest';
import { customerRow, methodRow } from '../function/rows.ts';
import { runSync } from '../support/ring.ts';
import { differences, readWorld } from '../support/truth.ts';
import { createWorkspace } from '../support/workspace.ts';
import { beginRun, quarantined } from './liveRun.ts';

/** Beyond a bigint, which only the database minds. */
const TOO_LARGE_ID = '9999999999999999999';

describe('R1: a customer that can not become a contact is named in the quarantine', () => {
  test('when the export shows it unreadable, and when the list does', async () => {
    const workspace = await createWorkspace({ customers: 3, switches: { exportLagSeconds: 0 } });
    const [one, other] = (await readWorld(workspace)).customers.map(({ id }) => id).toSorted();
    await workspace.simulator('PATCH', `/customers/${one}`, { raw: { modifiedOn: 'soon' } });
    expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });
    expect(await quarantined(workspace)).toEqual([`${one} customers`]);
    expect((await workspace.contacts()).has(String(one))).toBe(false);

    await workspace.simulator('PATCH', `/customers/${other}`, { raw: { modifiedOn: 'soon' } });
    expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });
    expect(await quarantined(workspace)).toEqual([`${one} customers`, `${other} customers`]);
  });

  test('when the database refuses it, and the rest of its batch is written', async () => {
    const workspace = await createWorkspace({ customers: 0 });
    const { write } = await beginRun(workspace);
    const result = await write({
      customers: [
        customerRow('1'),
        customerRow('2', { contact_methods: [methodRow(TOO_LARGE_ID, '2')] }),
        customerRow('3'),
      ],
      rejected: [{ feed: 'contacts', customer_id: '4', reason: 'refused before' }],
    });
    expect(result).toMatchObject({ created: 2 });
    expect([...(await workspace.contacts()).keys()].toSorted()).toEqual(['1', '3']);
    expect(await quarantined(workspace)).toEqual(['2 customers', '4 contacts']);
  });
});

test.for(['1', '3', '5'])('R1: a page is written to its last row in chunks of %s', async (size) => {
  const workspace = await createWorkspace({ customers: 16 });
  const settings = { INITIAL_CHUNK_SIZE: size, EDGE_FUNCTION_CHUNK_SIZE: size };
  await runSync(workspace, { settings });
  expect(await differences(workspace)).toEqual([]);

  for (const { id } of (await readWorld(workspace)).customers)
    await workspace.simulator('PATCH', `/customers/${id}`, { name: `Renamed ${id}` });
  await runSync(workspace, { settings });
  expect(await differences(workspace)).toEqual([]);
});
