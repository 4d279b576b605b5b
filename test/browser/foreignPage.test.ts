// What a page of another origin can do to the local stack: nothing. Proved with a page, because curl obeys no browser's rules.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { expect, inject, onTestFinished, test } from 'vitest';
import { roleToken } from '../../local/supabase/keys.ts';
import { admin } from '../support/database.ts';
import { open, useBrowser, workerUrl } from './browse.ts';
import { REBOUND_HOST } from './chromium.ts';
import { syncedWorkspace } from './synced.ts';

useBrowser();

const { supabaseUrl, publishableKey, jwtSecret, serviceTitanUrl } = inject('stack');
const rebound = (url: string) => url.replace('127.0.0.1', REBOUND_HOST);

/** A page of another port of this machine, which is as foreign as any on the internet. */
async function openForeignPage(): Promise<Page> {
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end('<!doctype html><title>Foreign</title><iframe name="hidden"></iframe>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return open(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
}

/** What the page sees of an answer: its status and text, or that it may see nothing. */
const fetchIn = (page: Page, url: string, init: object = {}) =>
  page.evaluate(
    `fetch(${JSON.stringify(url)}, ${JSON.stringify(init)}).then(
      async (answer) => answer.type === 'opaque' ? 'nothing' : answer.status + ' ' + (await answer.text()),
      () => 'nothing',
    )`,
  );

/** As a form does, in an old browser too: no preflight, no header of its own. */
const blindly = (body: object) => ({ method: 'POST', mode: 'no-cors', body: JSON.stringify(body) });

test('a page of another origin neither reads nor writes the database, not even with the real keys', async () => {
  const { workspaceId } = await syncedWorkspace({ customers: 2 });
  const page = await openForeignPage();
  const headers = { apikey: publishableKey, authorization: `Bearer ${roleToken('service_role', jwtSecret)}` };
  const url = `${supabaseUrl}/rest/v1/workspaces`;
  // Outside of a browser these keys open all of it.
  expect((await fetch(url, { headers })).status).toBe(200);
  expect(await fetchIn(page, url, { headers })).toBe('nothing');
  expect(await fetchIn(page, `${url}?apikey=${publishableKey}`)).toBe('nothing');
  const json = { ...headers, 'content-type': 'application/json' };
  expect(await fetchIn(page, url, { method: 'POST', headers: json, body: '{"id":"planted"}' })).toBe('nothing');
  await fetchIn(page, `${url}?apikey=${publishableKey}`, blindly({ id: 'planted' }));
  await fetchIn(page, `${url}?id=eq.${workspaceId}`, { method: 'DELETE', headers });
  expect(await admin`select id from public.workspaces`).toEqual([{ id: workspaceId }]);

  const answer = await page.goto(`${rebound(supabaseUrl)}/rest/v1/workspaces?apikey=${publishableKey}`);
  expect(answer?.status()).toBe(403);
});

test('a page of another origin starts no sync and pauses no workspace', async () => {
  const { workspaceId, tenantId } = await syncedWorkspace({ customers: 2 });
  const page = await openForeignPage();
  const runs = () => admin`select instance_id from public.servicetitan_sync_runs`;
  const before = await runs();
  const pause = `${workerUrl}/connections/${workspaceId}/pause`;
  for (const url of [`${workerUrl}/trigger`, pause, `${workerUrl}/cdn-cgi/local/scheduled`]) {
    expect(await fetchIn(page, url, blindly({ workspaceId, tenantId }))).toBe('nothing');
    expect(await fetchIn(page, url, { mode: 'no-cors' })).toBe('nothing');
  }
  await page.evaluate(`(() => {
    const form = document.createElement('form');
    Object.assign(form, { method: 'POST', action: ${JSON.stringify(pause)}, target: 'hidden', enctype: 'text/plain' });
    document.body.append(form);
    form.submit();
  })()`);
  expect(await fetchIn(page, `${workerUrl}/workspaces`)).toBe('nothing');
  const frame = page.frame('hidden')!;
  await expect.poll(() => frame.url()).not.toBe('about:blank');
  const [connection] = await admin`select enabled from public.servicetitan_connections`;
  expect(connection).toEqual({ enabled: true });
  expect(await runs()).toEqual(before);
});

test('a name that was rebound to this machine shows no page and answers no call', async () => {
  await syncedWorkspace({ customers: 2 });
  for (const url of [`${workerUrl}/`, `${workerUrl}/workspaces`, `${serviceTitanUrl}/simulator/tenants`]) {
    const page = await open('about:blank');
    const answer = await page.goto(rebound(url));
    expect([url, answer?.status()]).toEqual([url, 403]);
    expect(await fetchIn(page, '/workspaces', { headers: { 'MF-Original-URL': `${workerUrl}/workspaces` } })).toMatch(
      /^403 /,
    );
  }
});
