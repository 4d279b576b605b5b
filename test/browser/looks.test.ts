// How each view reads: axe, on a phone in light, and once more its contrast on a desktop in dark.
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { readWorld } from '../support/truth.ts';
import { closedUrl, open, SIZES, useBrowser, workerUrl } from './browse.ts';
import { syncedWorkspace } from './synced.ts';

useBrowser();

test('axe finds nothing in any view, in light and in dark, and no view is wider than a phone', async () => {
  const workspace = await syncedWorkspace({ customers: 30, switches: { exportLagSeconds: 0 } });
  const { workspaceId } = workspace;
  const [{ id } = { id: 0 }] = (await readWorld(workspace)).customers;
  await workspace.simulator('PATCH', `/customers/${id}`, { raw: { modifiedOn: 'soon' } });
  const paged = await open(`${workerUrl}/#/workspaces/${workspaceId}`);
  await paged.getByRole('button', { name: 'Sync now' }).click();
  const run = (await paged.getByRole('link', { name: /^sync-/ }).getAttribute('href'))!;
  await paged.getByRole('table', { name: 'Customers set aside' }).waitFor();

  const views: [string, string][] = [
    [closedUrl, 'Sign in'],
    [workerUrl, 'The workspace is fresh'],
    [`${workerUrl}/#/workspaces/${workspaceId}`, 'Customers set aside'],
    [`${workerUrl}/${run}`, 'Steps'],
    [`${workerUrl}/#/why`, 'Why is this contact not right?'],
    [`${workerUrl}/#/doctor`, 'Nothing fails'],
    [`${workerUrl}/#/nowhere`, 'There is no such view'],
  ];
  const violations = (page: Page, rules = '') =>
    page.evaluate<string[]>(
      `axe.run(document, {${rules}}).then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes[0].html))`,
    );
  for (const [address, heading] of views) {
    const page = await open(address, { size: 'phone' });
    await page.getByRole('heading', { name: heading }).waitFor();
    await page.evaluate(axe.source);
    const wider = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
    expect([heading, await violations(page), wider]).toEqual([heading, [], 0]);
    await page.setViewportSize(SIZES.desktop);
    await page.emulateMedia({ colorScheme: 'dark' });
    expect([heading, await violations(page, "runOnly: ['color-contrast']")]).toEqual([heading, []]);
    await page.context().close();
  }
}, 120_000);
