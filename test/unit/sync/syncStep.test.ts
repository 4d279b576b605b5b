import { expect, test } from 'vitest';
import type { Batch, Commit } from '../../../supabase/functions/_shared/contactBatch.ts';
import type { BegunContext } from '../../../src/sync/context.ts';
import type { PackedPage } from '../../../src/sync/page.ts';
import { syncPage } from '../../../src/sync/syncStep.ts';

const commit: Commit = { feed: 'contacts', continue_from: 'token', done: true, read_at: null };

/** A run whose batches are acknowledged one at a time, the oldest first, when the test says so. */
function createRun() {
  const sent: Batch[] = [];
  const unacknowledged: (() => void)[] = [];
  let steps = 0;
  const context = {
    run: { workspaceId: 'w', instanceId: 'i', fence: 1 },
    progress: { written: 0, doubts: [] },
    steps: {
      do: (_name: string, _config: object, callback: () => Promise<unknown>) => {
        steps += 1;
        return callback();
      },
    },
    writeBatch: async (batch: Batch) => {
      sent.push(batch);
      await new Promise<void>((resolve) => unacknowledged.push(resolve));
      return { created: 0, updated: 0, unchanged: 0, stale: 0, errors: [] };
    },
  } as unknown as BegunContext;
  return {
    context,
    sent,
    steps: () => steps,
    chunksSent: () => sent.map(({ run }) => run.chunk),
    acknowledge: async () => {
      unacknowledged.shift()!();
      await settle();
    },
  };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

function pageOf(chunks: number): PackedPage {
  return {
    records: chunks,
    hasMore: false,
    continueFrom: null,
    date: null,
    calls: 1,
    ms: 1,
    expected: null,
    isPastFuture: false,
    rechecks: null,
    reader: null,
    commits: [],
    asked: null,
    unnamed: 0,
    retriesQuarantined: false,
    stamp: null,
    list: null,
    doubts: [],
    rest: [],
    bytes: 1,
    chunks,
    readChunk: async () => ({ customers: [], contact_methods: [], rechecked: [], rejected: [] }),
  };
}

test('three chunks of a page are under way at once, and each is sent once', async () => {
  const { context, chunksSent, acknowledge } = createRun();
  const written = syncPage(context, 'sync', pageOf(5));
  await settle();
  expect(chunksSent()).toEqual([0, 1, 2]);
  await acknowledge();
  expect(chunksSent()).toEqual([0, 1, 2, 3]);
  for (let chunk = 1; chunk < 5; chunk += 1) await acknowledge();
  await written;
  expect(chunksSent()).toEqual([0, 1, 2, 3, 4]);
});

test("R12: the page's token is sent when every chunk is acknowledged, and not before", async () => {
  const { context, sent, acknowledge } = createRun();
  const written = syncPage(context, 'sync', pageOf(2), commit);
  await settle();
  await acknowledge();
  expect(sent.map((batch) => batch.commit)).toEqual([null, null]);
  await acknowledge();
  expect(sent.map((batch) => batch.commit)).toEqual([null, null, commit]);
  expect(sent[2]).toMatchObject({ customers: [], contact_methods: [], rechecked: [], rejected: [] });
  await acknowledge();
  await written;
});

test('R12: a chunk that is not acknowledged keeps the token back', async () => {
  const { context } = createRun();
  const sent: Batch[] = [];
  const failing = {
    ...context,
    writeBatch: async (batch: Batch) => {
      sent.push(batch);
      throw new Error('no answer');
    },
  } as BegunContext;
  await expect(syncPage(failing, 'sync', pageOf(2), commit)).rejects.toThrow('no answer');
  expect(sent.every((batch) => batch.commit === null)).toBe(true);
});

test('the only chunk of a page carries the token, so that one changed contact is one call', async () => {
  const { context, sent, acknowledge } = createRun();
  const written = syncPage(context, 'sync', pageOf(1), commit);
  await settle();
  await acknowledge();
  await written;
  expect(sent.map((batch) => batch.commit)).toEqual([commit]);
});

test('a page without records needs no step', async () => {
  const { context, steps, sent } = createRun();
  await syncPage(context, 'sync', { ...pageOf(1), records: 0 }, commit);
  expect({ steps: steps(), sent }).toEqual({ steps: 0, sent: [] });
});
