import { expect, test } from 'vitest';
import { importSealingKey, open, seal } from '../../src/credentials/seal.ts';

const key = await importSealingKey(btoa('a'.repeat(32)));
const otherKey = await importSealingKey(btoa('b'.repeat(32)));

test('a sealed secret opens with its key, for its workspace and field', async () => {
  const sealed = await seal(key, '45963', 'client_secret', 'cs1.secret');
  expect(await open(key, '45963', 'client_secret', sealed)).toBe('cs1.secret');
});

test('sealing twice gives two values, neither showing the secret', async () => {
  const [one, other] = [await seal(key, '45963', 'app_key', 'secret'), await seal(key, '45963', 'app_key', 'secret')];
  expect(one).not.toBe(other);
  expect(atob(one.split('.')[2]!.replaceAll('-', '+').replaceAll('_', '/'))).not.toContain('secret');
});

test('a sealed value names its key', async () => {
  expect((await seal(key, '45963', 'app_key', 'x')).startsWith(`${key.id}.`)).toBe(true);
  expect(key.id).not.toBe(otherKey.id);
});

test.for([
  ['another workspace', () => seal(key, '1', 'app_key', 'x')],
  ['another field', () => seal(key, '45963', 'client_secret', 'x')],
  ['another key', () => seal(otherKey, '45963', 'app_key', 'x')],
  ['nobody: it was changed', async () => `${(await seal(key, '45963', 'app_key', 'x')).slice(0, -3)}AAA`],
  ['nobody: it is no sealed value', async () => 'plain text'],
] as [string, () => Promise<string>][])('a value sealed for %s does not open', async ([, makeSealed]) => {
  await expect(open(key, '45963', 'app_key', await makeSealed())).rejects.toThrow(/app_key of workspace 45963/);
});

test.for(['', 'short', 'not base64 !', btoa('a'.repeat(31))])(
  'a key that is not 32 bytes in base64 is refused: "%s"',
  async (text) => {
    await expect(importSealingKey(text)).rejects.toThrow(/openssl rand -base64 32/);
  },
);
