import { expect, test } from 'vitest';
import { apiToken, closedUrl, eventually, open, useBrowser, workerUrl } from './browse.ts';
import { createWorkspace } from '../support/workspace.ts';

useBrowser();

const token = (page: Awaited<ReturnType<typeof open>>) => page.getByLabel('API token');
const signIn = (page: Awaited<ReturnType<typeof open>>) => page.getByRole('button', { name: 'Sign in' });

test('a wrong token is told so, the right one signs in for this tab alone, and one can sign out', async () => {
  await createWorkspace();
  const page = await open(closedUrl);
  await token(page).fill('not the token');
  await signIn(page).click();
  await page.getByText('This token is not the API token of this Worker.').waitFor();
  expect(await page.evaluate('document.activeElement.id')).toBe('token');

  await token(page).fill(apiToken);
  await page.keyboard.press('Enter');
  await page.getByRole('table', { name: /Workspaces/ }).waitFor();
  await page.reload();
  await page.getByRole('table', { name: /Workspaces/ }).waitFor();
  expect(await page.evaluate('JSON.stringify([document.cookie, localStorage.length])')).toBe('["",0]');
  const otherTab = await page.context().newPage();
  await otherTab.goto(closedUrl);
  await signIn(otherTab).waitFor();

  await page.getByRole('button', { name: 'Sign out' }).click();
  await signIn(page).waitFor();
  expect(await page.evaluate('sessionStorage.length')).toBe(0);
});

test('a token that is not accepted any more leads back to signing in', async () => {
  const page = await open(closedUrl);
  await signIn(page).waitFor();
  await page.evaluate(`sessionStorage.setItem('servicetitan-customer-sync.token', 'the one of last year')`);
  await page.reload();
  await page.getByText('The token is not accepted any more').waitFor();
  await eventually(() => page.evaluate('sessionStorage.length')).toBe(0);
});

test('behind the front of the local stack it goes straight in, and without a workspace it says how to connect one', async () => {
  const page = await open(workerUrl);
  await page.getByRole('heading', { name: 'No workspace is connected yet' }).waitFor();
  await page.getByText(`WORKER_URL=${workerUrl}`).waitFor();
  expect(await page.getByRole('button', { name: 'Sign out' }).count()).toBe(0);
});

test('the files need no token and carry the content security policy, while calls are answered as ever', async () => {
  for (const path of ['/', '/app.js', '/app.css']) {
    const answer = await fetch(`${workerUrl}${path}`);
    expect([path, answer.status, answer.headers.get('content-security-policy')]).toEqual([
      path,
      200,
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'; form-action 'none'",
    ]);
  }
  // Word for word what the Worker's own answers carry: test/worker/protection.test.ts holds the two lists together.
  const { headers } = await fetch(`${workerUrl}/`);
  expect(headers.get('strict-transport-security')).toBe('max-age=15552000; includeSubDomains');
  expect(headers.get('origin-agent-cluster')).toBe('?1');
  const unknown = await fetch(`${workerUrl}/no-such-file.js`);
  expect([unknown.status, await unknown.json()]).toMatchObject([404, { success: false, error: { code: 'not_found' } }]);
});
