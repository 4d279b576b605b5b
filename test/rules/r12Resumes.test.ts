// R12: a page's token commits with its last chunk, and the time of the first beginning is kept.
import { expect, test } from 'vitest';
import { Crash, runSync } from '../support/ring.ts';
import { differences } from '../support/truth.ts';
import { createWorkspace } from '../support/workspace.ts';

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
