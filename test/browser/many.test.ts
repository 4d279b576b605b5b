import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { sealConnection } from '../../src/credentials/sealConnection.ts';
import { admin } from '../support/database.ts';
import { eventually, open, useBrowser, workerUrl } from './browse.ts';

useBrowser();

/** Of the README; `PICTURE=1 npm test -- --project browser` takes it anew. */
const PICTURE = join(import.meta.dirname, '../../docs/status-page.png');

/** A thousand connected workspaces with fresh data, two of which are not. */
async function createThousand(): Promise<void> {
  await admin`insert into public.workspaces (id, name, time_zone)
    select 'm' || n, 'Firm ' || n, 'America/Denver' from generate_series(1, 1000) as n`;
  const keys = { CREDENTIALS_KEY: inject('stack').credentialsKey, CREDENTIALS_KEY_PREVIOUS: undefined };
  const credentials = { environment: 'production', clientId: 'client', clientSecret: 'secret', appKey: 'app' } as const;
  const sealed = await Promise.all(
    Array.from({ length: 1000 }, async (_, index) => ({
      workspace_id: `m${index + 1}`,
      ...(await sealConnection(keys, `m${index + 1}`, { tenantId: String(index + 1), ...credentials })),
    })),
  );
  await admin`insert into public.servicetitan_connections ${admin(sealed)}`;
  await admin`insert into public.servicetitan_sync_state
      (workspace_id, source, sync_status, initial_sync_completed, last_sync_created, last_sync_updated,
        last_completed_at, last_modified_cursor)
    select 'm' || n, 'production/' || n, 'completed', true, n % 4, n % 37, now() - interval '5 minutes',
      now() - case when n in (500, 900) then interval '2 hours' else interval '5 minutes' end
    from generate_series(1, 1000) as n
    on conflict (workspace_id) do update set source = excluded.source, sync_status = excluded.sync_status,
      initial_sync_completed = true, last_modified_cursor = excluded.last_modified_cursor`;
}

test('of a thousand workspaces those that need a look come first, and the others are found', async () => {
  await createThousand();
  const page = await open(workerUrl);
  await page.getByRole('heading', { name: '2 of 1,000 workspaces need a look' }).waitFor();
  const rows = page.getByRole('rowheader');
  expect(await rows.count()).toBe(50);
  expect(await rows.first().innerText()).toContain('Firm 500');
  expect(await rows.nth(1).innerText()).toContain('Firm 900');
  if (process.env['PICTURE']) await page.screenshot({ path: PICTURE });

  await page.getByRole('button', { name: 'Show 50 more' }).click();
  await eventually(() => rows.count()).toBe(100);
  await page.getByRole('button', { name: /^Late 2/ }).click();
  await eventually(() => rows.count()).toBe(2);
  await page.getByRole('button', { name: /^All 1,000/ }).click();
  await page.getByRole('searchbox').fill('firm 77');
  await eventually(() => rows.allInnerTexts()).toHaveLength(11);
  await page.getByRole('searchbox').fill('no such firm');
  await page.getByText('No workspace matches').waitFor();
});

test('the keyboard alone gets one from the address to a workspace and back', async () => {
  await createThousand();
  const page = await open(workerUrl);
  await page.getByRole('table').waitFor();
  const focused = () => page.evaluate('document.activeElement.textContent.trim() || document.activeElement.id');
  const visited: unknown[] = [];
  for (let presses = 0; presses < 20 && visited.at(-1) !== 'Firm 500'; presses++) {
    await page.keyboard.press('Tab');
    visited.push(await focused());
    expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).not.toBe('none');
  }
  expect(visited).toEqual([
    'Skip to the content',
    'Workspaces',
    'Ask why',
    'Deployment',
    'search',
    'All 1,000',
    'Needs a look 2',
    'Late 2',
    'Fresh 998',
    'Firm 500',
  ]);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Firm 500' }).waitFor();
  expect(await page.evaluate('document.activeElement.tagName')).toBe('H1');
  await page.goBack();
  await page.getByRole('heading', { name: '2 of 1,000 workspaces need a look' }).waitFor();
});
