// Credentials against the simulated ServiceTitan: which scopes pass, and why others don't.
import { afterAll, describe, expect, test } from 'vitest';
import { startServiceTitan, type TenantOptions } from '../../../local/serviceTitan/server.ts';
import { readConfig } from '../../../src/config.ts';
import { checkConnection, type Credentials } from '../../../src/credentials/checkConnection.ts';
import { ServerError } from '../../../src/serviceTitanApi.ts';
import { CREDENTIALS_KEY, randomSecretKey } from '../../support/credentialsKey.ts';

const [production, integration] = [await startServiceTitan(), await startServiceTitan()];
afterAll(() => Promise.all([production.stop(), integration.stop()]));

/** The vendor's hosts lead to the two simulated ones. */
const config = readConfig({
  SERVICETITAN_SYNC: undefined as never,
  SUPABASE_URL: 'https://project.example',
  SUPABASE_SECRET_KEY: randomSecretKey(),
  CREDENTIALS_KEY,
});
const deps = {
  fetch: (url: string, init: RequestInit) => {
    const { host, pathname, search } = new URL(url);
    const { url: base } = host.includes('-integration.') ? integration : production;
    return fetch(`${base}${pathname}${search}`, init);
  },
};

let serial = 4_000_000;
const ALL = ['tn.crm.customers:r', 'tn.crm.customers:w', 'tn.crm.leads:r', 'tn.jpm.jobs:r', 'tn.stt.tagtypes:r'];

/** A tenant, and the credentials that are right for it. */
function createTenant(options: Partial<TenantOptions> = {}, serviceTitan = production) {
  serial += 1;
  const secrets = { clientId: `cid.${serial}`, clientSecret: `cs1.${serial}`, appKey: `ak1.${serial}` };
  const world = serviceTitan.createTenant({ tenantId: String(serial), customers: 2, ...secrets, ...options });
  const environment = serviceTitan === production ? 'production' : 'integration';
  return { world, credentials: { tenantId: String(serial), environment, ...secrets } satisfies Credentials };
}
const check = (credentials: Credentials) => checkConnection(config, credentials, deps);
const results = ({ checks }: Awaited<ReturnType<typeof check>>) =>
  Object.fromEntries(checks.map(({ name, result }) => [name, result]));

const GRANTED = {
  customers: 'granted',
  contacts: 'granted',
  notes: 'granted',
  jobs: 'granted',
  leads: 'granted',
  'tag types': 'granted',
};

test.for(['production', 'integration'] as const)('right credentials pass in %s, every scope', async (environment) => {
  const { credentials } = createTenant({}, environment === 'production' ? production : integration);
  const checked = await check(credentials);
  expect(results(checked)).toEqual(GRANTED);
  expect(checked.refusal).toBeNull();
});

test('a tenant without customers can be connected too', async () => {
  const { credentials } = createTenant({ customers: 0 });
  expect(results(await check(credentials))).toEqual(GRANTED);
});

test('nothing is written to ServiceTitan, and it costs few calls', async () => {
  const { world, credentials } = createTenant({ customers: 300 });
  await check(credentials);
  const calls = world.requests.entries;
  expect(calls.filter(({ method, path }) => method !== 'GET' && !path.endsWith('/connect/token'))).toEqual([]);
  expect(calls.length).toBeLessThanOrEqual(9);
});

test.for([
  ['tn.crm.leads:r', 'leads'],
  ['tn.jpm.jobs:r', 'jobs'],
  ['tn.stt.tagtypes:r', 'tag types'],
  ['tn.crm.customers:w', 'notes'],
])(
  'without the scope %s, which only debug routes need, the rest is connected and %s reported',
  async ([scope, name]) => {
    const { credentials } = createTenant({ scopes: ALL.filter((one) => one !== scope) });
    const checked = await check(credentials);
    expect(checked.refusal).toBeNull();
    expect(results(checked)).toEqual({ ...GRANTED, [name!]: 'missing' });
    const { message } = checked.checks.find((one) => one.name === name)!;
    expect(message).toMatch(new RegExp(`lacks the scope ${scope}: .* accepts the app's new version`));
  },
);

describe('refused, saying why', () => {
  test('a scope that the sync needs and the token does not carry', async () => {
    const { credentials } = createTenant({ scopes: ['tn.jpm.jobs:r'] });
    const checked = await check(credentials);
    expect(checked.refusal).toMatchObject({
      code: 'permission_missing',
      message: expect.stringMatching(/lacks the scope tn\.crm\.customers:r: .*API Application Access/),
    });
    expect(results(checked)).toMatchObject({
      customers: 'missing',
      contacts: 'missing',
      jobs: 'granted',
      leads: 'missing',
    });
  });

  test('a wrong client secret', async () => {
    const { credentials } = createTenant();
    const { refusal } = await check({ ...credentials, clientSecret: 'cs1.wrong' });
    expect(refusal).toMatchObject({
      code: 'credentials_refused',
      message: expect.stringContaining('does not know this client id'),
    });
  });

  test('credentials of the other environment', async () => {
    const { credentials } = createTenant({}, integration);
    const { refusal } = await check({ ...credentials, environment: 'production' });
    expect(refusal).toMatchObject({
      code: 'wrong_environment',
      message: expect.stringContaining('connect with "environment": "integration"'),
    });
  });

  test("another tenant's id", async () => {
    const [{ credentials }, other] = [createTenant(), createTenant()];
    const { refusal } = await check({ ...credentials, tenantId: other.credentials.tenantId });
    expect(refusal).toMatchObject({
      code: 'wrong_tenant',
      message: expect.stringContaining(
        `belong to the tenant ${credentials.tenantId}, not to ${other.credentials.tenantId}`,
      ),
    });
  });

  test('a wrong app key, though the scopes are there', async () => {
    const { credentials } = createTenant();
    const { refusal } = await check({ ...credentials, appKey: 'ak1.wrong' });
    expect(refusal).toMatchObject({ code: 'app_key_refused', message: expect.stringContaining('copy the app key') });
  });

  test('an app that the firm has switched off: every fresh token is refused', async () => {
    const { world, credentials } = createTenant();
    world.faults.add({ match: { pathIncludes: '/crm/' }, times: 100, fault: { status: 401 } });
    expect((await check(credentials)).refusal).toMatchObject({ code: 'app_not_allowed' });
  });

  test('and no secret is repeated', async () => {
    const { credentials } = createTenant({ scopes: [] });
    for (const wrong of [{}, { clientSecret: 'cs1.other' }, { appKey: 'ak1.other' }, { tenantId: '1' }]) {
      const given = { ...credentials, ...wrong };
      const said = JSON.stringify(await check(given));
      expect(said).not.toContain(given.clientSecret);
      expect(said).not.toContain(given.appKey);
    }
  });
});

test('an outage says nothing about the credentials and is told as what it is', async () => {
  const { world, credentials } = createTenant();
  world.faults.add({ match: { pathIncludes: '/customers' }, times: 100, fault: { status: 503 } });
  await expect(check(credentials)).rejects.toBeInstanceOf(ServerError);
});

test('an outage of what only debug routes need leaves that open and connects', async () => {
  const { world, credentials } = createTenant();
  world.faults.add({ match: { pathIncludes: '/jobs' }, times: 100, fault: { status: 503 } });
  const checked = await check(credentials);
  expect(results(checked)).toEqual({ ...GRANTED, jobs: 'unknown' });
  expect(checked.refusal).toBeNull();
});
