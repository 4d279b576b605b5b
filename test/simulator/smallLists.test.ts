import { afterAll, expect, test } from 'vitest';
import { startServiceTitan } from '../../local/serviceTitan/server.ts';
import { createTenantClient, idsOf } from './tenantClient.ts';

const serviceTitan = await startServiceTitan();
afterAll(() => serviceTitan.stop());

const JOBS = '/jpm/v2/tenant/{tenant}/jobs';
const LEADS = '/crm/v2/tenant/{tenant}/leads';
const TAG_TYPES = '/settings/v2/tenant/{tenant}/tag-types';

test.each([JOBS, LEADS])('%s lists the records of one customer, the same every time', async (path) => {
  const { call, world } = createTenantClient(serviceTitan, { customers: 40 });
  const all = (await call(`${path}?pageSize=5000&sort=%2BId`)).body.data as { id: number; customerId: number }[];
  expect(all.length).toBeGreaterThan(5);

  const { customerId } = all[0]!;
  const own = await call(`${path}?customerId=${customerId}&sort=%2BId`);
  expect(own.body.data).toEqual(all.filter((record) => record.customerId === customerId));
  expect(world.customer(customerId)).toBeDefined();
  expect((await call(`${path}?customerId=1`)).body).toMatchObject({ hasMore: false, totalCount: null, data: [] });
});

test.each([JOBS, LEADS])('%s takes at most 50 ids', async (path) => {
  const { call } = createTenantClient(serviceTitan, { customers: 10 });
  const [id] = idsOf(await call(path));
  expect(idsOf(await call(`${path}?ids=${id}`))).toEqual([id]);
  const many = Array.from({ length: 51 }, (_, index) => index + 1).join(',');
  expect((await call(`${path}?ids=${many}`)).status).toBe(400);
});

test('shows and filters what jobs have had since July 2026', async () => {
  const { call } = createTenantClient(serviceTitan, { customers: 40 });
  const jobs = (await call(`${JOBS}?pageSize=5000`)).body.data as { id: number; equipmentIds: number[] }[];
  for (const job of jobs) {
    expect(job).toMatchObject({ equipmentIds: [expect.any(Number)], isAutoDispatched: expect.any(Boolean) });
    expect(job).toHaveProperty('summaryOfWork');
  }
  const [equipmentId] = jobs[0]!.equipmentIds;
  const fitting = jobs.filter(({ equipmentIds }) => equipmentIds.includes(equipmentId!)).map(({ id }) => id);
  expect(idsOf(await call(`${JOBS}?pageSize=5000&equipmentIds=${equipmentId}`))).toEqual(fitting);
  expect(fitting.length).toBeLessThan(jobs.length);
});

test('lists tag types, inactive ones only when asked for', async () => {
  const { call } = createTenantClient(serviceTitan);
  const active = (await call(TAG_TYPES)).body.data;
  expect(active[0]).toEqual({
    id: expect.any(Number),
    name: expect.any(String),
    color: expect.stringMatching(/^#/),
    code: expect.any(String),
    importance: null,
    isConversionOpportunity: false,
    allowToUseOnTimesheetActivity: false,
    isVisibleOnDispatchBoard: true,
    active: true,
    createdOn: expect.any(String),
    modifiedOn: expect.any(String),
  });
  expect((await call(`${TAG_TYPES}?active=False`)).body.data).toMatchObject([{ id: 52955021, active: false }]);
  expect((await call(`${TAG_TYPES}?active=Any`)).body.data).toHaveLength(active.length + 1);
});

test('each list needs its own scope', async () => {
  const { call } = createTenantClient(serviceTitan, { scopes: ['tn.jpm.jobs:r'] });
  expect((await call(JOBS)).status).toBe(200);
  expect((await call(LEADS)).status).toBe(403);
  expect((await call(TAG_TYPES)).status).toBe(403);
});

test('answers an unknown path with a problem', async () => {
  const { call } = createTenantClient(serviceTitan);
  expect(await call('/crm/v2/tenant/{tenant}/contacts')).toMatchObject({ status: 404, body: { status: 404 } });
});
