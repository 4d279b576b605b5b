import { expect, test } from 'vitest';
import { createWorkspace } from '../support/workspace.ts';
import { eventually, open, workerUrl } from './browse.ts';

const CUSTOMERS = 600;

test('a first sync is seen moving to its end, on a phone in the list and on a desktop in its own view', async () => {
  const workspace = await createWorkspace({ customers: CUSTOMERS, switches: { exportBatchSize: 100 } });
  await workspace.simulator('POST', '/faults', {
    match: { pathIncludes: '/export/customers' },
    times: 100,
    fault: { delayMs: 700 },
  });
  const desktop = await open(`${workerUrl}/#/workspaces/${workspace.workspaceId}`);
  await desktop.getByText('Not synced yet').waitFor();
  await desktop.getByRole('button', { name: 'Sync now' }).click();
  await desktop.getByRole('status').filter({ hasText: 'Sync started' }).waitFor();
  const phone = await open(workerUrl, { size: 'phone' });

  await desktop.getByText(/\d\sof\s600\scustomers.*a\ssecond/).waitFor();
  for (const page of [desktop, phone]) {
    const bar = page.getByRole('progressbar');
    const done = async () => Number((await bar.getAttribute('value').catch(() => null)) ?? Number.NaN);
    await eventually(done).toBeGreaterThan(0);
    const before = await done();
    await eventually(done).toBeGreaterThan(before);
  }
  await desktop.locator('.standing').getByText('Fresh', { exact: true }).waitFor();
  const run = desktop.getByRole('table', { name: /Last runs/ }).getByRole('row', { name: /Completed/ });
  await eventually(() => run.innerText()).toContain('600');
  await phone.getByRole('heading', { name: 'The workspace is fresh' }).waitFor();

  // The plot has come too, in more colours than that of the paper.
  await desktop.getByRole('img', { name: /Plot of the last 1 run/ }).waitFor();
  const colours = `new Set(new Uint32Array(document.querySelector('canvas').getContext('2d')
    .getImageData(0, 0, 600, 150).data.buffer)).size`;
  await eventually(() => desktop.evaluate(colours)).toBeGreaterThan(3);
});

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
