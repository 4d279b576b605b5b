import { expect, test, vi } from 'vitest';
import { ConfigError, isRetryable, PayloadError, RedirectError } from '../../../src/errors.ts';
import {
  AuthError,
  NetworkError,
  RateLimitError,
  RequestError,
  ServerError,
  TimeoutError,
  type ServiceTitanError,
} from '../../../src/serviceTitan/errors.ts';
import { createServiceTitanApi } from '../../../src/serviceTitanApi.ts';
import { CONFIG, failureOf, listOf, startServer, TENANT_PATH, type Reply } from './server.ts';

const problem = (status: number, rest: Record<string, unknown> = {}) => ({
  type: 'https://example.org',
  title: 'It went wrong.',
  status,
  traceId: '00-5f0c1d2e3b4a59687786a5b4c3d2e1f0-1a2b3c4d5e6f7081-01',
  errors: {},
  data: {},
  ...rest,
});

async function failureFor(reply: Reply): Promise<ServiceTitanError> {
  const { api } = await startServer(() => reply);
  return (await failureOf(api.exportCustomers({}))) as ServiceTitanError;
}

test.each([
  [400, RequestError, false],
  [403, AuthError, true],
  [404, RequestError, false],
  [408, TimeoutError, true],
  [409, RequestError, false],
  [422, RequestError, false],
  [429, RateLimitError, true],
  [500, ServerError, true],
  [502, ServerError, true],
  [503, ServerError, true],
  [504, ServerError, true],
])('turns status %i into its own class and says whether to ask again', async (status, type, retryable) => {
  const error = await failureFor({ status, body: problem(status) });
  expect(error).toBeInstanceOf(type);
  expect(error).toMatchObject({
    service: 'ServiceTitan',
    method: 'GET',
    path: `${TENANT_PATH}/export/customers`,
    status,
    title: 'It went wrong.',
    traceId: '00-5f0c1d2e3b4a59687786a5b4c3d2e1f0-1a2b3c4d5e6f7081-01',
  });
  expect(isRetryable(error)).toBe(retryable);
});

test.each([
  [401, { title: 'The access token is missing.' }],
  [401, undefined],
  [403, undefined],
  [403, { title: 'Forbidden' }],
  [403, { statusCode: 403, message: 'Access denied.' }],
  [403, { title: 'An error occurred while processing the call.' }],
])('a %i that says %j may pass, so it is asked again', async (status, body) => {
  expect(isRetryable(await failureFor({ status, body }))).toBe(true);
});

test.each(['The scope x is not granted.', 'The application key is wrong.', 'The token belongs to another tenant.'])(
  'a 403 that says "%s" is meant, so it is not asked again',
  async (title) => {
    expect(isRetryable(await failureFor({ status: 403, body: { title } }))).toBe(false);
  },
);

test('names the scope that a 403 may be about', async () => {
  const error = await failureFor({ status: 403, body: problem(403) });
  expect(error.message).toBe(
    `ServiceTitan refused the call GET ${TENANT_PATH}/export/customers with 403 (title "It went wrong.", traceId 00-5f0c1d2e3b4a59687786a5b4c3d2e1f0-1a2b3c4d5e6f7081-01): ` +
      "the app lacks the scope tn.crm.customers:r or its new version is not accepted; have the tenant's admin accept it, " +
      'and check the app key and the tenant id.',
  );
});

test('names the refused parameters and never repeats their values', async () => {
  const errors = { from: ["The value 'confidential' is not valid."], 'a value with blanks': [] };
  const error = await failureFor({ status: 400, body: problem(400, { errors }) });
  expect(error.message).toContain('fields from, traceId');
  expect(error.message).not.toContain('confidential');
  expect(error.message).not.toContain('blanks');
});

test('names them whatever their case is', async () => {
  const errors = { PageSize: ['?'], '$.ModifiedOnOrAfter': ['?'], Pagesize2: ['?'] };
  const error = await failureFor({ status: 400, body: problem(400, { errors }) });
  expect(error.message).toContain('fields modifiedOnOrAfter, pageSize, traceId');
});

test('keeps query, token and secrets out of the message', async () => {
  const { api } = await startServer(() => ({ status: 500, body: problem(500) }));
  const error = (await failureOf(api.exportCustomers({ from: 'opaque-from' }))) as Error;
  for (const secret of ['opaque-from', 'token-1', CONFIG.clientSecret, CONFIG.appKey]) {
    expect(error.message).not.toContain(secret);
  }
});

test('cuts the title to 200 characters and takes control characters out', async () => {
  const error = await failureFor({
    status: 500,
    body: problem(500, { title: `a\u0000\n\u001b[31;1m\u202e${'customer '.repeat(100)}` }),
  });
  expect(error.title).toMatch(/^a [ -~…]*customer/);
  expect(error.title!.length).toBeLessThanOrEqual(200);
});

test.each([
  ['an HTML page', { headers: { 'Content-Type': 'text/html' }, body: '<h1>Bad Gateway</h1>' }],
  ['JSON cut in the middle', { body: '{"title": "It we' }],
  ['JSON of another shape', { body: [1, 2] }],
  ['a problem whose members have other types', { body: { title: 7, traceId: {}, errors: 'none' } }],
  ['no body', { body: '' }],
])('keeps to the status when the error comes with %s', async (_, reply) => {
  expect(await failureFor({ status: 502, ...reply })).toMatchObject({
    name: 'ServerError',
    title: null,
    traceId: null,
  });
});

test('waits as long as Retry-After says, else as the title says, else names no wait', async () => {
  const title = 'Too many. Try again in 4 seconds.';
  const header = await failureFor({ status: 429, headers: { 'Retry-After': '9' }, body: problem(429, { title }) });
  expect(header).toMatchObject({ retryAfterMs: 9000 });
  expect(await failureFor({ status: 429, body: problem(429, { title }) })).toMatchObject({ retryAfterMs: 4000 });
  expect(await failureFor({ status: 429, body: problem(429) })).toMatchObject({ retryAfterMs: null });
});

test("takes a wait of more than 999 seconds, and one that the gateway's own form names", async () => {
  const title = 'Try again in 4000 seconds.';
  expect(await failureFor({ status: 429, body: problem(429, { title }) })).toMatchObject({ retryAfterMs: 4_000_000 });
  const body = JSON.stringify({ statusCode: 429, message: 'Rate limit is exceeded. Try again in 7 seconds.' });
  const error = await failureFor({ status: 429, body });
  expect(error).toMatchObject({ retryAfterMs: 7000 });
  expect(error.message).toContain('Try again in 7 seconds.');
});

test('a 401 names the app key among what may be wrong', async () => {
  expect((await failureFor({ status: 401, body: problem(401) })).message).toContain('app key');
});

test("holds a Retry-After date against ServiceTitan's own clock", async () => {
  const headers = { Date: 'Mon, 02 Mar 2026 12:00:00 GMT', 'Retry-After': 'Mon, 02 Mar 2026 12:00:20 GMT' };
  expect(await failureFor({ status: 429, headers, body: problem(429) })).toMatchObject({ retryAfterMs: 20_000 });
});

test.each([
  ['an HTML page', { headers: { 'Content-Type': 'text/html' }, body: '<p>private text</p>' }],
  ['JSON cut in the middle', { body: '{"hasMore": false, "private text": [' }],
  ['nothing', { body: '' }],
])('takes a 200 with %s for no answer, to be asked again', async (_, reply) => {
  const error = await failureFor(reply);
  expect(error).toBeInstanceOf(PayloadError);
  expect(isRetryable(error)).toBe(true);
  expect(String(error)).not.toContain('private');
  expect(error.cause).toBeUndefined();
});

test.each([
  ['an array', []],
  ['no data', { hasMore: false, continueFrom: 'x' }],
  ['data that is null', { hasMore: false, continueFrom: 'x', data: null }],
  ['no token', { hasMore: false, data: [] }],
  ['an empty token', { hasMore: false, continueFrom: '', data: [] }],
  ['hasMore as text', { hasMore: 'false', continueFrom: 'x', data: [] }],
])('refuses an export envelope with %s, which may be wrong once', async (_, body) => {
  const error = await failureFor({ body });
  expect(error).toBeInstanceOf(PayloadError);
  expect(isRetryable(error)).toBe(true);
});

test('does not follow a redirect', async () => {
  const { api, calls } = await startServer(() => ({ status: 307, headers: { Location: '/elsewhere' } }));
  const error = await failureOf(api.exportCustomers({}));
  expect(error).toBeInstanceOf(RedirectError);
  expect(isRetryable(error)).toBe(true);
  expect(calls).toHaveLength(1);
});

test('gives the Date header as ISO text, and null when it is missing', async () => {
  const body = { hasMore: false, continueFrom: 'x', data: [] };
  const dated = await startServer(() => ({ headers: { Date: 'Mon, 02 Mar 2026 12:00:00 GMT' }, body }));
  expect((await dated.api.exportCustomers({})).date).toBe('2026-03-02T12:00:00.000Z');

  const undated = await startServer((_, response) => {
    response.sendDate = false;
    return { body };
  });
  expect((await undated.api.exportCustomers({})).date).toBeNull();
});

test('tells a connection that breaks off from a refusal', async () => {
  const { api } = await startServer((_, response) => {
    response.destroy();
    return null;
  });
  expect(await failureOf(api.exportCustomers({}))).toBeInstanceOf(NetworkError);
});

test('takes a body that breaks off for a broken connection', async () => {
  const { api } = await startServer((_, response) => {
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '1000' });
    response.write('{"hasMore"', () => response.destroy());
    return null;
  });
  expect(await failureOf(api.exportCustomers({}))).toBeInstanceOf(NetworkError);
});

test('keeps the status of an error whose body breaks off', async () => {
  const { api } = await startServer((_, response) => {
    response.writeHead(429, { 'Content-Type': 'application/json', 'Content-Length': '1000', 'Retry-After': '3' });
    response.write('{"title"', () => response.destroy());
    return null;
  });
  expect(await failureOf(api.exportCustomers({}))).toMatchObject({ name: 'RateLimitError', retryAfterMs: 3000 });
});

test('gives up after 100 seconds, the body included', async () => {
  const limits: number[] = [];
  const timeout = vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
    limits.push(ms);
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 30);
    return controller.signal;
  });
  try {
    const { api } = await startServer((_, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.write('{"hasMore"');
      return null;
    });
    expect(await failureOf(api.exportCustomers({}))).toMatchObject({ name: 'TimeoutError', status: null });
    expect(new Set(limits)).toEqual(new Set([100_000]));
  } finally {
    timeout.mockRestore();
  }
});

test("ends with the caller's own reason when the caller aborts", async () => {
  const caller = new AbortController();
  const reason = new Error('no longer wanted');
  const { connect } = await startServer(() => {
    caller.abort(reason);
    return null;
  });
  expect(await failureOf(connect({ signal: caller.signal }).exportCustomers({}))).toBe(reason);
});

test("calls the end of the caller's time a timeout", async () => {
  const { connect } = await startServer(() => null);
  const api = connect({ signal: AbortSignal.timeout(30) });
  expect(await failureOf(api.exportCustomers({}))).toBeInstanceOf(TimeoutError);
});

test('counts every request, those for tokens included', async () => {
  let count = 0;
  const { connect } = await startServer(() => ({ body: listOf([]) }));
  const api = connect({ onCall: () => (count += 1) });
  await api.notes('1');
  await api.notes('1');
  expect(count).toBe(3);
});

test('names every field of the connection that can not be used, without its value', () => {
  const broken = { authUrl: 'auth', apiUrl: 'https://user:pw@example.org', ...CONFIG, clientSecret: 'cs1.secret\n' };
  const create = () => createServiceTitanApi({ ...broken, tenantId: '41/..' });
  expect(create).toThrow(ConfigError);
  expect(create).toThrow(/authUrl .*apiUrl .*tenantId .*clientSecret /);
  expect(create).not.toThrow(/cs1\.secret|pw@/);
});

test.each([
  ['a secret', (secret: string) => `from-${secret}`],
  ['a line break', () => 'a\nb'],
  ['other letters', () => 'Groß'],
])('takes no continueFrom with %s in it, for a token is kept as it is', async (_, token) => {
  const clientSecret = 'cs1.long-enough-to-know';
  const server = await startServer(() => ({
    body: { hasMore: false, continueFrom: token(clientSecret), data: [] },
  }));
  const config = { authUrl: server.url, apiUrl: server.url, ...CONFIG, clientSecret };
  const error = await failureOf(createServiceTitanApi(config, { tokens: new Map() }).exportCustomers({}));
  expect(error).toBeInstanceOf(PayloadError);
  expect(String(error)).not.toMatch(/cs1|Groß/);
});
