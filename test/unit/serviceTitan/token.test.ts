import { readGrant } from '../../../src/serviceTitan/grant.ts';
import { expect, test, vi } from 'vitest';
import { isRetryable, PayloadError } from '../../../src/errors.ts';
import { AuthError, RateLimitError, ServerError } from '../../../src/serviceTitan/errors.ts';
import { createServiceTitanApi, type Token } from '../../../src/serviceTitanApi.ts';
import { CONFIG, failureOf, listOf, startServer, type Handler, type Seen } from './server.ts';

const EMPTY = { body: listOf([]) };

const tokenOf = (seen: Seen) => seen.headers.authorization;
const refusing =
  (...tokens: string[]): Handler =>
  (seen) =>
    tokens.includes(tokenOf(seen)!.replace('Bearer ', '')) ? { status: 401, body: { title: 'Expired.' } } : EMPTY;

test('asks for a token as OAuth wants it and sends it with the app key', async () => {
  const { api, calls, tokenCalls } = await startServer(() => EMPTY);
  await api.notes('1');
  expect(tokenCalls).toHaveLength(1);
  expect(tokenCalls[0]).toMatchObject({ method: 'POST', url: '/connect/token' });
  expect(tokenCalls[0]!.headers['content-type']).toBe('application/x-www-form-urlencoded');
  expect(Object.fromEntries(new URLSearchParams(tokenCalls[0]!.body))).toEqual({
    grant_type: 'client_credentials',
    client_id: CONFIG.clientId,
    client_secret: CONFIG.clientSecret,
  });
  expect(calls[0]!.headers).toMatchObject({ authorization: 'Bearer token-1', 'st-app-key': CONFIG.appKey });
});

test('keeps a token until 60 seconds before its end', async () => {
  let now = 1_000_000;
  const { connect, calls, tokenCalls } = await startServer(() => EMPTY);
  const api = connect({ now: () => now });
  await api.notes('1');
  now += 839_999;
  await api.notes('1');
  expect(tokenCalls).toHaveLength(1);
  now += 1;
  await api.notes('1');
  expect(calls.map(tokenOf)).toEqual(['Bearer token-1', 'Bearer token-1', 'Bearer token-2']);
});

test('fetches one token for calls that start together', async () => {
  const { api, calls, tokenCalls } = await startServer(() => EMPTY);
  await Promise.all([api.notes('1'), api.notes('2'), api.notes('3')]);
  expect(calls).toHaveLength(3);
  expect(tokenCalls).toHaveLength(1);
});

test('shares tokens between clients of the same credentials and no others', async () => {
  const tokens = new Map<string, Token>();
  const { url, connect, tokenCalls } = await startServer(() => EMPTY);
  await connect({ tokens }).notes('1');
  await connect({ tokens }).notes('1');
  expect(tokenCalls).toHaveLength(1);

  const urls = { authUrl: url, apiUrl: url };
  await createServiceTitanApi({ ...urls, ...CONFIG, clientSecret: 'rotated' }, { tokens }).notes('1');
  await createServiceTitanApi({ ...urls, ...CONFIG, clientId: 'other' }, { tokens }).notes('1');
  expect(tokenCalls).toHaveLength(3);
});

test('shares tokens across the isolate unless given another place for them', async () => {
  const { url, tokenCalls } = await startServer(() => EMPTY);
  const create = () => createServiceTitanApi({ authUrl: url, apiUrl: url, ...CONFIG });
  await create().notes('1');
  await create().notes('1');
  expect(tokenCalls).toHaveLength(1);
});

test('keeps no secret in the key of a shared token, and no promise in its value', async () => {
  const tokens = new Map<string, Token>();
  const { connect } = await startServer(() => EMPTY);
  await connect({ tokens, now: () => 5000 }).notes('1');
  expect([...tokens.keys()]).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
  expect([...tokens.values()]).toEqual([{ value: 'token-1', expiresAt: 905_000 }]);
});

test('renews the token after a 401 and repeats the call once', async () => {
  const { api, calls, tokenCalls } = await startServer(refusing('token-1'));
  expect((await api.notes('1')).data).toEqual([]);
  expect(calls.map(tokenOf)).toEqual(['Bearer token-1', 'Bearer token-2']);
  expect(tokenCalls).toHaveLength(2);
});

test('repeats a note only after a 401, for then it was not written', async () => {
  const renewed = await startServer((seen) =>
    tokenOf(seen) === 'Bearer token-1' ? { status: 401 } : { body: { id: 7 } },
  );
  expect(await renewed.api.addNote('1', { text: 'Hello' })).toEqual({ id: 7 });
  expect(renewed.calls.map(({ body }) => body)).toEqual(['{"text":"Hello"}', '{"text":"Hello"}']);

  const failing = await startServer(() => ({ status: 503 }));
  expect(await failureOf(failing.api.addNote('1', { text: 'Hello' }))).toBeInstanceOf(ServerError);
  expect(failing.calls).toHaveLength(1);
});

test('stops when a fresh token is refused too', async () => {
  const { api, calls } = await startServer(refusing('token-1', 'token-2'));
  const error = await failureOf(api.notes('1'));
  expect(error).toBeInstanceOf(AuthError);
  expect(error).toMatchObject({ status: 401, tokenEndpoint: false, title: 'Expired.', retryable: true });
  expect(calls).toHaveLength(2);
});

test('does not renew the token after a 403', async () => {
  const { api, calls, tokenCalls } = await startServer(() => ({ status: 403 }));
  expect(await failureOf(api.notes('1'))).toMatchObject({ name: 'AuthError', status: 403 });
  expect([calls.length, tokenCalls.length]).toEqual([1, 1]);
});

test('fetches one new token when several calls lose the old one', async () => {
  const { api, tokenCalls } = await startServer(refusing('token-1'));
  await Promise.all([api.notes('1'), api.notes('2'), api.notes('3')]);
  expect(tokenCalls).toHaveLength(2);
});

test('keeps the new token when a call with the old one is refused late', async () => {
  let refuseLate = () => {};
  const { api, calls, tokenCalls } = await startServer((seen, response) => {
    if (tokenOf(seen) !== 'Bearer token-1') return EMPTY;
    if (!seen.url.includes('/customers/2/')) return { status: 401 };
    refuseLate = () => response.writeHead(401).end();
    return null;
  });
  const late = api.notes('2');
  await vi.waitFor(() => expect(calls).toHaveLength(1));
  await api.notes('1');
  refuseLate();
  await late;
  expect(tokenCalls).toHaveLength(2);
});

test.each([400, 401, 403])('takes a %i of the token endpoint for refused credentials', async (status) => {
  const refuse: Handler = () => ({ status, body: { error: 'invalid_client' } });
  const { api, calls, tokenCalls } = await startServer(() => EMPTY, refuse);
  const error = await failureOf(api.notes('1'));
  expect(error).toMatchObject({
    name: 'AuthError',
    tokenEndpoint: true,
    path: '/connect/token',
    title: 'invalid_client',
  });
  expect(String(error)).not.toContain(CONFIG.clientSecret);
  expect([calls.length, tokenCalls.length]).toEqual([0, 1]);
});

test.each([
  [400, undefined, false],
  [401, undefined, true],
  [403, { message: 'Forbidden' }, true],
  [401, { error: 'invalid_client' }, false],
  [403, { error: 'unauthorized_client' }, false],
])('a %i of the token endpoint that says %j may pass: %j', async (status, body, retryable) => {
  const { api } = await startServer(
    () => EMPTY,
    () => ({ status, body }),
  );
  expect(await failureOf(api.notes('1'))).toMatchObject({ name: 'AuthError', tokenEndpoint: true, retryable });
});

test('asks again for a token after a failure that passes', async () => {
  const replies = [
    { status: 429, headers: { 'Retry-After': '2' } },
    { status: 500 },
    { body: { access_token: 'good', expires_in: 900 } },
  ];
  const { api, calls } = await startServer(
    () => EMPTY,
    () => replies.shift()!,
  );
  expect(await failureOf(api.notes('1'))).toBeInstanceOf(RateLimitError);
  expect(await failureOf(api.notes('1'))).toBeInstanceOf(ServerError);
  await api.notes('1');
  expect(calls.map(tokenOf)).toEqual(['Bearer good']);
});

test.each([
  ['no token', { expires_in: 900 }],
  ['a token that fits no header', { access_token: 'line\nbreak', expires_in: 900 }],
  ['no lifetime', { access_token: 'good' }],
])('refuses a token answer with %s', async (_, body) => {
  const { api } = await startServer(
    () => EMPTY,
    () => ({ body }),
  );
  const error = await failureOf(api.notes('1'));
  expect(error).toBeInstanceOf(PayloadError);
  expect(isRetryable(error)).toBe(true);
  expect(String(error)).not.toContain('break');
});

test.for(['cs1.secret', 'Lucia Ortega', '4'.repeat(20), 1.5, { a: 1 }, null])(
  'a tenant that a token claims is told when it has the form of one, which %j has not',
  (tenant) => {
    const token = `x.${Buffer.from(JSON.stringify({ tenant })).toString('base64url')}.y`;
    expect(readGrant(token, undefined).tenantId).toBeNull();
  },
);
