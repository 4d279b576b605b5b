// Answers of ServiceTitan that must not become contacts: the run stops before the first write of the page.
import { beforeEach, describe, expect, test } from 'vitest';
import { runSync } from '../support/ring.ts';
import { differences, readWorld } from '../support/truth.ts';
import { createWorkspace, type TestWorkspace } from '../support/workspace.ts';

let workspace: TestWorkspace;
let ids: number[];
beforeEach(async () => {
  workspace = await createWorkspace({ customers: 12 });
  await runSync(workspace);
  ids = (await readWorld(workspace)).customers.map(({ id }) => id);
  // The last by id, so that an unfiltered first page shows none of them.
  for (const id of ids.toSorted((a, b) => a - b).slice(6))
    await workspace.simulator('PATCH', `/customers/${id}`, { name: `Renamed ${id}` });
});

const customersList = { pathIncludes: '/customers', queryIncludes: 'modifiedOnOrAfter' };
const fault = (match: object, what: object, times = 1000) =>
  workspace.simulator('POST', '/faults', { match, times, fault: what });
const clearFaults = () => workspace.simulator('DELETE', '/faults');

describe('R7: a page that can not be trusted', () => {
  test.for([
    ['HTML with 200', { body: 'html' }, /HTML|JSON/i],
    ['truncated JSON', { body: 'truncated' }, /JSON/i],
    ['another shape', { body: 'wrongShape' }, /ServiceTitan/],
    ['a full page from outside its window', { ignoreFilters: true }, /modifiedOnOrAfter/],
  ] as const)('%s stops the run before the first write and leaves the cursor alone', async ([, what, message]) => {
    const [before, contacts] = [await workspace.state(), await workspace.contacts()];
    await fault(customersList, what);
    const run = await runSync(workspace, { settings: { INCREMENTAL_PAGE_SIZE: '4' } });
    expect(run.outcome).toBeInstanceOf(Error);
    expect(run.writes).toBe(0);
    expect(await workspace.contacts()).toEqual(contacts);
    const state = await workspace.state();
    expect(state).toMatchObject({ sync_status: 'failed', last_modified_cursor: before.last_modified_cursor });
    expect(String(state.last_error)).toMatch(message);

    await clearFaults();
    expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });
    expect(await differences(workspace)).toEqual([]);
  });

  test('contacts of customers that were not asked for stop it the same way', async () => {
    await fault({ pathIncludes: '/customers/contacts', queryIncludes: 'customerIds' }, { ignoreFilters: true });
    const run = await runSync(workspace);
    expect([run.outcome instanceof Error, run.writes]).toEqual([true, 0]);
    expect(await workspace.state()).toMatchObject({ last_error: expect.stringContaining('customerIds') });
  });

  test('accounting changes that match the window without moving modifiedOn are taken', async () => {
    for (const id of ids)
      await workspace.simulator('POST', '/restamp', { customerIds: [id], modifiedOn: '2020-01-01T00:00:00Z' });
    await runSync(workspace);
    for (const id of ids) await workspace.simulator('POST', '/balance', { customerId: id, amount: 1.25 });
    const run = await runSync(workspace, { settings: { INCREMENTAL_PAGE_SIZE: '4' } });
    expect(run.outcome).toEqual({ status: 'completed' });
    expect((await workspace.contacts()).get(String(ids[0]))).toMatchObject({
      metadata: { custom_fields: { balance: expect.any(Number) } },
    });
  });
});

describe('errors of ServiceTitan', () => {
  test('a 401 is answered with one new token, and the run goes on', async () => {
    await fault({ pathIncludes: '/customers' }, { revokeTokens: true, status: 401 }, 1);
    expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });
    expect(await differences(workspace)).toEqual([]);
  });

  test('refused credentials are reported as such, and ticks back off while /trigger does not', async () => {
    await fault({ pathIncludes: '/connect/token' }, { status: 400, body: 'problem' });
    await fault({ pathIncludes: '/customers' }, { revokeTokens: true, status: 401 });
    expect((await runSync(workspace)).outcome).toBeInstanceOf(Error);
    const state = await workspace.state();
    expect(state).toMatchObject({
      sync_status: 'failed',
      last_error: expect.stringMatching(/client id and the client secret|still allows the app/),
    });
    expect(Date.parse(String(state.next_attempt_at))).toBeGreaterThan(Date.now());
    await expect(runSync(workspace, { trigger: 'cron' })).rejects.toThrow('backing_off');

    await clearFaults();
    expect((await runSync(workspace, { trigger: 'manual' })).outcome).toEqual({ status: 'completed' });
    expect(await workspace.state()).toMatchObject({ next_attempt_at: null, last_error: null });
  });

  test('a 429 is waited out as long as ServiceTitan says, by header or title, and costs no retry', async () => {
    await fault(customersList, { status: 429, body: 'problem', retryAfterSeconds: 11 }, 1);
    await fault(customersList, { status: 429, body: 'problem', titleSeconds: 7 }, 7);
    const run = await runSync(workspace);
    expect(run.outcome).toEqual({ status: 'completed' });
    expect(run.slept).toEqual([11_000, ...Array.from({ length: 7 }, () => 7000)]);
    expect(await differences(workspace)).toEqual([]);
  });

  test('500s and lost connections are retried by the step', async () => {
    await fault(customersList, { status: 500, body: 'html' }, 2);
    await fault(customersList, { resetConnection: true }, 1);
    expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });
    expect(await differences(workspace)).toEqual([]);
  });

  test('a 403 on the contacts feed alone leaves the customers and the cursor current', async () => {
    const before = await workspace.state();
    await fault({ pathIncludes: '/export/customers/contacts' }, { status: 403, body: 'problem' });
    const run = await runSync(workspace);
    expect(run.outcome).toBeInstanceOf(Error);
    const state = await workspace.state();
    expect(state.last_error).toMatch(/403/);
    expect(state.last_modified_cursor).not.toBe(before.last_modified_cursor);
    expect(await differences(workspace)).toEqual([]);
  });
});
