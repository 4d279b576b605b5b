// R12: a page's token commits with its last chunk, and the time of the first beginning is kept.
import { describe, expect, test } from 'vitest';
import { admin } from '../support/database.ts';
import { letPass } from '../support/letPass.ts';
import { Crash, runSync } from '../support/ring.ts';
import { differences, readWorld } from '../support/truth.ts';
import { createWorkspace, type TestWorkspace } from '../support/workspace.ts';

test('R12: only the last chunk of a page carries its token', async () => {
  const workspace = await createWorkspace({ customers: 20, switches: { exportBatchSize: 12 } });
  const pages = new Map<number, { chunk: number; carries: boolean }[]>();
  await runSync(workspace, {
    settings: { INITIAL_CHUNK_SIZE: '4' },
    aroundWrite: (write) => (batch) => {
      // The names of tags are a page of no feed.
      if (batch.tag_types !== undefined) return write(batch);
      const chunks = pages.get(batch.run.page) ?? [];
      pages.set(batch.run.page, [...chunks, { chunk: batch.run.chunk, carries: batch.commit !== null }]);
      return write(batch);
    },
  });
  expect(pages.size).toBeGreaterThan(2);
  for (const chunks of pages.values()) {
    const last = Math.max(...chunks.map(({ chunk }) => chunk));
    expect(chunks.filter(({ carries }) => carries).map(({ chunk }) => chunk)).toEqual([last]);
  }
});

test.for([0, 1])('R12: a page of which chunk %i is not written leaves the token of the page before', async (lost) => {
  const workspace = await createWorkspace({ customers: 20, switches: { exportBatchSize: 12 } });
  let pageOne: unknown;
  const run = await runSync(workspace, {
    settings: { INITIAL_CHUNK_SIZE: '4' },
    beforeStep: async (name) => {
      if (name === 'export-sync page 2') pageOne = (await workspace.state()).last_continue_from;
    },
    // The second page of customers has two chunks.
    aroundWrite: (write) => (batch) =>
      pageOne !== undefined && batch.run.chunk === lost ? Promise.reject(new Error('down')) : write(batch),
  });
  expect(run.outcome).toBeInstanceOf(Error);
  expect(pageOne).toEqual(expect.any(String));
  expect(await workspace.state()).toMatchObject({ sync_status: 'failed', last_continue_from: pageOne });

  expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });
  expect(await differences(workspace)).toEqual([]);
});

test("R12: the initial sync began no later than ServiceTitan's own clock says", async () => {
  const workspace = await createWorkspace({ customers: 5, switches: { clockSkewSeconds: -1200 } });
  const before = Date.now();
  await runSync(workspace);
  const { initial_started_at, last_modified_cursor } = await workspace.state();
  expect(Date.parse(String(initial_started_at))).toBeLessThanOrEqual(before - 1_190_000);
  expect(Date.parse(String(last_modified_cursor))).toBe(Date.parse(String(initial_started_at)) - 900_000);
});

test('R12: a page without a record stores its token too, so that a tenant without contacts goes on with the customers', async () => {
  const workspace = await createWorkspace({ customers: 0 });
  await workspace.simulator('POST', '/customers', { name: 'Without contacts', contacts: [] });
  await runSync(workspace, {
    beforeStep: (name) => {
      if (name === 'export-fetch') throw new Crash(name);
    },
  });
  expect(await workspace.state()).toMatchObject({
    initial_feed: 'customers',
    contacts_continue_from: expect.any(String),
  });
});

describe('R12: a token that is refused', () => {
  const fault = (workspace: TestWorkspace, rule: object) => workspace.simulator('POST', '/faults', rule);
  const asked = async (workspace: TestWorkspace, path: string) =>
    (await workspace.calls()).filter((call) => call.path.endsWith(path)).map(({ query }) => query['from'] ?? null);

  /** Synced, and read twice by the settled reader. */
  async function settled(): Promise<TestWorkspace> {
    const workspace = await createWorkspace({ customers: 20, switches: { exportBatchSize: 30 } });
    await runSync(workspace);
    for (let readings = 0; readings < 2; readings += 1) {
      await letPass(workspace, 60, admin);
      await runSync(workspace);
    }
    await workspace.simulator('DELETE', '/requests');
    return workspace;
  }

  test.for([400, 404, 410, 422])(
    'with %i begins the contacts feed by date, a day before what was read twice',
    async (status, { expect }) => {
      const workspace = await settled();
      const { contacts_continue_from: token, settled_until } = await workspace.state();
      await fault(workspace, { match: { operation: 'recentContactsExport', from: 'token' }, fault: { status } });
      expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });
      const date = new Date(Date.parse(String(settled_until)) - 86_400_000).toISOString().slice(0, 10);
      expect(await asked(workspace, '/export/customers/contacts')).toEqual([
        token,
        expect.stringMatching(/^\d{4}-/),
        date,
      ]);
      expect((await workspace.state()).contacts_continue_from).toEqual(expect.any(String));
    },
  );

  test.for([400, 404, 410, 422])(
    'with %i begins it with the first record where no date is known, or taken',
    async (status, { expect }) => {
      const workspace = await settled();
      const { contacts_continue_from: token } = await workspace.state();
      const { contacts } = await readWorld(workspace);
      await fault(workspace, { match: { operation: 'recentContactsExport', from: 'token' }, fault: { status } });
      await fault(workspace, {
        match: { operation: 'recentContactsExport', from: 'date' },
        times: 'always',
        fault: { status: 400 },
      });
      const run = await runSync(workspace);
      expect(run.outcome).toEqual({ status: 'completed' });
      const froms = await asked(workspace, '/export/customers/contacts');
      expect(froms[0]).toBe(token);
      // Asked without the token, then without the date, then read.
      expect(froms.filter((from) => from === null)).toHaveLength(3);
      const { data } = await workspace.supabase
        .from('servicetitan_sync_runs')
        .select('contact_methods')
        .eq('instance_id', run.instanceId);
      expect(data![0]!.contact_methods).toBeGreaterThanOrEqual(contacts.length);
    },
  );

  test('is not at fault where the feed refuses without it too', async () => {
    const workspace = await settled();
    const before = (await workspace.state()).contacts_continue_from;
    await fault(workspace, { match: { operation: 'recentContactsExport' }, times: 'always', fault: { status: 404 } });
    const run = await runSync(workspace);
    expect(String(run.outcome)).toMatch(/servicetitan_request/);
    expect((await workspace.state()).contacts_continue_from).toBe(before);
  });

  test.for([
    ['the contacts', 'recentContactsExport', 'contacts-fetch'],
    ['the customers', 'settledCustomersExport', 'export-fetch'],
  ] as const)(
    'in the middle of the first sync begins %s again, and loses nobody',
    async ([, operation], { expect }) => {
      const workspace = await createWorkspace({ customers: 20, switches: { exportBatchSize: 6 } });
      await fault(workspace, { match: { operation, from: 'token' }, skip: 1, fault: { status: 410 } });
      expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });
      expect(await differences(workspace)).toEqual([]);
    },
  );

  test.for([
    ['contacts', 'recentContactsExport', 'contacts'],
    ['customers', 'settledCustomersExport', 'export'],
  ] as const)(
    'by a feed that refuses every token begins the %s again once a run, and no more',
    async ([feed, operation, name], { expect }) => {
      const workspace = await createWorkspace({ customers: 20, switches: { exportBatchSize: 6 } });
      await fault(workspace, { match: { operation, from: 'token' }, times: 'always', fault: { status: 410 } });
      const run = await runSync(workspace);
      const read = run.steps.filter((step) => step.startsWith(`${name}-fetch`));
      expect(read).toHaveLength(4);
      if (feed === 'contacts') expect((await workspace.contacts()).size).toBe(20);
      else
        expect(String(run.outcome)).toMatch(
          /The reading of the customers export was stopped, because ServiceTitan refuses the tokens/,
        );
    },
  );

  test('again by a run behind a hand-over ends the chain, which would go on for ever', async () => {
    const workspace = await settled();
    await workspace.simulator('PUT', '/switches', { exportBatchSize: 3 });
    for (const from of ['token', 'date']) {
      await fault(workspace, {
        match: { operation: 'recentContactsExport', from },
        times: 'always',
        fault: { status: 410 },
      });
    }
    const run = await runSync(workspace, { settings: { INCREMENTAL_MAX_PAGES: '1' } });
    expect(String(run.outcome)).toMatch(/contacts export was stopped, because ServiceTitan refuses the tokens/);
    expect(run.steps.filter((step) => step === 'hand-over')).toHaveLength(1);

    const { customers } = await readWorld(workspace);
    for (const { id } of customers.slice(0, 6))
      await workspace.simulator('PATCH', `/customers/${id}`, { name: 'Renamed' });
    const settings = { INCREMENTAL_MAX_PAGES: '1', INCREMENTAL_PAGE_SIZE: '5' };
    const longer = await runSync(workspace, { settings });
    expect(String(longer.outcome)).toMatch(/contacts export was stopped, because ServiceTitan refuses the tokens/);
    // A window of two pages comes before the feed each time.
    expect(longer.steps.filter((step) => step === 'hand-over')).toHaveLength(3);
  });

  test('of the settled reader begins its feed by date', async () => {
    const workspace = await settled();
    await letPass(workspace, 60, admin);
    await fault(workspace, {
      match: { operation: 'settledCustomersExport', from: 'token' },
      times: 2,
      fault: { status: 410 },
    });
    expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });
    expect((await asked(workspace, '/export/customers')).at(-1)).toMatch(/^\d{4}-\d\d-\d\d$/);
  });
});
