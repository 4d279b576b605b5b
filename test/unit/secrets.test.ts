// The last net: what is taken out of a text, in whatever form it stands there.
import { expect, test, vi } from 'vitest';
import { ConfigError } from '../../src/errors.ts';
import { log } from '../../src/log.ts';
import { holdSecrets, holdSecretsOf, withoutSecrets, withoutSecretsInJson } from '../../src/secrets.ts';

const SECRET = 'cs1.päss+w/rd "quoted" ~end';
holdSecrets(SECRET);
const base64 = (text: string) => Buffer.from(text).toString('base64');

test.for([
  ['as it is', `Bearer ${SECRET}.`],
  ['in JSON', JSON.stringify({ a: SECRET })],
  ['in an address', `https://a.example/?x=${encodeURIComponent(SECRET)}`],
  ['in a form', new URLSearchParams({ client_secret: SECRET }).toString()],
  ['in base64', base64(SECRET)],
  ['in base64 behind a user', base64(`me:${SECRET}`)],
  ['in base64 behind another user, with something after', base64(`user:${SECRET} and more`)],
  ['in base64url', Buffer.from(`a${SECRET}`).toString('base64url')],
])('a secret is taken out %s', ([, text]) => {
  const clean = withoutSecrets(text!);
  expect(clean).toContain('[secret]');
  const decoded = [clean, decodeURIComponent(clean.replaceAll('%', '%25')), Buffer.from(clean, 'base64').toString()];
  for (const form of decoded) expect(form).not.toMatch(/p.ss|w\/rd|quoted/);
});

test('those of the settings are known; a short one is not taken for one', () => {
  holdSecretsOf({ API_TOKEN: 'token-of-the-settings', CREDENTIALS_KEY: 'short', SUPABASE_SECRET_KEY: undefined });
  expect(withoutSecrets('a token-of-the-settings, a short text')).toBe('a [secret], a short text');
});

test('the newest hundreds are known', () => {
  for (let count = 0; count < 1000; count += 1) holdSecrets(`secret-number-${count}-`);
  expect(withoutSecrets('secret-number-999-')).toBe('[secret]');
  expect(withoutSecrets('secret-number-1-')).toBe('secret-number-1-');
});

test('they are taken out of the log and of errors', () => {
  holdSecrets('held-for-the-log');
  const line = vi.spyOn(console, 'log').mockImplementation(() => {});
  try {
    log({ event: 'x', said: 'held-for-the-log' });
    expect(line.mock.calls).toEqual([['{"event":"x","said":"[secret]"}']]);
  } finally {
    line.mockRestore();
  }
  expect(new ConfigError('held-for-the-log').message).toBe('[secret]');
});

test('they are taken out of JSON, which stays JSON, with its numbers', () => {
  holdSecrets('12345678901', 'quo"ted\\\nsecret');
  const told = {
    id: 12345678901,
    text: 'no 12345678901',
    list: ['quo"ted\\\nsecret', null, true],
    'a 12345678901': {},
  };
  expect(JSON.parse(withoutSecretsInJson(JSON.stringify(told)))).toEqual({
    id: 12345678901,
    text: 'no [secret]',
    list: ['[secret]', null, true],
    'a [secret]': {},
  });
  const clean = '{ "b": 1.50,  "a": "\\u00e9" }';
  expect(withoutSecretsInJson(clean)).toBe(clean);
});
