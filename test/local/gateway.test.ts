import { get } from 'node:http';
import { expect, inject, test } from 'vitest';
import { roleToken } from '../../local/supabase/keys.ts';

const { supabaseUrl, secretKey, publishableKey, jwtSecret } = inject('stack');
const CONTACTS = `${supabaseUrl}/rest/v1/contacts?select=crm_id&limit=1`;

const ask = (url: string, headers: Record<string, string>) => fetch(url, { headers });

test('a secret key reads what service_role may read', async () => {
  const response = await ask(CONTACTS, { apikey: secretKey });
  expect(response.status).toBe(200);
});

test('a publishable key is anon, which the contacts are closed to', async () => {
  const response = await ask(CONTACTS, { apikey: publishableKey });
  expect(response.status).toBe(401);
  expect(await response.json()).toMatchObject({ code: '42501' });
});

test("a signed-in user's token outranks the key that comes with it", async () => {
  const authorization = `Bearer ${roleToken('anon', jwtSecret)}`;
  const response = await ask(CONTACTS, { apikey: secretKey, authorization });
  expect(await response.json()).toMatchObject({ code: '42501' });
});

test('a key sent again as bearer token, as supabase-js does, is no user token', async () => {
  const response = await ask(CONTACTS, { apikey: secretKey, authorization: `Bearer ${secretKey}` });
  expect(response.status).toBe(200);
});

test.for([
  ['no key', {}, 'No API key found in request'],
  ['a key only as bearer token', { authorization: `Bearer ${secretKey}` }, 'No API key found in request'],
  ['a wrong key', { apikey: `${secretKey}x` }, 'Invalid API key'],
  ['a secret key in a browser', { apikey: secretKey, 'user-agent': 'Mozilla/5.0' }, 'Forbidden use of secret API key'],
] as const)('%s is refused', async ([, headers, message]) => {
  const response = await ask(CONTACTS, headers);
  expect(response.status).toBe(401);
  expect(await response.json()).toMatchObject({ message: expect.stringContaining(message) });
});

test.for(['/functions/v1/no-such-function', '/functions/v1/_shared', '/auth/v1/user'])(
  '%s is not found',
  async (path) => {
    const response = await ask(supabaseUrl + path, { apikey: secretKey });
    expect(response.status).toBe(404);
  },
);

test('a path that is none is refused, and the gateway stays', async () => {
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
  const { hostname, port } = new URL(supabaseUrl);
  get({ hostname, port, path: '//' }, (response) => {
    response.resume();
    resolve(response.statusCode);
  }).on('error', reject);
  expect(await promise).toBe(400);
  expect((await ask(CONTACTS, { apikey: secretKey })).status).toBe(200);
});
