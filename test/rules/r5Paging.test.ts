// R5: paging skips nothing. A ServiceTitan of a few lines stands in front of the simulated one and bends its answers.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import type { Customer, ListPage } from '../../src/serviceTitanApi.ts';
import type { ServiceTitan } from '../../src/sync/context.ts';
import { readModifiedCustomers } from '../../src/sync/readWindow.ts';
import { runSync } from '../support/ring.ts';
import { differences, readWorld } from '../support/truth.ts';
import { createWorkspace, type TestWorkspace } from '../support/workspace.ts';
import { quarantined } from './liveRun.ts';

/** Answers a call itself, or null to have the simulated ServiceTitan answer the call as it was bent. */
type Bend = (url: URL) => object | null;

/** The address of a ServiceTitan that answers as `bend` says, until the test ends. */
async function bentServiceTitan({ stack }: TestWorkspace, bend: Bend): Promise<string> {
  const server = createServer(async (request, response) => {
    const url = new URL(request.url!, stack.serviceTitanUrl);
    const own = bend(url);
    const answer = own ? Response.json(own) : await fetch(url, { headers: request.headers as Record<string, string> });
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    response.end(await answer.text());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test("R5: hasMore decides, never the page's length", async () => {
  const workspace = await createWorkspace({ customers: 12 });
  await runSync(workspace);
  for (const { id } of (await readWorld(workspace)).customers.slice(0, 7))
    await workspace.simulator('PATCH', `/customers/${id}`, { name: `Renamed ${id}` });
  const shorterPages = await bentServiceTitan(workspace, (url) => {
    const asked = Number(url.searchParams.get('pageSize'));
    if (url.searchParams.has('modifiedOnOrAfter')) url.searchParams.set('pageSize', String(asked - 1));
    return null;
  });
  const run = await runSync(workspace, {
    settings: { SERVICETITAN_API_URL: shorterPages, INCREMENTAL_PAGE_SIZE: '3' },
  });
  expect(run.outcome).toEqual({ status: 'completed' });
  expect(run.steps).toContain('incremental-fetch page 4');
  expect(await differences(workspace)).toEqual([]);
});

test('R5: a batch of the export without a record is not its end', async () => {
  const workspace = await createWorkspace({ customers: 12 });
  const firstBatchEmpty = await bentServiceTitan(workspace, (url) =>
    url.pathname.endsWith('/export/customers') && !url.searchParams.has('from')
      ? { data: [], hasMore: true, continueFrom: '2000-01-01' }
      : null,
  );
  const run = await runSync(workspace, { settings: { SERVICETITAN_API_URL: firstBatchEmpty } });
  expect(run.outcome).toEqual({ status: 'completed' });
  expect(await differences(workspace)).toEqual([]);
});

test('R5: the quarantine is fetched with the deactivated ones', async () => {
  const workspace = await createWorkspace({ customers: 3, switches: { exportLagSeconds: 0 } });
  const [{ id } = { id: 0 }] = (await readWorld(workspace)).customers;
  const outsideEveryWindow = { customerIds: [id], modifiedOn: '2020-01-01T00:00:00Z' };
  await workspace.simulator('PATCH', `/customers/${id}`, { active: false, raw: { modifiedOn: 'soon' } });
  await workspace.simulator('POST', '/restamp', outsideEveryWindow);
  await runSync(workspace);
  expect(await quarantined(workspace)).toEqual([`${id} customers`]);

  await workspace.simulator('PATCH', `/customers/${id}`, { raw: {} });
  await workspace.simulator('POST', '/restamp', outsideEveryWindow);
  await runSync(workspace);
  expect(await quarantined(workspace)).toEqual([]);
  expect(await differences(workspace)).toEqual([]);
});

test('R5: "more follows" without a record is asked exactly once more before the step is given up', async () => {
  const stuck: ListPage<Customer> = {
    page: 1,
    pageSize: 50,
    totalCount: null,
    hasMore: true,
    date: null,
    data: [],
    rejected: [],
    orphans: 0,
    unowned: 0,
    otherStamps: [],
    unreadable: {},
  };
  let asked = 0;
  const api = { customers: async () => ((asked += 1), stuck) };
  const serviceTitan = { api, calls: () => asked } as unknown as ServiceTitan;
  const window = { modifiedOnOrAfter: '2026-02-08T10:00:00Z', page: 1, pageSize: 50 };
  await expect(readModifiedCustomers(serviceTitan, window, Date.now())).rejects.toThrow(/more records follow/);
  expect(asked).toBe(2);
});
