// The page about a deployment of which something is broken: the database's schema, here, of the real one.
import { expect, onTestFinished, test } from 'vitest';
import { admin } from '../support/database.ts';
import { open, useBrowser, workerUrl } from './browse.ts';
import { syncedWorkspace } from './synced.ts';

useBrowser();

test('what is not well is shown with what to do, in the list too while it fails, and what is well beside it', async () => {
  await syncedWorkspace({ customers: 1 });
  await admin`insert into public.servicetitan_ticks (deployment, last_tick_at) values ('production', now())
    on conflict (deployment) do update set last_tick_at = now()`;
  const page = await open(`${workerUrl}/#/doctor`);
  // The stack of these tests has neither alerts nor a heartbeat.
  await page.getByRole('heading', { name: 'Nothing fails, with 2 warnings' }).waitFor();
  expect(await page.title()).toContain('Nothing fails');
  await page.getByRole('heading', { name: 'Warning Heartbeat' }).waitFor();
  await page.getByText('Set HEARTBEAT_URL to the address of a dead').waitFor();
  await page.getByText(/^\d\d checks well$/).click();
  await page.getByText('It holds what this Worker wants.').waitFor();

  const restore = () =>
    admin`alter function public.prune_no_history rename to prune_servicetitan_history`.then(() => {});
  onTestFinished(restore);
  await admin`alter function public.prune_servicetitan_history rename to prune_no_history`;
  await page.getByRole('button', { name: 'Look again' }).click();
  await page.getByRole('heading', { name: '1 check of the deployment fails' }).waitFor();
  await page.getByRole('heading', { name: 'Fails Schema of the database' }).waitFor();
  await page.getByText('the function prune_servicetitan_history is missing').waitFor();
  await page.getByText(/^Apply supabase\/migrations of the version/).waitFor();

  const list = await open(workerUrl);
  await list.getByRole('heading', { name: 'The workspace is fresh' }).waitFor();
  await list.getByRole('status').getByText('The deployment is not well: Schema of the database.').waitFor();
  await list.getByRole('link', { name: 'See what to do' }).click();
  await list.getByRole('heading', { name: '1 check of the deployment fails' }).waitFor();
});

test('while the Worker can not be reached nobody says how the deployment stands', async () => {
  const page = await open(`${workerUrl}/#/doctor`);
  await page.getByRole('button', { name: 'Look again' }).waitFor();
  await page.context().setOffline(true);
  await page.getByRole('button', { name: 'Look again' }).click();
  await page.getByRole('heading', { name: 'How the deployment stands is not known' }).waitFor();
  expect(await page.title()).toContain('How the deployment stands is not known');
});
