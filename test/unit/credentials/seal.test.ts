import { expect, test } from 'vitest';
import { open, seal, type SealedFor } from '../../../src/credentials/seal.ts';
import { credentialsKeys, pageKeys } from '../../../src/credentials/sealingKeys.ts';

const base64 = (letter: string) => btoa(letter.repeat(32));
const key = await credentialsKeys({ CREDENTIALS_KEY: base64('a'), CREDENTIALS_KEY_PREVIOUS: undefined });
const otherKey = await credentialsKeys({ CREDENTIALS_KEY: base64('b'), CREDENTIALS_KEY_PREVIOUS: undefined });

const mine: SealedFor = {
  workspaceId: '45963',
  environment: 'production',
  tenantId: '410387862',
  clientId: 'cid.1',
  credentialsId: '7c1c4a4e-3a5d-4d5e-9b0a-0d8d6f0f6f01',
};

test('a sealed secret opens with its key, for its connection and field', async () => {
  const sealed = await seal(key, mine, 'client_secret', 'cs1.secret');
  expect(await open(key, { ...mine }, 'client_secret', sealed)).toBe('cs1.secret');
});

test('sealing twice gives two values, neither showing the secret', async () => {
  const [one, other] = [await seal(key, mine, 'app_key', 'secret'), await seal(key, mine, 'app_key', 'secret')];
  expect(one).not.toBe(other);
  expect(atob(one.split('.')[2]!.replaceAll('-', '+').replaceAll('_', '/'))).not.toContain('secret');
});

test('a sealed value names its key', async () => {
  expect((await seal(key, mine, 'app_key', 'x')).startsWith(`${key[0].id}.`)).toBe(true);
  expect(key[0].id).not.toBe(otherKey[0].id);
});

test.for([
  ['another workspace', () => seal(key, { ...mine, workspaceId: '1' }, 'app_key', 'x')],
  ['another environment', () => seal(key, { ...mine, environment: 'integration' }, 'app_key', 'x')],
  ['another tenant', () => seal(key, { ...mine, tenantId: '1' }, 'app_key', 'x')],
  ['another client id', () => seal(key, { ...mine, clientId: 'cid.2' }, 'app_key', 'x')],
  ['another saving', () => seal(key, { ...mine, credentialsId: crypto.randomUUID() }, 'app_key', 'x')],
  ['another field', () => seal(key, mine, 'client_secret', 'x')],
  ['another key', () => seal(otherKey, mine, 'app_key', 'x')],
  [
    'a tenant and a client id that read the same in a row',
    () => seal(key, { ...mine, tenantId: '410387862c', clientId: 'id.1' }, 'app_key', 'x'),
  ],
  [
    'a client id that quotes the rest of a list',
    () => seal(key, { ...mine, tenantId: '410387862","cid.1', clientId: '' }, 'app_key', 'x'),
  ],
  ['nobody: it was changed', async () => `${(await seal(key, mine, 'app_key', 'x')).slice(0, -3)}AAA`],
  ['nobody: it is no sealed value', async () => 'plain text'],
] as [string, () => Promise<string>][])('a value sealed for %s does not open', async ([, makeSealed]) => {
  await expect(open(key, mine, 'app_key', await makeSealed())).rejects.toMatchObject({
    code: 'config_invalid',
    message: expect.stringMatching(/^The app_key of workspace 45963 .* connect the workspace again\.$/i),
  });
});

test('while the key is being changed the new one seals and both open', async () => {
  const sealed = await seal(key, mine, 'app_key', 'secret');
  const changing = await credentialsKeys({ CREDENTIALS_KEY: base64('b'), CREDENTIALS_KEY_PREVIOUS: base64('a') });
  expect(await open(changing, mine, 'app_key', sealed)).toBe('secret');
  const again = await seal(changing, mine, 'app_key', 'secret');
  expect(await open(otherKey, mine, 'app_key', again)).toBe('secret');
  await expect(open(key, mine, 'app_key', again)).rejects.toThrow(/CREDENTIALS_KEY_PREVIOUS/);
});

test('the keys of the pages are others than those of the credentials', async () => {
  const pages = await pageKeys({ CREDENTIALS_KEY: base64('a'), CREDENTIALS_KEY_PREVIOUS: undefined });
  const sealed = await seal(key, mine, 'app_key', 'secret');
  await expect(open(pages, mine, 'app_key', sealed)).rejects.toThrow(/does not open/);
});

test.for(['', 'short', 'not base64 !', btoa('a'.repeat(31))])(
  'a key that is not 32 bytes in base64 is refused by the name of its setting: "%s"',
  async (text) => {
    const wrong = credentialsKeys({ CREDENTIALS_KEY: text, CREDENTIALS_KEY_PREVIOUS: undefined });
    await expect(wrong).rejects.toThrow(/^CREDENTIALS_KEY has .*openssl rand -base64 32/);
    const previous = credentialsKeys({ CREDENTIALS_KEY: base64('a'), CREDENTIALS_KEY_PREVIOUS: text });
    await expect(previous).rejects.toThrow(/^CREDENTIALS_KEY_PREVIOUS has/);
  },
);
