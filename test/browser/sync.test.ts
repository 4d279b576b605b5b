import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { createWorkspace } from '../support/workspace.ts';
import { eventually, open, useBrowser, workerUrl } from './browse.ts';

useBrowser();

const CUSTOMERS = 300;

test('a first sync is seen moving to its end, on a phone in the list and on a desktop in its own view', async () => {
  const workspace = await createWorkspace({ customers: CUSTOMERS, switches: { exportBatchSize: 30 } });
  // Slow until both have seen it move; the contacts, which come first, are not.
  await workspace.simulator('POST', '/faults', [
    { match: { pathIncludes: '/export/customers/contacts' }, times: 1000, fault: {} },
    { match: { pathIncludes: '/export/customers' }, times: 1000, fault: { delayMs: 2000 } },
  ]);
  const desktop = await open(`${workerUrl}/#/workspaces/${workspace.workspaceId}`);
  await desktop.getByText('First sync', { exact: true }).waitFor();
  await desktop.getByRole('button', { name: 'Sync now' }).click();
  await desktop.getByRole('status').filter({ hasText: 'Sync started' }).waitFor();
  const phone = await open(workerUrl, { size: 'phone' });

  const seenMoving = async (page: Page) => {
    const bar = page.locator('progress[value]');
    await bar.waitFor({ timeout: 40_000 });
    const done = async () => Number(await bar.getAttribute('value'));
    const before = await done();
    await eventually(done).toBeGreaterThan(before);
  };
  await Promise.all([
    seenMoving(desktop),
    seenMoving(phone),
    desktop.getByText(/\d\sof\s300\scustomers/).waitFor({ timeout: 40_000 }),
  ]);
  await workspace.simulator('DELETE', '/faults');

  await desktop.locator('.standing').getByText('Fresh', { exact: true }).waitFor();
  const run = desktop.getByRole('table', { name: /Last runs/ }).getByRole('row', { name: /Completed/ });
  await eventually(() => run.innerText()).toContain('300');
  await phone.getByRole('heading', { name: 'The workspace is fresh' }).waitFor();

  // The plot has come too, in more colours than that of the paper.
  await desktop.getByRole('img', { name: /Plot of the last 1 run/ }).waitFor();
  const colours = `new Set(new Uint32Array(document.querySelector('canvas').getContext('2d')
    .getImageData(0, 0, 600, 150).data.buffer)).size`;
  await eventually(() => desktop.evaluate(colours)).toBeGreaterThan(3);
}, 120_000);

test("a run's own view names its outcome and its numbers", async () => {
  const workspace = await createWorkspace({ customers: 3 });
  const page = await open(`${workerUrl}/#/workspaces/${workspace.workspaceId}`);
  await page.getByRole('button', { name: 'Sync now' }).click();
  await page.getByRole('link', { name: /^sync-/ }).click();
  await page.getByRole('heading', { name: 'Run', exact: true }).waitFor();
  expect(await page.evaluate('document.activeElement.tagName')).toBe('H1');
  await page.getByRole('status').filter({ hasText: 'Completed' }).waitFor();
  expect(await page.locator('dl.facts').innerText()).toMatch(/Kind\s+Full[^]*Read\s+3[^]*Created\s+3/);
  await page.getByRole('link', { name: `Workspace ${workspace.workspaceId}` }).click();
  await page.getByRole('heading', { name: /^Workspace \d+$/ }).waitFor();

  await page.goto(`${workerUrl}/#/runs/sync-nobody-1770520988299`);
  await page.getByRole('heading', { name: 'There is no such run' }).waitFor();
});
