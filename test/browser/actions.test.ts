import { expect, test } from 'vitest';
import { eventually, open, useBrowser, workerUrl } from './browse.ts';
import { syncedWorkspace } from './synced.ts';

useBrowser();

test('pause and resume say what they did, and a sync of a paused workspace is refused in words', async () => {
  const workspace = await syncedWorkspace({ customers: 2 });
  const page = await open(`${workerUrl}/#/workspaces/${workspace.workspaceId}`, { size: 'phone' });
  const answer = page.locator('.actions').getByRole('status');
  await page.getByRole('button', { name: 'Pause' }).click();
  await eventually(() => answer.innerText()).toMatch(/^Paused/);
  await page.locator('.standing').getByText('Paused', { exact: true }).waitFor();

  await page.getByRole('button', { name: 'Sync now' }).click();
  await eventually(() => answer.innerText()).toMatch(/switched off|paused/i);
  expect(await workspace.state()).toMatchObject({ sync_status: 'completed' });

  await page.getByRole('button', { name: 'Resume' }).click();
  await eventually(() => answer.innerText()).toMatch(/^Resumed/);
  await page.locator('.standing').getByText('Fresh', { exact: true }).waitFor();
});

test('R18: a check of everything asks first: Escape leaves all as it was, and a sync at once is refused by name', async () => {
  const workspace = await syncedWorkspace({ customers: 2 });
  await workspace.simulator('POST', '/faults', { match: { pathIncludes: '/export/' }, fault: { delayMs: 1500 } });
  const page = await open(`${workerUrl}/#/workspaces/${workspace.workspaceId}`);
  const ask = page.getByRole('button', { name: 'Check everything now…' });
  await ask.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', { name: 'Check everything' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  // Back where one was, and nothing has begun.
  expect(await page.evaluate('document.activeElement.textContent')).toBe('Check everything now…');
  expect(await workspace.state()).toMatchObject({ sync_status: 'completed' });

  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Check everything', exact: true }).click();
  await page.getByText('Comparison started').waitFor();
  await page.getByRole('button', { name: 'Sync now' }).click();
  await page.getByText(/A sync of this workspace is under way: sync-/).waitFor();
  await page.getByRole('link', { name: 'See that run' }).waitFor();
  const proofs = () =>
    workspace.supabase.from('servicetitan_proofs').select('whole').eq('workspace_id', workspace.workspaceId);
  await eventually(async () => (await proofs()).data).toEqual([{ whole: true }]);
});

test('the why box answers in a sentence, with what it was made of, and says when an id is none', async () => {
  const workspace = await syncedWorkspace({ customers: 2 });
  const [id] = [...(await workspace.contacts()).keys()];
  const page = await open(`${workerUrl}/#/why`);
  const customer = page.getByLabel('ServiceTitan customer id');
  await customer.fill(String(id));
  await page.keyboard.press('Enter');
  const sentence = page.locator('.sentence');
  await eventually(() => sentence.innerText()).toMatch(/ServiceTitan/);
  await page.getByText('What this is made of').click();
  expect(await page.locator('dl.findings').innerText()).toMatch(new RegExp(`customer id\\s+${id}`));

  await customer.fill('999999999999');
  await page.getByRole('button', { name: 'Ask' }).click();
  await eventually(() => sentence.innerText()).toMatch(/check the id/);
  await customer.fill('plumber');
  await page.keyboard.press('Enter');
  expect(await page.evaluate(`document.getElementById('why-customer').validity.valid`)).toBe(false);
});
