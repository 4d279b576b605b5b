// What the page's heading and the tab say while something is wrong: never that all is fresh.
import { expect, test } from 'vitest';
import type { TestWorkspace } from '../support/workspace.ts';
import { createWorkspace } from '../support/workspace.ts';
import { open, useBrowser, workerUrl } from './browse.ts';
import { syncedWorkspace } from './synced.ts';

useBrowser();

const LOOK_AGAIN = `document.dispatchEvent(new Event('visibilitychange'))`;
type Tab = Awaited<ReturnType<typeof open>>;

const fails = (workspace: TestWorkspace, pathIncludes: string, status: number) =>
  workspace.simulator('POST', '/faults', { match: { pathIncludes }, times: 1000, fault: { status, body: 'problem' } });

async function expectHeading(list: Tab, name: string): Promise<void> {
  await list.evaluate(LOOK_AGAIN);
  await list.getByRole('heading', { name, exact: true }).waitFor();
  expect(await list.title()).toContain(name);
}

async function syncNow(workspace: TestWorkspace): Promise<Tab> {
  const page = await open(`${workerUrl}/#/workspaces/${workspace.workspaceId}`);
  await page.getByRole('button', { name: 'Sync now' }).click();
  return page;
}

test('in an outage a run that tries again does not hide that the last one failed', async () => {
  const workspace = await syncedWorkspace({ customers: 3 });
  const list = await open(workerUrl);
  await expectHeading(list, 'The workspace is fresh');

  await fails(workspace, '/customers', 404);
  const page = await syncNow(workspace);
  await page.locator('.standing').getByText('Failing', { exact: true }).waitFor();
  await expectHeading(list, '1 of 1 workspace needs a look');

  await workspace.simulator('DELETE', '/faults');
  await fails(workspace, '/customers', 500);
  await page.getByRole('button', { name: 'Sync now' }).click();
  await page
    .locator('.standing')
    .getByText(/^Attempt 1 of 6 failed, the next one comes at .*ServiceTitan failed on GET/)
    .waitFor();
  expect(await page.locator('.standing').getByText('Failing', { exact: true }).count()).toBe(1);
  await page
    .locator('.standing')
    .getByText(/^ServiceTitan refused the call .* with 404/)
    .waitFor();
  await expectHeading(list, '1 of 1 workspace needs a look');
  await list.getByText(/Attempt 1 of 6 failed/).waitFor();

  await workspace.simulator('DELETE', '/faults');
  await page.locator('.standing').getByText('Fresh', { exact: true }).waitFor({ timeout: 40_000 });
  await expectHeading(list, 'The workspace is fresh');
});

test('a first sync is called that, and not fresh, until its customers are here', async () => {
  const workspace = await createWorkspace({ customers: 3 });
  await fails(workspace, '/export/', 500);
  const list = await open(workerUrl);
  await expectHeading(list, 'No workspace needs a look');
  const page = await syncNow(workspace);
  await page
    .locator('.standing')
    .getByText(/^Attempt 1 of 6 failed/)
    .waitFor();
  await page.locator('.standing').getByText('None of its customers is here yet.').waitFor();
  await expectHeading(list, 'No workspace needs a look');
  expect(await list.getByText('First sync', { exact: true }).count()).toBe(1);

  await workspace.simulator('DELETE', '/faults');
  await page.locator('.standing').getByText('Fresh', { exact: true }).waitFor({ timeout: 40_000 });
  await expectHeading(list, 'The workspace is fresh');
});
