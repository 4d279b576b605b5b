import { expect, test } from 'vitest';
import { readWorld } from '../support/truth.ts';
import { createWorkspace } from '../support/workspace.ts';
import { open, useBrowser, workerUrl } from './browse.ts';
import { syncedWorkspace } from './synced.ts';

useBrowser();

/** As if one came back to the tab: the list asks at once, not only after its quarter of a minute. */
const LOOK_AGAIN = `document.dispatchEvent(new Event('visibilitychange'))`;

test('refused credentials appear at the top with what to do, and clear when they are taken again', async () => {
  const [workspace, other] = [await syncedWorkspace({ customers: 3 }), await syncedWorkspace({ customers: 3 })];
  await workspace.simulator('POST', '/faults', {
    match: { pathIncludes: '/connect/token' },
    times: 100,
    fault: { status: 400, body: 'problem' },
  });
  // The token that ServiceTitan gave before ends too.
  await workspace.simulator('POST', '/faults', { match: { pathIncludes: '/crm/' }, fault: { revokeTokens: true } });
  const list = await open(workerUrl);
  await list.getByRole('heading', { name: 'All 2 workspaces are fresh' }).waitFor();

  const page = await open(`${workerUrl}/#/workspaces/${workspace.workspaceId}`, { size: 'phone' });
  await page.getByRole('button', { name: 'Sync now' }).click();
  await page.locator('.standing').getByText('Refused', { exact: true }).waitFor();
  await page
    .locator('.standing p:not(.hidden)')
    .getByText(/Connect it again or press Sync now/)
    .waitFor();
  await list.evaluate(LOOK_AGAIN);
  await list.getByRole('heading', { name: '1 of 2 workspaces needs a look' }).waitFor();
  const first = list.getByRole('row').nth(1);
  expect(await first.innerText()).toMatch(new RegExp(`${workspace.workspaceId}[^]*Refused`));
  await list.getByRole('button', { name: /Needs a look 1/ }).click();
  expect(await list.getByRole('link', { name: /^Workspace / }).count()).toBe(1);
  expect(await list.getByText(other.workspaceId).count()).toBe(0);

  await workspace.simulator('DELETE', '/faults');
  await page.getByRole('button', { name: 'Sync now' }).click();
  await page.locator('.standing').getByText('Fresh', { exact: true }).waitFor();
  await list.evaluate(LOOK_AGAIN);
  await list.getByRole('heading', { name: 'All 2 workspaces are fresh' }).waitFor();
});

test('a customer that is set aside is shown with its reason, until it passes', async () => {
  const workspace = await createWorkspace({ customers: 4, switches: { exportLagSeconds: 0 } });
  const [{ id } = { id: 0 }] = (await readWorld(workspace)).customers;
  await workspace.simulator('PATCH', `/customers/${id}`, { raw: { modifiedOn: 'soon' } });
  const page = await open(`${workerUrl}/#/workspaces/${workspace.workspaceId}`);
  await page.getByText('None: every customer that ServiceTitan showed is written.').waitFor();
  const sync = async () => {
    await page.getByRole('button', { name: 'Sync now' }).click();
    await page.getByRole('status').filter({ hasText: 'Sync started' }).waitFor();
    await page.locator('.standing').getByText('Fresh', { exact: true }).waitFor();
  };
  await sync();
  const row = page
    .getByRole('table', { name: 'Customers set aside' })
    .getByRole('row', { name: new RegExp(String(id)) });
  expect(await row.innerText()).toMatch(/modifiedOn/);

  await workspace.simulator('PATCH', `/customers/${id}`, { raw: {} });
  await sync();
  await page.getByText('None: every customer that ServiceTitan showed is written.').waitFor();
});

test('while the Worker can not be reached the last data stays, with its age, until it is back', async () => {
  await syncedWorkspace({ customers: 1 });
  const page = await open(workerUrl);
  await page.getByRole('heading', { name: 'The workspace is fresh' }).waitFor();
  await page.context().setOffline(true);
  await page.evaluate(LOOK_AGAIN);
  await page.getByText(/The Worker does not answer\. What you see is \d+ s old/).waitFor();
  // Nobody knows how they stand any more, so neither the heading nor the tab calls anything fresh.
  await page.getByRole('heading', { name: 'How the workspaces stand is not known' }).waitFor();
  expect(await page.title()).toMatch(/^How the workspaces stand is not known/);
  expect(await page.getByText('Fresh', { exact: true }).count()).toBe(0);

  await page.context().setOffline(false);
  await page.evaluate(LOOK_AGAIN);
  await page.getByText('The Worker does not answer').waitFor({ state: 'detached' });
  await page.getByRole('heading', { name: 'The workspace is fresh' }).waitFor();
});
