// R6: a checkpoint goes on where it stands, whatever has changed since it was stored.
import { describe, expect, test } from 'vitest';
import {
  bend,
  changedWindow,
  type ChangedWindow,
  doubtsOf,
  notRenamed,
  pagesAsked,
  pagesOf,
} from '../support/listWindow.ts';
import { type RingOptions, runSync } from '../support/ring.ts';

const COMPLETED = { status: 'completed' };

/** A window in pages of twelve that hands over behind its first, with something done to the checkpoint or to ServiceTitan. */
async function handedOver(
  { workspace }: ChangedWindow,
  meanwhile: (checkpoint: Record<string, unknown>) => Promise<object | void>,
  options: RingOptions = {},
) {
  let isDone = false;
  const run = await runSync(workspace, {
    ...pagesOf(12, 1),
    ...options,
    beforeStep: async (name) => {
      if (name !== 'start-successor' || isDone) return;
      isDone = true;
      const { checkpoint } = await workspace.state();
      const changed = await meanwhile(checkpoint as Record<string, unknown>);
      if (changed)
        await workspace.supabase
          .from('servicetitan_sync_state')
          .update({ checkpoint: changed })
          .eq('workspace_id', workspace.workspaceId);
      await workspace.simulator('DELETE', '/requests');
    },
  });
  return run;
}
/** Only calls that ask for pages of this size. */
const ofSize = (size: number) => ({ queryIncludes: `pageSize=${size}&` });

test('R6: a checkpoint tells what its pages have shown', async () => {
  const window = await changedWindow(30);
  let stored: object = {};
  await handedOver(window, async (checkpoint) => void (stored = checkpoint));
  expect(stored).toEqual({
    modified_on_or_after: expect.any(String),
    page_size: 12,
    next_page: 2,
    started_at: expect.any(String),
    seen: {
      greatest_id: String(window.ids[11]),
      told: 30,
      total: 30,
      read: 12,
      rows: 12,
      unread: 0,
      pages: [expect.stringMatching(/^[0-9a-f]{16}$/)],
    },
  });
  expect(await notRenamed(window.workspace, window.ids)).toEqual([]);
});

test.for([
  ['stored none', (seen: unknown) => void seen],
  ['stored null', () => null],
  ['stored another form', () => ({ told: 'many' })],
] as const)(
  'R6: a checkpoint of a version that %s of it is gone on with, and no doubt follows from it',
  async ([, change]) => {
    const window = await changedWindow(30);
    const run = await handedOver(window, async ({ seen, ...checkpoint }) => {
      const changed = change(seen);
      return changed === undefined ? checkpoint : { ...checkpoint, seen: changed };
    });
    expect(run.outcome).toEqual(COMPLETED);
    expect(await pagesAsked(window.workspace)).toEqual(['2/12', '3/12']);
    expect(await notRenamed(window.workspace, window.ids)).toEqual([]);
    expect(await doubtsOf(window.workspace, run)).toEqual([]);
  },
);

describe('R6: a page size that ServiceTitan does not serve any more', () => {
  test.for([400, 413, 422, 500] as const)('(%i) is divided until it serves, and stays so', async (status) => {
    const window = await changedWindow(36);
    const { workspace, ids } = window;
    const run = await handedOver(
      window,
      async () => {
        for (const size of [12, 6]) await bend(workspace, { status, body: 'problem' }, ofSize(size));
      },
      pagesOf(12, 2),
    );
    // The first instance reads two pages.
    expect(run.outcome).toEqual(COMPLETED);
    expect(await notRenamed(workspace, ids)).toEqual([]);
    expect(await doubtsOf(workspace, run)).toEqual([]);
    const asked = (await pagesAsked(workspace)).filter((page) => !page.endsWith('/1'));
    expect([...new Set(asked)]).toEqual(['3/12', '5/6', '9/3', '10/3', '6/6', '11/3', '12/3']);
  });

  test('is not tried again behind the page that showed it, nor by the successors', async () => {
    const window = await changedWindow(48);
    const { workspace, ids } = window;
    const run = await handedOver(window, async () => bend(workspace, { status: 422, body: 'problem' }, ofSize(12)));
    expect(run.outcome).toEqual(COMPLETED);
    expect(await notRenamed(workspace, ids)).toEqual([]);
    expect((await pagesAsked(workspace)).filter((page) => page.endsWith('/12'))).toEqual(['2/12']);
    expect(run.steps.filter((name) => name === 'hand-over').length).toBeGreaterThan(2);
  });

  test('while nothing else is answered either is an outage: the checkpoint stays, and the next run goes on', async () => {
    const window = await changedWindow(36);
    const { workspace, ids } = window;
    const run = await handedOver(window, async () => bend(workspace, { status: 422, body: 'problem' }));
    expect(run.outcome).toBeInstanceOf(Error);
    expect((await workspace.state()).checkpoint).toMatchObject({ page_size: 12, next_page: 2 });
    await workspace.simulator('DELETE', '/faults');
    expect((await runSync(workspace)).outcome).toEqual(COMPLETED);
    expect(await notRenamed(workspace, ids)).toEqual([]);
  });

  test('is not what is at fault where every call is refused: nobody is passed over', async () => {
    const { workspace } = await changedWindow(6);
    const { last_modified_cursor: cursor } = await workspace.state();
    await bend(workspace, { status: 400, body: 'problem' }, { queryIncludes: 'includeTotal=true' });
    const run = await runSync(workspace, pagesOf(3));
    expect(String(run.outcome)).toContain('servicetitan_request');
    expect(await doubtsOf(workspace, run)).toEqual([]);
    expect(await workspace.state()).toMatchObject({ last_modified_cursor: cursor });
  });

  test('costs a new window no less: a size set too large is divided as well', async () => {
    const { workspace, ids } = await changedWindow(20);
    await bend(workspace, { status: 400, body: 'problem' }, ofSize(5000));
    const run = await runSync(workspace, pagesOf(5000));
    expect(run.outcome).toEqual(COMPLETED);
    expect(await notRenamed(workspace, ids)).toEqual([]);
  });
});
