// Requests that nobody means well with. Where something of the caller's choosing goes in, it carries MARK, which no answer
// and no log line may repeat.
import { base, TOKEN } from './call.ts';

export const MARK = 'ECHO7';

/** What the attacker knows: two connected workspaces, and a finished run of the first. */
export interface Known {
  workspaceId: string;
  tenantId: string;
  otherWorkspaceId: string;
  otherTenantId: string;
  otherCustomerId: string;
  finishedInstanceId: string;
  secretKey: string;
  credentialsKey: string;
}

export interface Hostile {
  name: string;
  request: () => Request;
  status: number;
  /** The code of the refusal; absent where the answer has no body. */
  code?: string;
  /** Settings of the Worker other than usual. */
  settings?: Record<string, unknown>;
  /** The question goes on to ServiceTitan, which refuses it. */
  reachesServiceTitan?: true;
}

interface Parts {
  method?: string;
  path?: string;
  headers?: [string, string][] | Record<string, string>;
  body?: BodyInit | object | undefined;
  token?: string | null;
}

function build({ method = 'GET', path = '/', headers = {}, body, token = TOKEN }: Parts): Request {
  const all = new Headers(body === undefined ? {} : { 'content-type': 'application/json' });
  if (token !== null) all.set('authorization', `Bearer ${token}`);
  for (const [name, value] of Array.isArray(headers) ? headers : Object.entries(headers)) {
    if (Array.isArray(headers)) all.append(name, value);
    else all.set(name, value);
  }
  const isPlain = typeof body === 'object' && Object.getPrototypeOf(body) === Object.prototype;
  return new Request(`${base}${path}`, {
    method,
    headers: all,
    ...(body === undefined ? {} : { body: isPlain ? JSON.stringify(body) : (body as BodyInit) }),
  });
}

const nested = (open: string, close: string, depth: number) => open.repeat(depth) + close.repeat(depth);
const bytes = (...values: number[]) => new Uint8Array(values);
/** A body without a length; `chunks` of 16 KiB, without end unless told. */
function stream(chunks = Infinity): ReadableStream {
  let sent = 0;
  return new ReadableStream({
    pull(controller) {
      if (sent >= chunks) return controller.close();
      sent += 1;
      controller.enqueue(new Uint8Array(16 * 1024).fill(0x20));
    },
  });
}
const gzip = (text: string) =>
  new Response(new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'))).bytes();

export async function hostileRequests(known: Known): Promise<Hostile[]> {
  const { workspaceId, tenantId } = known;
  const good = { workspaceId, tenantId };
  const zipped = await gzip(JSON.stringify(good));

  /** A good trigger by somebody who is not let in: it would start a run. */
  const stranger = (name: string, parts: Parts, settings?: Record<string, unknown>): Hostile => ({
    name,
    request: () => build({ method: 'POST', path: '/trigger', body: good, token: null, ...parts }),
    status: 401,
    code: 'unauthorized',
    ...(settings && { settings }),
  });
  const shows = (name: string, authorization: string) => stranger(name, { headers: { authorization } });
  const trigger = (name: string, body: BodyInit | object, code = 'invalid_request', status = 400, headers = {}) => ({
    name: `/trigger with ${name}`,
    request: () => build({ method: 'POST', path: '/trigger', body, headers }),
    status,
    code,
  });
  const query = (path: string, values: Record<string, string>) => `${path}?${new URLSearchParams(values)}`;
  const get = (name: string, path: string, status = 400, code = 'invalid_request'): Hostile => ({
    name,
    request: () => build({ path }),
    status,
    code,
  });
  const statusOf = (name: string, instanceId: string) =>
    get(`/status of ${name}`, query('/status', { instanceId: `${instanceId}${MARK}` }));
  const customer = (name: string, customerId: string) =>
    get(`a customer id that is ${name}`, query('/debug/raw-customer', { ...good, customerId }));
  const workspace = (name: string, id: string) =>
    get(`a workspace id that is ${name}`, query('/debug/pagination', { workspaceId: `${id}${MARK}`, tenantId }));
  const note = (name: string, fields: object, status = 400, code = 'invalid_request'): Hostile => ({
    name: `a note ${name}`,
    request: () =>
      build({ method: 'POST', path: '/debug/add-note', body: { ...good, customerId: '7', text: 'note', ...fields } }),
    status,
    code,
  });
  const route = (method: string, path: string, status: number, code: string): Hostile => ({
    name: `${method} ${path}`,
    request: () => build({ method, path }),
    status,
    code,
  });
  const connection = (name: string, fields: object, id = workspaceId): Hostile => ({
    name: `a connection with ${name}`,
    request: () =>
      build({
        method: 'PUT',
        path: `/connections/${id}`,
        body: { tenantId, clientId: 'c', clientSecret: 's', appKey: 'k', timeZone: 'America/Denver', ...fields },
      }),
    status: 400,
    code: 'invalid_request',
  });

  return [
    // Who is let in
    stranger('no token', {}),
    shows('an empty header', ''),
    shows('a scheme without a token', 'Bearer'),
    shows('a token of blanks', 'Bearer    '),
    shows('the token as a basic login', `Basic ${btoa(`:${TOKEN}`)}`),
    shows('the token without a scheme', TOKEN),
    shows('the token under a scheme of its own', `Token ${TOKEN}`),
    shows('the token in capitals', `Bearer ${TOKEN.toUpperCase()}`),
    shows('the token and one character', `Bearer ${TOKEN}x`),
    shows('all of the token but its end', `Bearer ${TOKEN.slice(0, -1)}`),
    shows('the token behind two blanks', `Bearer  ${TOKEN}`),
    shows('the token in a list', `Bearer ${TOKEN},${TOKEN}`),
    shows('a token with a Cyrillic е', `Bearer ${encodeURIComponent(TOKEN.replace('e', 'е'))}`),
    shows('a token with a byte over ASCII', `Bearer ${TOKEN.replace('e', 'é')}`),
    shows('a token of 60,000 characters', `Bearer ${'a'.repeat(60_000)}`),
    shows('a wildcard', 'Bearer *'),
    shows('a pattern', 'Bearer .*'),
    shows('the word undefined', 'Bearer undefined'),
    shows('the word null', 'Bearer null'),
    shows('a JWT that nobody signed', `Bearer ${btoa('{"alg":"none"}')}.${btoa('{"role":"service_role"}')}.`),
    shows("Supabase's secret key", `Bearer ${known.secretKey}`),
    shows('the key of the credentials', `Bearer ${known.credentialsKey}`),
    stranger('a wrong token, then the right one in a second header', {
      headers: [
        ['authorization', 'Bearer wrong'],
        ['authorization', `Bearer ${TOKEN}`],
      ],
    }),
    stranger('the token in the address', { path: `/trigger?token=${TOKEN}&access_token=${TOKEN}&apikey=${TOKEN}` }),
    stranger('the token in a cookie', { headers: { cookie: `token=${TOKEN}; authorization=Bearer ${TOKEN}` } }),
    stranger('the token in other headers', {
      headers: { apikey: TOKEN, 'x-api-key': TOKEN, 'proxy-authorization': `Bearer ${TOKEN}` },
    }),
    stranger('the token in the body', { body: { ...good, token: TOKEN, authorization: `Bearer ${TOKEN}` } }),
    stranger('the token after it was changed', { token: TOKEN }, { API_TOKEN: `${TOKEN}-new`, API_TOKEN_PREVIOUS: '' }),
    ...(
      [
        ['an empty token where none is configured', { headers: { authorization: 'Bearer ' } }, ''],
        ['a token where none is configured', { token: 'undefined' }, undefined],
        ['the token where it is one character', { token: 'a' }, 'a'],
        ['the token where it is one character over and over', { token: 'a'.repeat(40) }, 'a'.repeat(40)],
        [
          'the token where it is what the local stack once had',
          { token: 'local-only-api-token' },
          'local-only-api-token',
        ],
        ['the token where it is an example of the docs', { token: '<openssl' }, '<openssl rand -hex 32>'],
      ] as const
    ).map(([name, parts, configured]) => ({
      ...stranger(name, parts, { API_TOKEN: configured, API_TOKEN_PREVIOUS: configured }),
      status: 503,
      code: 'not_configured',
    })),
    stranger('a loopback Host at a deployed Worker', { headers: { host: '127.0.0.1' } }),
    stranger('a rebound name', { headers: { host: 'rebound.example:8787' } }),
    stranger('a Host that begins as the loopback', { headers: { host: '127.0.0.1.rebound.example' } }),
    stranger('a Host that ends as the loopback', { headers: { host: 'rebound.example#@localhost' } }),
    stranger('a forwarded loopback Host', {
      headers: { host: 'rebound.example', 'x-forwarded-host': 'localhost', forwarded: 'host=localhost' },
    }),
    stranger('a setting of earlier versions that opened the local stack', {}, { LOCAL_OPEN_ACCESS: 'true' }),
    stranger("the dev server's own header with a loopback address", {
      headers: { host: 'rebound.example', 'mf-original-url': 'http://127.0.0.1:8787/trigger' },
    }),
    ...(
      [
        ['a Host with a port', { host: 'localhost:8787' }],
        ['a Host with a trailing point', { host: 'localhost.' }],
        ['a Host that is no name', { host: '[::ffff:127.0.0.1]' }],
        ['two forwarded hosts', { 'x-forwarded-host': 'localhost, 127.0.0.1', 'x-forwarded-proto': 'http' }],
        ['a Forwarded header', { forwarded: 'for="[::1]";host=localhost;proto=http;by=127.0.0.1' }],
        ['an Origin that is local', { origin: 'http://localhost:8787', 'sec-fetch-site': 'same-origin' }],
        ['an Origin of null', { origin: 'null', 'sec-fetch-mode': 'no-cors' }],
        ['the address of another route', { 'x-original-url': '/health', 'x-rewrite-url': '/health' }],
        ['the address of another route, as miniflare has it', { 'mf-original-url': 'http://localhost:8787/health' }],
        ['the name of another Worker', { 'mf-route-override': 'servicetitan-sync', 'mf-disable-pretty-error': 'true' }],
        [
          'what wrangler knows a scheduled call by',
          { 'mf-custom-fetch-service': 'core:entry', 'cf-cron': '* * * * *' },
        ],
        ['an identity of Cloudflare Access', { 'cf-access-authenticated-user-email': 'admin@example.com' }],
        ['a token of Cloudflare Access that nobody signed', { 'cf-access-jwt-assertion': 'e30.e30.' }],
        ['the name of a calling Worker', { 'cf-worker': 'servicetitan-sync.example.workers.dev' }],
        ['two addresses of its own', { 'cf-connecting-ip': '127.0.0.1, ::1', 'true-client-ip': '127.0.0.1' }],
        ['an address that is none', { 'cf-connecting-ip': `${MARK}'; --` }],
        ['an address of 60,000 characters', { 'cf-connecting-ip': ':'.repeat(60_000) }],
        ['a request that says how it is framed, twice', { 'transfer-encoding': 'chunked', 'content-length': '2' }],
        [
          'a request that wants to become another',
          { connection: 'upgrade', upgrade: 'websocket', 'sec-websocket-key': 'YQ==' },
        ],
        ['a hop that takes the token away', { connection: 'authorization, close', te: 'trailers' }],
        ['an Expect header', { expect: '100-continue' }],
        ['a cookie of 60,000 characters', { cookie: `a=${'b'.repeat(60_000)}` }],
      ] as [string, Record<string, string>][]
    ).map(([name, headers]) => stranger(name, { headers })),
    stranger('5,000 headers', {
      headers: Object.fromEntries(Array.from({ length: 5000 }, (_, at) => [`x-${at}`, MARK])),
    }),
    stranger('5,000 headers of one name', {
      headers: Array.from({ length: 5000 }, () => ['x-a', MARK] as [string, string]),
    }),
    stranger('5,000 wrong tokens and the right one', {
      headers: Array.from(
        { length: 5000 },
        (_, at) => ['authorization', `Bearer ${at === 4999 ? TOKEN : at}`] as [string, string],
      ),
    }),
    ...['PROPFIND', 'PURGE', 'QUERY', 'MKCOL', 'SEARCH', 'LOCK', 'NOTIFY', 'patch'].map((method) =>
      stranger(`the method ${method}`, { method }),
    ),
    ...[
      '/trigger%23',
      '/trigger%3Fa=b',
      '/..%2fhealth',
      '/health%2f..%2ftrigger',
      '/health;/../trigger',
      '/health%00',
      '/health%0d%0aset-cookie:%20a=b',
      '/health.json',
      '/%',
      '/%zz',
      '/%E0%A4%A',
      '/%c0%af..%c0%afhealth',
      '/\\health',
      '/@localhost/health',
      `/${'a/'.repeat(8_000)}`,
    ].map((path) => stranger(`the path ${path.slice(0, 40)}`, { method: 'GET', path, body: undefined })),
    ...(['SUPABASE_URL', 'SUPABASE_SECRET_KEY', 'CREDENTIALS_KEY', 'CALLS', 'FAILED_AUTHENTICATIONS'] as const).flatMap(
      (name) => [
        stranger(`a good trigger where ${name} is missing`, {}, { [name]: undefined }),
        stranger(`a good trigger where ${name} is malformed`, {}, { [name]: MARK }),
      ],
    ),
    ...(
      [
        ['SUPABASE_URL', `https://${MARK}@abc.supabase.co`],
        ['SUPABASE_URL', 'http://abc.supabase.co'],
        ['SUPABASE_SECRET_KEY', `sb_publishable_${MARK}`],
        ['CREDENTIALS_KEY', btoa(MARK.padEnd(32, 'x'))],
        ['SERVICETITAN_AUTH_URL', `http://${MARK}.example`],
      ] as const
    ).map(([name, value], index) => ({
      ...trigger(`the right token where ${name} is malformed in way ${index + 1}`, good, 'config_invalid', 500),
      settings: { [name]: value },
    })),
    stranger('an address that claims to be local', {
      headers: { 'x-forwarded-for': '127.0.0.1', 'x-real-ip': '127.0.0.1', 'cf-connecting-ip': '127.0.0.1' },
    }),
    stranger('an unknown route, which tells a stranger nothing', { path: `/${MARK}` }),
    stranger('a wrong method, which tells a stranger nothing', { method: 'PUT' }),
    stranger('a preflight', {
      method: 'OPTIONS',
      body: undefined,
      headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
    }),
    stranger('a body of 1 MiB, which is not read', { body: 'x'.repeat(1024 * 1024) }),
    stranger('a body without end, which is not read', { body: stream() }),
    stranger(
      'a debug route that is switched off',
      { method: 'GET', path: query('/debug/pagination', good), body: undefined },
      { DEBUG_ENDPOINTS: 'false' },
    ),
    stranger('a method by header', {
      method: 'GET',
      path: '/health/../trigger',
      body: undefined,
      headers: { 'x-http-method-override': 'POST' },
    }),

    // Bodies
    trigger('text', MARK, 'invalid_json'),
    trigger('nothing', '', 'invalid_json'),
    trigger('blanks', ' \n\t ', 'invalid_json'),
    trigger('half a body', `{"workspaceId":"${workspaceId}","tenantId":`, 'invalid_json'),
    trigger('code instead of JSON', `(() => (${JSON.stringify(good)}))()`, 'invalid_json'),
    trigger('single quotes', `{'workspaceId':'${workspaceId}','tenantId':'${tenantId}'}`, 'invalid_json'),
    trigger('bytes that are no text', bytes(0xff, 0xfe, 0x00, 0x7b), 'invalid_json'),
    trigger('null', 'null'),
    trigger('a number', '7'),
    trigger('a text', `"${MARK}"`),
    trigger('a list', JSON.stringify([good])),
    trigger('10,000 lists in each other', nested('[', ']', 10_000)),
    trigger(
      '10,000 objects in each other as an id',
      `{"workspaceId":${nested('{"a":', '}', 10_000).replace(':}', ':1}')},"tenantId":1}`,
    ),
    trigger('10,000 lists that are never closed', '['.repeat(10_000), 'invalid_json'),
    trigger(
      'the same key twice: the last one counts',
      `{"workspaceId":"${workspaceId}","tenantId":"${tenantId}","workspaceId":"${MARK}"}`,
      'unknown_workspace',
      404,
    ),
    trigger('what it needs in __proto__', `{"__proto__":${JSON.stringify(good)}}`),
    trigger('what it needs in constructor.prototype', `{"constructor":{"prototype":${JSON.stringify(good)}}}`),
    trigger(
      'thousands of keys that nobody knows',
      {
        ...Object.fromEntries(Array.from({ length: 2500 }, (_, at) => [`${MARK}${at}`, at])),
        workspaceId: MARK,
        tenantId: 1,
      },
      'unknown_workspace',
      404,
    ),
    trigger('a list for an id', { ...good, workspaceId: [workspaceId] }),
    trigger('an object for an id', { ...good, workspaceId: { $ne: null } }),
    trigger('a flag for an id', { ...good, workspaceId: true }),
    trigger('null for an id', { ...good, tenantId: null }),
    trigger('a number that is infinite', `{"workspaceId":"${workspaceId}","tenantId":1e400}`),
    trigger('a number that a double can not hold', `{"workspaceId":"${workspaceId}","tenantId":99999999999999999999}`),
    trigger('a broken number', { ...good, tenantId: 410387862.5 }),
    trigger('a negative number', { ...good, tenantId: -410387862 }),
    trigger('a number with an exponent, as text', { ...good, tenantId: '4e8' }),
    trigger('an id of 65 characters', { ...good, workspaceId: MARK.padEnd(65, 'x') }),
    trigger('a NUL in an id', { ...good, workspaceId: `${workspaceId}\0${MARK}` }),
    trigger('half of a character in an id', `{"workspaceId":"${workspaceId}\\ud800${MARK}","tenantId":1}`),
    trigger('line breaks in an id', { ...good, workspaceId: `${workspaceId}\r\n{"event":"${MARK}"}` }),
    trigger('digits of another script', { ...good, tenantId: '４１０３８７' }),
    trigger('a mode that there is not', { ...good, mode: MARK }),
    trigger('a list of modes', { ...good, mode: ['initial'] }),
    trigger('more than 64 KiB', { ...good, padding: MARK.repeat(14_000) }, 'body_too_large', 413),
    trigger('more than 64 KiB in a stream', stream(5), 'body_too_large', 413),
    trigger('a stream without end', stream(), 'body_too_large', 413),
    trigger('gzip', zipped, 'unsupported_media_type', 415, { 'content-encoding': 'gzip' }),
    trigger('gzip that is not named', zipped, 'invalid_json'),
    trigger('text as its type', JSON.stringify(good), 'unsupported_media_type', 415, { 'content-type': 'text/plain' }),
    trigger('a form', new URLSearchParams(good).toString(), 'unsupported_media_type', 415, {
      'content-type': 'application/x-www-form-urlencoded',
    }),
    trigger('a relative of JSON', JSON.stringify(good), 'unsupported_media_type', 415, {
      'content-type': 'application/json-patch+json',
    }),
    trigger('a type that hides JSON', JSON.stringify(good), 'unsupported_media_type', 415, {
      'content-type': 'text/html;application/json',
    }),

    ...[
      'application/json ;charset=utf-8',
      'application/json\t; charset=utf-8',
      'APPLICATION/JSON',
      'Application/Json;Charset="UTF-8"',
      'application/json;',
      'application/json; charset=utf-16',
      'application/json; profile="a,b;c"',
      'application/json; profile="https://a.example/x y"; v=1',
    ].map((type) =>
      trigger(`JSON for nobody, of the type ${type}`, { ...good, workspaceId: MARK }, 'unknown_workspace', 404, {
        'content-type': type,
      }),
    ),
    ...[
      'application/json, text/plain',
      'application/json; a="b, text/plain',
      'text/plain; application/json',
      'application/json charset=utf-8',
      'application /json',
      'application/jsonx',
      'application/json/x',
      'application/x-json',
      'application/vnd.api+json',
      'text/json',
      '*/*',
      '"application/json"',
      '; application/json',
      'multipart/form-data; boundary=application/json',
      MARK,
    ].map((type) =>
      trigger(`the type ${type.replace(MARK, 'of its own')}`, JSON.stringify(good), 'unsupported_media_type', 415, {
        'content-type': type,
      }),
    ),
    ...['br', 'deflate', 'GZIP', 'identity, gzip', 'zstd'].map((encoding) =>
      trigger(`the encoding ${encoding}`, zipped, 'unsupported_media_type', 415, { 'content-encoding': encoding }),
    ),
    trigger(
      'a byte order mark, which counts for nothing',
      `\uFEFF{"workspaceId":"${MARK}","tenantId":1}`,
      'unknown_workspace',
      404,
    ),
    trigger('two byte order marks', `\uFEFF\uFEFF${JSON.stringify(good)}`, 'invalid_json'),
    trigger(
      'UTF-16',
      bytes(...[...JSON.stringify(good)].flatMap((letter) => [letter.charCodeAt(0), 0])),
      'invalid_json',
    ),
    ...[
      'NaN',
      'Infinity',
      '-Infinity',
      'undefined',
      '0x1f',
      '01',
      '1.',
      '.5',
      '+1',
      '1_000',
      '1n',
      "'1'",
      '1,',
      '1/**/',
    ].map((value) =>
      trigger(`${value} for an id`, `{"workspaceId":"${workspaceId}","tenantId":${value}}`, 'invalid_json'),
    ),
    trigger('minus zero for an id', `{"workspaceId":"${workspaceId}","tenantId":-0}`, 'wrong_tenant', 403),
    trigger(
      'a number with an exponent for an id',
      `{"workspaceId":"${workspaceId}","tenantId":4e8}`,
      'wrong_tenant',
      403,
    ),
    trigger(
      'a tenant twice: the last one counts',
      `{"tenantId":"${tenantId}",${JSON.stringify({ ...good, tenantId: '1' }).slice(1)}`,
      'wrong_tenant',
      403,
    ),
    trigger(
      'the same key twice, once escaped',
      `{"workspaceId":"${workspaceId}","tenantId":"${tenantId}","\\u0077orkspaceId":"${MARK}"}`,
      'unknown_workspace',
      404,
    ),
    trigger(
      'methods of objects for keys',
      `{"workspaceId":"${MARK}","tenantId":1,"hasOwnProperty":1,"toString":1,"then":1,"toJSON":1}`,
      'unknown_workspace',
      404,
    ),
    trigger(
      'a key that is half a character',
      `{"\\ud800":1,"workspaceId":"${MARK}","tenantId":1}`,
      'unknown_workspace',
      404,
    ),
    trigger(
      'a mode that is half a character',
      `{"workspaceId":"${workspaceId}","tenantId":"${tenantId}","mode":"\\udc00"}`,
    ),
    ...['__proto__', 'constructor', 'toString', 'hasOwnProperty'].map((name) =>
      trigger(`${name} for a workspace`, { workspaceId: name, tenantId }, 'unknown_workspace', 404),
    ),
    ...(
      [
        ['Arabic', '٤١٠'],
        ['Devanagari', '४१०'],
        ['mathematical', '𝟒𝟏𝟎'],
        ['superscript', '⁴¹⁰'],
        ['circled', '④①'],
      ] as const
    ).map(([script, digits]) => trigger(`${script} digits`, { ...good, tenantId: digits })),
    trigger('a letter that lower case makes ASCII', { ...good, workspaceId: `\u212A${MARK}` }),
    trigger('a letter that is made of two', { ...good, workspaceId: `w\u0301${MARK}` }),
    trigger('a mark that turns the direction', { ...good, workspaceId: `\u202E${MARK}` }),
    trigger('an id with a line break behind it', { ...good, tenantId: `${tenantId}\n` }),
    trigger('an id with a blank before it', { ...good, tenantId: ` ${tenantId}` }),
    trigger('a stream that says how long it is, wrongly', stream(5), 'body_too_large', 413, {
      'content-length': '2',
      'transfer-encoding': 'chunked',
    }),
    trigger('a few bytes that claim to be many', JSON.stringify(good), 'body_too_large', 413, {
      'content-length': '99999999999',
    }),

    // Ids
    statusOf('a path', '../../etc/passwd'),
    statusOf('an encoded path', '..%2f..%2fetc%2fpasswd'),
    statusOf('SQL', "'; drop table public.contacts; --"),
    statusOf('SQL of another kind', `${known.finishedInstanceId}' or '1'='1`),
    statusOf('an operator of the Data API', 'eq.sync-1'),
    statusOf('a list of the Data API', 'in.(sync-1,sync-2)'),
    statusOf('a logic of the Data API', `x,or=(workspace_id.eq.${workspaceId})`),
    statusOf('a template', '{{7*7}}${7*7}<%= 7*7 %>'),
    statusOf('a script', '<script>alert(1)</script>'),
    statusOf('line breaks', 'sync-1\r\nset-cookie: a=b\r\n\r\n'),
    statusOf('a NUL', 'sync-1\0'),
    statusOf('101 characters', 'a'.repeat(101 - MARK.length)),
    statusOf('60,000 characters', 'a'.repeat(60_000)),
    get('/status of nothing', '/status?instanceId='),
    get('/status of two runs at once', `/status?instanceId=${known.finishedInstanceId}&instanceId=${MARK}`),
    get('/status of a list', `/status?instanceId[]=${known.finishedInstanceId}`),
    get('/status of a run that there is not', `/status?instanceId=sync-${MARK}-1770520988299`, 404, 'unknown_instance'),
    customer('negative', '-1'),
    customer('broken', '1.5'),
    customer('written with an exponent', '1e3'),
    customer('written in hexadecimal', '0x1f'),
    customer('of 20 digits', '1'.repeat(20)),
    customer('of digits of another script', '１２３'),
    customer('a path', '../contacts'),
    customer('a path with a query', '1/notes?page=1'),
    customer('an encoded path', '1%2fnotes'),
    customer('SQL', '1 or 1=1'),
    customer('empty', ''),
    workspace('an operator of the Data API', 'eq.'),
    workspace('a wildcard', '*'),
    workspace('a list', `${workspaceId},${known.otherWorkspaceId},`),
    workspace('SQL', `${workspaceId}' or '1'='1`),
    workspace('a path', '../'),
    get('a workspace in the path that climbs', `/workspaces/..%2f..%2f${MARK}`),
    get('a workspace in the path that is an operator', `/workspaces/eq.${MARK}`),
    get('a workspace in the path that there is not', `/workspaces/${MARK}`, 404, 'unknown_workspace'),
    get('a limit without a limit', `/workspaces?limit=99999999`),
    get('a limit that is none', `/workspaces?limit=-1`),
    get('redact that is neither true nor false', query('/debug/pagination', { ...good, redact: MARK })),
    get(
      'a token of ServiceTitan that is too long',
      query('/debug/pagination', { ...good, continueFrom: MARK.repeat(1601) }),
    ),

    // Routes
    route('GET', `/debug/../../etc/passwd`, 404, 'not_found'),
    route('GET', `/debug/%2e%2e/%2e%2e/.env`, 404, 'not_found'),
    route('GET', '/.env', 404, 'not_found'),
    route('GET', '/.git/config', 404, 'not_found'),
    route('GET', '/.dev.vars', 404, 'not_found'),
    route('POST', '//trigger', 404, 'not_found'),
    route('POST', '/trigger/', 404, 'not_found'),
    route('POST', '/trigger%2f', 404, 'not_found'),
    route('POST', '/%74rigger%00', 404, 'not_found'),
    route('POST', '/TRIGGER', 404, 'not_found'),
    route('POST', '/trigger;x=1', 404, 'not_found'),
    route('GET', '/debug', 404, 'not_found'),
    route('GET', `/debug/${MARK}`, 404, 'not_found'),
    route('GET', '/trigger', 405, 'method_not_allowed'),
    route('PATCH', '/trigger', 405, 'method_not_allowed'),
    route('OPTIONS', '/trigger', 405, 'method_not_allowed'),
    route('DELETE', '/status', 405, 'method_not_allowed'),
    route('DELETE', `/workspaces/${workspaceId}`, 405, 'method_not_allowed'),
    route('POST', '/health', 405, 'method_not_allowed'),
    { name: 'HEAD /trigger', request: () => build({ method: 'HEAD', path: '/trigger' }), status: 405 },

    ...['PROPFIND', 'PURGE', 'QUERY', 'PUT'].map((method) => route(method, '/trigger', 405, 'method_not_allowed')),
    route('POST', '/trigger%2F..%2Fhealth', 404, 'not_found'),
    route('POST', '/./trigger/../trigger/.', 404, 'not_found'),
    route('GET', '/%E0%A4%A', 404, 'not_found'),
    route('GET', '/workspaces/%E0%A4%A', 400, 'invalid_request'),
    route('GET', '/workspaces/%', 400, 'invalid_request'),
    route('GET', '/__proto__', 404, 'not_found'),
    route('GET', '/constructor/prototype', 404, 'not_found'),
    route('GET', '/workspaces/__proto__', 404, 'unknown_workspace'),
    ...(
      [
        ['a method in a header', '/trigger', { 'x-http-method-override': 'POST', 'x-method-override': 'POST' }],
        ['a method in the query', '/trigger?_method=POST', {}],
      ] as [string, string, Record<string, string>][]
    ).map(([name, path, headers]) => ({
      name,
      request: () => build({ path, headers }),
      status: 405,
      code: 'method_not_allowed',
    })),
    ...(
      [
        ['a foreign Origin', { origin: `https://${MARK.toLowerCase()}.example` }],
        ['a preflight of its own', { origin: 'null', 'access-control-request-private-network': 'true' }],
        ['a ray that is none', { 'cf-ray': `${MARK}"}\u00e9`, 'cf-connecting-ip': MARK }],
        ['a Referer', { referer: `https://${base.slice(8)}/${MARK}` }],
      ] as [string, Record<string, string>][]
    ).map(([name, headers]) => ({
      name: `a debug call with ${name}`,
      request: () => build({ path: query('/debug/pagination', { ...good, redact: MARK }), headers }),
      status: 400,
      code: 'invalid_request',
    })),

    // The tenant, the workspace, the run of somebody else
    trigger("another workspace's tenant", { workspaceId, tenantId: known.otherTenantId }, 'wrong_tenant', 403),
    trigger('a workspace that there is not', { workspaceId: MARK, tenantId }, 'unknown_workspace', 404),
    trigger('the tenant with a zero in front', { workspaceId, tenantId: `0${tenantId}` }, 'wrong_tenant', 403),
    get(
      "a look into another workspace's tenant",
      query('/debug/raw-customer', { workspaceId, tenantId: known.otherTenantId }),
      403,
      'wrong_tenant',
    ),
    get(
      "another workspace's export",
      query('/debug/pagination', { workspaceId: known.otherWorkspaceId, tenantId }),
      403,
      'wrong_tenant',
    ),
    note("into another workspace's tenant", { tenantId: known.otherTenantId }, 403, 'wrong_tenant'),
    {
      ...get(
        "another tenant's customer",
        query('/debug/raw-customer', { ...good, customerId: known.otherCustomerId }),
        404,
        'not_found_in_servicetitan',
      ),
      reachesServiceTitan: true,
    },
    {
      ...get(
        'a token of another feed',
        query('/debug/pagination', { ...good, continueFrom: MARK }),
        502,
        'servicetitan_request',
      ),
      reachesServiceTitan: true,
    },

    // Notes and debug routes
    note('of blanks', { text: ' \n ' }),
    note('that is no text', { text: { $gt: MARK } }),
    note('of 5,001 characters', { text: MARK.padEnd(5001, 'x') }),
    note('to a customer that is a path', { customerId: `7/../${MARK}` }),
    note('that is half a character', { text: `\ud800${MARK}` }),
    note('to a customer of another script', { customerId: '٧' }),
    note('to nobody', { customerId: undefined }),
    ...['/debug/raw-customer', '/debug/pagination'].map((path) => ({
      ...get(`${path} while it is switched off`, query(path, good), 403, 'debug_disabled'),
      settings: { DEBUG_ENDPOINTS: 'false' },
    })),
    {
      ...note('while it is switched off', { text: MARK }, 403, 'debug_disabled'),
      settings: { DEBUG_ENDPOINTS: 'false' },
    },
    {
      ...get('a debug route under a switch that is misspelt', query('/debug/pagination', good), 500, 'config_invalid'),
      settings: { DEBUG_ENDPOINTS: 'TRUE' },
    },

    // Connections, and what tells of workspaces
    ...(
      [
        ['PUT', `/connections/${workspaceId}`],
        ['GET', `/connections/${workspaceId}`],
        ['DELETE', `/connections/${workspaceId}`],
        ['POST', `/connections/${workspaceId}/pause`],
        ['POST', `/connections/${workspaceId}/resume`],
        ['GET', '/workspaces'],
        ['GET', `/workspaces/${workspaceId}`],
        ['GET', `/workspaces/${workspaceId}/runs`],
        ['GET', query('/why', { workspaceId, customerId: '7' })],
        ['GET', '/openapi.json'],
      ] as const
    ).map(([method, path]) =>
      stranger(`${method} ${path.replace(workspaceId, '<id>')} without a token`, {
        method,
        path,
        body:
          method === 'PUT' ? { tenantId, clientId: 'c', clientSecret: 's', appKey: 'k', timeZone: 'UTC' } : undefined,
      }),
    ),
    connection('line breaks in the client id', { clientId: `c\r\nx-injected: ${MARK}` }),
    connection('a NUL in the secret', { clientSecret: `s\0${MARK}` }),
    connection('a secret that is no text', { clientSecret: { $ne: MARK } }),
    connection('an app key of 1,001 characters', { appKey: MARK.padEnd(1001, 'x') }),
    connection('an environment that there is not', { environment: MARK }),
    connection('an address for an environment', { environment: `https://${MARK}.example` }),
    connection('a zone that is a path', { timeZone: `../../${MARK}` }),
    connection('a zone that is SQL', { timeZone: `UTC'; drop table contacts; --${MARK}` }),
    connection('a tenant that is a path', { tenantId: `1/../${MARK}` }),
    connection('a name with line breaks', { name: `a\n${MARK}` }),
    connection('a name that is half a character', { name: `\ud800${MARK}` }),
    connection('a zone that is a key of every object', { timeZone: '__proto__' }),
    connection('an environment that is a key of every object', { environment: 'constructor' }),
    connection('a client id in another script', { clientId: `сid.${MARK}` }),
    connection('an id that climbs', {}, `..%2f${MARK}`),
    connection('an id that is an operator', {}, `eq.${MARK}`),
    connection('what it needs in __proto__', { tenantId: undefined, ['__proto__']: { tenantId } }),
    {
      ...connection('credentials that ServiceTitan does not know', {
        clientId: MARK,
        clientSecret: MARK,
        appKey: MARK,
      }),
      status: 422,
      code: 'credentials_refused',
      reachesServiceTitan: true,
    },
    ...(
      [
        ['GET', ''],
        ['POST', '/pause'],
        ['POST', '/resume'],
      ] as const
    ).map(([method, action]) => route(method, `/connections/${MARK}${action}`, 404, 'unknown_workspace')),
    route('DELETE', `/connections/eq.${MARK}`, 400, 'invalid_request'),
    route('POST', `/connections/%00${MARK}/pause`, 400, 'invalid_request'),
    route('GET', `/connections/${workspaceId}/pause`, 405, 'method_not_allowed'),
    route('POST', `/connections/${workspaceId}/delete`, 404, 'not_found'),
    route('GET', '/connections', 404, 'not_found'),
    route('POST', '/openapi.json', 405, 'method_not_allowed'),
    get('runs before a time that is SQL', query(`/workspaces/${workspaceId}/runs`, { before: `now()'--${MARK}` })),
    get('runs of a workspace that there is not', `/workspaces/${MARK}/runs`, 404, 'unknown_workspace'),
    get('workspaces after a logic of the Data API', query('/workspaces', { after: `x,or=(id.eq.${MARK})` })),
    get('why of a customer that is SQL', query('/why', { workspaceId, customerId: `7 or 1=1 ${MARK}` })),
    get('why of a workspace that is a wildcard', query('/why', { workspaceId: `*${MARK}`, customerId: '7' })),
    get('a limit in another script', '/workspaces?limit=１０'),
    get('a limit that is infinite', '/workspaces?limit=Infinity'),
    get('a limit twice', '/workspaces?limit=1&limit=2'),
    get('why of nothing', '/why'),
    get('why by the names of every object', '/why?__proto__[workspaceId]=1&constructor=1'),
    get(
      'why of a workspace that there is not',
      query('/why', { workspaceId: MARK, customerId: '7' }),
      404,
      'unknown_workspace',
    ),
  ];
}
