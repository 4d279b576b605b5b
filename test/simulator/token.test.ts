import { afterAll, expect, test } from 'vitest';
import { startServiceTitan } from '../../local/serviceTitan/server.ts';
import { createTenantClient, reply, requestToken } from './tenantClient.ts';

const serviceTitan = await startServiceTitan();
afterAll(() => serviceTitan.stop());

const tokenCall = async (form: Record<string, string>, headers?: Record<string, string>) =>
  reply(
    await fetch(`${serviceTitan.url}/connect/token`, {
      method: 'POST',
      body: new URLSearchParams(form),
      ...(headers && { headers }),
    }),
  );

test('gives a token of 900 seconds with the scopes of the app', async () => {
  const { world } = createTenantClient(serviceTitan, { scopes: ['tn.crm.customers:r', 'tn.crm.leads:r'] });
  const { status, body } = await requestToken(serviceTitan.url, world.credentials);

  expect(status).toBe(200);
  expect(body).toEqual({
    access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
    expires_in: 900,
    token_type: 'Bearer',
    scope: 'tn.crm.customers:r tn.crm.leads:r',
  });
});

test('refuses an unknown client and a wrong secret as invalid_client', async () => {
  const { world } = createTenantClient(serviceTitan);
  const { clientId } = world.credentials;

  for (const client_id of ['nobody', clientId]) {
    const refused = await tokenCall({ grant_type: 'client_credentials', client_id, client_secret: 'wrong' });
    expect(refused).toMatchObject({ status: 400, body: { error: 'invalid_client' } });
  }
});

test('knows no grant but client credentials, and only takes a form', async () => {
  const { world } = createTenantClient(serviceTitan);
  const { clientId: client_id, clientSecret: client_secret } = world.credentials;
  const password = await tokenCall({ grant_type: 'password', client_id, client_secret });
  expect(password).toMatchObject({ status: 400, body: { error: 'unsupported_grant_type' } });

  const form = { grant_type: 'client_credentials', client_id, client_secret };
  const json = await tokenCall(form, { 'Content-Type': 'application/json' });
  expect(json).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
});

test('takes the token with and without Bearer, unless the switch asks for it', async () => {
  const { crm, token, control } = createTenantClient(serviceTitan);
  const bare = { headers: { Authorization: await token() } };
  const withBearer = { headers: { Authorization: `Bearer ${await token()}` } };

  expect((await crm('/customers', bare)).status).toBe(200);
  expect((await crm('/customers', withBearer)).status).toBe(200);

  await control('PUT', '/switches', { bearerOptional: false });
  expect((await crm('/customers', bare)).status).toBe(401);
  expect((await crm('/customers', withBearer)).status).toBe(200);
});

test('ends a token after its 900 seconds by the clock of the tenant', async () => {
  const { crm, control } = createTenantClient(serviceTitan);
  expect((await crm('/customers')).status).toBe(200);

  await control('POST', '/clock', { skewSeconds: 890 });
  expect((await crm('/customers')).status).toBe(200);
  await control('POST', '/clock', { skewSeconds: 900 });
  const { status, headers, body } = await crm('/customers');
  expect(status).toBe(401);
  expect(headers.get('Content-Type')).toBe('application/problem+json');
  expect(body).toMatchObject({ status: 401, traceId: expect.any(String), errors: {}, data: {} });
});

test('refuses a missing and an invented token with 401', async () => {
  const { crm } = createTenantClient(serviceTitan);
  expect((await crm('/customers', { headers: { Authorization: '' } })).status).toBe(401);
  expect((await crm('/customers', { headers: { Authorization: 'Bearer a.b.c' } })).status).toBe(401);
});

test('refuses a wrong app key, another tenant and a missing scope with 403', async () => {
  const { crm, world } = createTenantClient(serviceTitan, { scopes: ['tn.crm.leads:r'] });
  expect((await crm('/leads', { headers: { 'ST-App-Key': 'wrong' } })).status).toBe(403);
  expect((await crm('/leads')).status).toBe(200);
  expect(await crm('/customers')).toMatchObject({
    status: 403,
    body: { title: 'The scope tn.crm.customers:r is not granted.' },
  });

  const neighbour = createTenantClient(serviceTitan);
  expect((await neighbour.call(`/crm/v2/tenant/${world.tenantId}/leads`)).status).toBe(403);
  expect((await neighbour.call('/crm/v2/tenant/1/leads')).status).toBe(403);
});

test('takes the app key from the query too', async () => {
  const { call, world, token } = createTenantClient(serviceTitan);
  const url = `${serviceTitan.url}/crm/v2/tenant/${world.tenantId}/customers`;
  const headers = { Authorization: await token() };
  expect((await fetch(url, { headers })).status).toBe(403);
  expect((await fetch(`${url}?servicetitanapplicationkey=${world.credentials.appKey}`, { headers })).status).toBe(200);
  expect((await call('/crm/v2/tenant/{tenant}/customers')).status).toBe(200);
});
