// The heading while the list can't be read and one of its workspaces can.
import { expect, test } from 'vitest';
import { admin } from '../support/database.ts';
import { createWorkspace } from '../support/workspace.ts';
import { open, useBrowser, workerUrl } from './browse.ts';
import { syncedWorkspace } from './synced.ts';

useBrowser();

const LOOK_AGAIN = `document.dispatchEvent(new Event('visibilitychange'))`;

test('a workspace that is followed closely does not make an old list known again', async () => {
  const fine = await syncedWorkspace({ customers: 3 });
  const running = await createWorkspace({ customers: 3 });
  await running.simulator('POST', '/faults', {
    match: { pathIncludes: '/export/' },
    times: 1000,
    fault: { status: 500, body: 'problem' },
  });
  const page = await open(`${workerUrl}/#/workspaces/${running.workspaceId}`);
  await page.getByRole('button', { name: 'Sync now' }).click();
  await page
    .locator('.standing')
    .getByText(/^Attempt 1 of 6 failed/)
    .waitFor();
  const list = await open(workerUrl);
  await list.getByRole('heading', { name: 'No workspace needs a look' }).waitFor();
  await list.route(/\/workspaces\?/, (route) => route.fulfill({ status: 503, json: { success: false } }));
  await admin`update public.servicetitan_sync_state set last_error = 'It failed.' where workspace_id = ${fine.workspaceId}`;
  await list.evaluate(LOOK_AGAIN);
  const notKnown = list.getByRole('heading', { name: 'How the workspaces stand is not known' });
  await notKnown.waitFor();
  const followed = () =>
    list.waitForResponse((response) => response.url().endsWith(`/workspaces/${running.workspaceId}`));
  await followed();
  await followed();
  expect(await notKnown.count()).toBe(1);
  expect(await list.title()).toContain('is not known');
});
