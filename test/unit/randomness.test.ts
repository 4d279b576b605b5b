// No measure of randomness refuses what a generator makes: thousands of each kind, because a secret that is refused by chance
// stops a Worker that is set up rightly.
import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { isText } from '../../src/settings/randomness.ts';
import { isCredentialsKey, isToken, isWebhookSecret } from '../../src/settings/secrets.ts';
import { isSupabaseSecretKey } from '../../src/settings/supabaseKeys.ts';

const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const LETTERS = LOWER + LOWER.toUpperCase();
const drawn = (characters: string, length: number) =>
  Array.from({ length }, () => characters[randomInt(characters.length)]).join('');

test.for([
  ['openssl rand -hex 16', () => randomBytes(16).toString('hex')],
  ['openssl rand -hex 32', () => randomBytes(32).toString('hex')],
  ['openssl rand -hex 32, in capitals', () => randomBytes(32).toString('hex').toUpperCase()],
  ['openssl rand -hex 256', () => randomBytes(256).toString('hex')],
  ['openssl rand -base64 24', () => randomBytes(24).toString('base64')],
  ['openssl rand -base64 32', () => randomBytes(32).toString('base64')],
  ['openssl rand -base64 384', () => randomBytes(384).toString('base64')],
  ['32 bytes in base64url', () => randomBytes(32).toString('base64url')],
  ['two UUIDs', () => `${randomUUID()}${randomUUID()}`],
  ['two UUIDs without lines', () => `${randomUUID()}${randomUUID()}`.replaceAll('-', '')],
  ['one UUID', () => randomUUID()],
  ['32 letters and digits', () => drawn(`${LETTERS}0123456789`, 32)],
  ['32 letters', () => drawn(LETTERS, 32)],
  ['32 small letters', () => drawn(LOWER, 32)],
  ['32 characters of a password manager', () => drawn(`${LETTERS}0123456789!@#$%^&*()-_=+[]{};:,.<>/?`, 32)],
  ['20 symbols among 32', () => drawn('!@#$%^&*()-_=+', 20) + drawn(LETTERS, 12)],
  ['64 characters', () => drawn(`${LETTERS}0123456789!@#$%^&*`, 64)],
  ['a name in front of hexadecimal', () => `service-token-${randomBytes(16).toString('hex')}`],
] as [string, () => string][])('a token is taken that is made as %s', ([, make]) => {
  const refused = Array.from({ length: 2_000 }, make).filter((text) => !isToken(text));
  expect(refused).toEqual([]);
});

test('random keys and secrets are always taken', () => {
  for (let draw = 0; draw < 4_000; draw += 1) {
    const bytes = randomBytes(32);
    expect(isText([...bytes])).toBe(false);
    expect(isCredentialsKey(bytes.toString(draw % 2 ? 'base64' : 'base64url'))).toBe(true);
    expect(isWebhookSecret(`whsec_${randomBytes(24).toString('base64')}`)).toBe(true);
    expect(isSupabaseSecretKey(`sb_secret_${bytes.toString('base64url').slice(0, 22)}_${drawn(LETTERS, 8)}`)).toBe(
      true,
    );
  }
});

test.for([
  'changemechangemechangemechangeme1',
  'ChangeMeCHANGEMEchangeMeChangeMe!',
  '0123456789abcdefghijklmnopqrstuvwxyz',
  '01234567890123456789012345678901',
  'abcdefghijklmnopqrstuvwxyz012345',
  'zyxwvutsrqponmlkjihgfedcba987654',
  'abcdefghABCDEFGHabcdefghABCDEFGH',
  'a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6',
  '0123-4567-89ab-cdef-0123-4567-89ab',
  'aaaaaaaabbbbbbbbccccccccddddddddeeeeffffgggghhhh',
  'your-api-token-goes-here-please!!',
  'your_secret_api_token_goes_here_1234',
  'REPLACE-THIS-WITH-A-REAL-API-TOKEN-xxxxx',
  'put-a-long-random-string-in-here-now',
  'this is the token of the production worker'.replaceAll(' ', '-'),
  'insert.random.token.here.123456789',
  'qwertyuiopasdfghjklzxcvbnm1234567890',
  'correcthorsebatterystaplecorrecthorse',
  'MyCompanyProductionToken2026!!!!!!!',
  'xxxxxxxxxxxxxxxxyyyyyyyyzzzzzzzz1234',
  'deadbeefdeadbeefdeadbeefdeadbeef0',
  'cafebabedeadbeefcafebabedeadbeef',
])('what people type for a token instead is refused: %s', (text) => {
  expect(isToken(text)).toBe(false);
});
