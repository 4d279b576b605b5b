// R4: the cursor never goes back, but for the end of an initial sync, which sets it.
import { expect, test } from 'vitest';
import { runSync } from '../support/ring.ts';
import { createWorkspace, type TestWorkspace } from '../support/workspace.ts';

const HOUR_MS = 3_600_000;
const instant = async ({ state }: TestWorkspace, column: 'last_modified_cursor' | 'initial_started_at') =>
  Date.parse(String((await state())[column]));

test('R4: a clock that is set back does not take the cursor back', async () => {
  const workspace = await createWorkspace({ customers: 3 });
  await runSync(workspace);
  await runSync(workspace);
  const before = await instant(workspace, 'last_modified_cursor');
  const late = Date.now() - HOUR_MS;
  expect((await runSync(workspace, { now: () => late })).outcome).toEqual({ status: 'completed' });
  expect(await instant(workspace, 'last_modified_cursor')).toBe(before);
});
