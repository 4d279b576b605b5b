// What browser tests begin with: a Chromium, a page at a size, and a database without workspaces.
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject } from 'vitest';
import { admin } from '../support/database.ts';

/** `workerUrl` is the Worker's front, which needs no token; `closedUrl` the Worker itself, which asks for it. */
export const { workerUrl, closedUrl, apiToken } = inject('browser');

export const SIZES = { desktop: { width: 1280, height: 800 }, phone: { width: 360, height: 740 } };

export interface Look {
  size?: keyof typeof SIZES;
  scheme?: 'light' | 'dark';
}

let browser: Browser;
const opened: { context: BrowserContext; problems: string[] }[] = [];

/**
 * What each file of browser tests begins with: files share this module, and so its hooks would be those of
 * the first alone.
 */
export function useBrowser(): void {
  beforeAll(async () => {
    browser = await chromium.connect(inject('browser').endpoint);
  });
  afterAll(() => browser.close());

  beforeEach(async () => {
    await admin`truncate public.workspaces, public.servicetitan_connections, public.servicetitan_sync_state,
      public.servicetitan_sync_runs, public.servicetitan_sync_errors, public.contacts, public.servicetitan_contact_methods cascade`;
  });

  afterEach(async () => {
    const problems = opened.flatMap((one) => one.problems);
    await Promise.all(opened.splice(0).map(({ context }) => context.close()));
    // An error in the page's own code, or something that its content security policy stopped.
    expect(problems).toEqual([]);
  });
}

/** A browser session of its own at the address, closed after the test. */
export async function open(address: string, { size = 'desktop', scheme = 'light' }: Look = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: SIZES[size], colorScheme: scheme, locale: 'en-US' });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  const problems: string[] = [];
  opened.push({ context, problems });
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    if (/content security policy/i.test(message.text())) problems.push(message.text());
  });
  await page.goto(address);
  return page;
}

/** Reads until `read` gives what is wanted. */
export const eventually = <Value>(read: () => Promise<Value>) => expect.poll(read, { timeout: 30_000, interval: 50 });
