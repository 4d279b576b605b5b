// The tables of the sync harmed between two runs, for one workspace of several: the next runs end right, without anybody's
// hand, and the other workspace runs on.
import { expect, test } from 'vitest';
import { admin } from '../support/database.ts';
import { goBack, SYNC_TABLES, takeMoment } from '../support/goBack.ts';
import { letPass } from '../support/letPass.ts';
import { runSync } from '../support/ring.ts';
import { differences, readWorld } from '../support/truth.ts';
import { createWorkspace, type TestWorkspace } from '../support/workspace.ts';

const OWN = SYNC_TABLES.filter((table) => table !== 'contacts');

/** What somebody writes into the state row, each within its column's type. */
const STATE_EDITS = [
  'last_modified_cursor = null',
  "last_modified_cursor = 'infinity'",
  "last_modified_cursor = '-infinity'",
  "last_modified_cursor = '4000-01-01 BC'",
  'initial_sync_completed = false',
  "initial_feed = 'customers', initial_started_at = null",
  "initial_feed = 'contacts', initial_started_at = 'infinity'",
  "last_continue_from = 'nonsense', initial_feed = 'contacts'",
  "contacts_continue_from = 'nonsense'",
  "contacts_continue_from = ''",
  "contacts_continue_from = repeat('x', 100000)",
  "contacts_stamp = 'nonsense', initial_stamp = ''",
  'checkpoint = \'"nonsense"\'',
  'checkpoint = \'{"page_size": 50}\'',
  'checkpoint = \'{"page_size": 0, "next_page": -1, "started_at": "x", "modified_on_or_after": null}\'',
  'total_customers_synced = 9223372036854775807',
  'last_sync_created = 9223372036854775807, last_sync_updated = -1',
  'failures = 2147483647',
  "sync_status = 'running', last_error = repeat('x', 100000)",
  "run_instance_id = 'nobody', alive_until = now() - interval '1 hour', nudged_at = now() - interval '1 hour'",
  'page = -5, parts = array[null]::text[]',
  "source = 'nonsense'",
  "deployment = '', completed_by = ''",
];

const HARMS: Record<string, (workspace: TestWorkspace) => Promise<unknown>> = {
  ...Object.fromEntries(
    OWN.map((table) => [
      `${table} has lost its rows`,
      ({ workspaceId }: TestWorkspace) =>
        admin.unsafe(`delete from public.${table} where workspace_id = $1`, [workspaceId]),
    ]),
  ),
  ...Object.fromEntries(
    STATE_EDITS.map((edit) => [
      `the state row says ${edit}`,
      ({ workspaceId }: TestWorkspace) =>
        admin.unsafe(`update public.servicetitan_sync_state set ${edit} where workspace_id = $1`, [workspaceId]),
    ]),
  ),
};

async function change(workspace: TestWorkspace): Promise<void> {
  const { customers } = await readWorld(workspace);
  for (const { id } of customers.slice(0, 3))
    await workspace.simulator('PATCH', `/customers/${id}`, { name: `Renamed ${id} ${Date.now()}` });
}

async function expectRight(workspace: TestWorkspace): Promise<void> {
  for (let run = 0; run < 2; run += 1) {
    await change(workspace);
    expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });
  }
  expect(await differences(workspace)).toEqual([]);
  expect(await workspace.state()).toMatchObject({ sync_status: 'completed', initial_sync_completed: true });
}

test.for(Object.keys(HARMS))('R21: a workspace heals by itself when %s', async (harm) => {
  const workspace = await createWorkspace({ customers: 6 });
  await runSync(workspace);
  await HARMS[harm]!(workspace);
  await expectRight(workspace);
});

test.for(OWN)('R21: a workspace heals by itself when an older copy of %s is put back', async (table) => {
  const [workspace, other] = [await createWorkspace({ customers: 6 }), await createWorkspace({ customers: 3 })];
  await runSync(workspace);
  await runSync(other);
  const earlier = await takeMoment(workspace.workspaceId);
  await change(workspace);
  await runSync(workspace);
  await goBack(earlier, [table]);
  await expectRight(workspace);
  await expectRight(other);
});

/** What somebody writes into the settled reader's place. */
const PLACES = [
  "'null'",
  "'[]'",
  '\'"nonsense"\'',
  '\'{"customers": "nonsense", "contacts": [7]}\'',
  '\'{"customers": {"from": 7, "stamp": [], "as_of": "nonsense", "until": {}, "past_future": "maybe"}}\'',
  '\'{"customers": {"as_of": "2099-01-01"}, "contacts": {"as_of": "infinity", "until": "2099-01-01"}}\'',
];

test.for(PLACES)('R17, R21: the second way of reading goes on where its place says %s', async (place) => {
  const workspace = await createWorkspace({ customers: 6 });
  await runSync(workspace);
  await admin.unsafe(
    `update public.servicetitan_sync_state set settled = ${place}, settled_until = '2099-01-01' where workspace_id = $1`,
    [workspace.workspaceId],
  );
  const settings = { SETTLED_EVERY_MINUTES: '0' };
  for (let run = 0; run < 3; run += 1) {
    expect((await runSync(workspace, { settings })).outcome).toEqual({ status: 'completed' });
    await letPass(workspace, 60, admin);
  }
  const { settled_until } = await workspace.state();
  expect(Date.parse(String(settled_until))).toBeLessThan(Date.now());
});
