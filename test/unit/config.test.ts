// The Worker's settings: the shape and the strength of each, all faults at once, and what a fault stops.
import { createHmac, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readConfig, readSettings } from '../../src/config.ts';
import { isCredentialsKey } from '../../src/settings/secrets.ts';
import { isSupabaseSecretKey } from '../../src/settings/supabaseKeys.ts';
import { CREDENTIALS_KEY, randomApiToken, randomSecretKey } from '../support/credentialsKey.ts';

const right = {
  SUPABASE_URL: 'https://abcdefghijklmnopqrst.supabase.co',
  SUPABASE_SECRET_KEY: randomSecretKey(),
  API_TOKEN: randomApiToken(),
  CREDENTIALS_KEY,
};

const webhookSecret = (bytes: number) => `whsec_${randomBytes(bytes).toString('base64')}`;
function jwt(claims: object, secret: string | Buffer = randomBytes(32), alg = 'HS256'): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const content = `${encode({ alg, typ: 'JWT' })}.${encode(claims)}`;
  return `${content}.${createHmac(`sha${alg.slice(2)}`, secret)
    .update(content)
    .digest('base64url')}`;
}
const FORMER = 'local-only-jwt-secret-of-at-least-32-characters';
const DEMO = 'super-secret-jwt-token-with-at-least-32-characters-long';
const CLI_KEY = ['sb', 'secret', 'N7UND0UgjKTVK-Uodkm0Hg', 'xSvEMPvz'].join('_');

/** The settings at fault when one or more are not right, and what is said of them. */
function faultsOf(env: Record<string, unknown>) {
  const { config, faults } = readSettings({ ...right, ...env });
  return {
    names: faults.map(({ setting }) => setting as string),
    said: faults.map(({ problem }) => problem).join('; '),
    config,
  };
}

const USER = ['user', 'password'].join(':');
const SECRET_BYTES = randomBytes(32);
const PROJECT = "the project's address, https://<project ref>.supabase.co";
const refused: [string, string, unknown, string][] = [
  ['one character', 'API_TOKEN', 'a', 'openssl rand -hex 32'],
  ['31 characters', 'API_TOKEN', randomBytes(16).toString('hex').slice(1), 'openssl rand -hex 32'],
  ['one character over and over', 'API_TOKEN', 'a'.repeat(64), 'openssl rand -hex 32'],
  ['a word over and over', 'API_TOKEN', 'password-12'.repeat(4), 'openssl rand -hex 32'],
  ['two characters in turn', 'API_TOKEN', `${'ab'.repeat(20)}a`, 'openssl rand -hex 32'],
  ['blanks in it', 'API_TOKEN', `${randomApiToken()} ${randomApiToken()}`, 'without blanks'],
  ['a line break in it', 'API_TOKEN', `${randomApiToken()}\n${randomApiToken()}`, 'without blanks'],
  ['characters that no header carries', 'API_TOKEN', `${randomApiToken()}é`, 'printable ASCII'],
  ['513 characters', 'API_TOKEN', randomBytes(257).toString('hex').slice(1), 'openssl rand -hex 32'],
  ['what the local stack once had', 'API_TOKEN', 'local-only-api-token', 'openssl rand -hex 32'],
  ['the example of the docs', 'API_TOKEN', '<openssl rand -hex 32>', 'openssl rand -hex 32'],
  ['a placeholder over and over', 'API_TOKEN', 'changemechangemechangemechangeme1', 'openssl rand -hex 32'],
  ['characters that count up', 'API_TOKEN', '0123456789abcdefghijklmnopqrstuvwxyz', 'openssl rand -hex 32'],
  ['the alphabet', 'API_TOKEN_PREVIOUS', 'abcdefghijklmnopqrstuvwxyzabcdef', 'openssl rand -hex 32'],
  ['a placeholder in words', 'API_TOKEN', 'your-api-token-goes-here-please!!', 'openssl rand -hex 32'],
  ['the key of Supabase', 'API_TOKEN', right.SUPABASE_SECRET_KEY, 'another secret than SUPABASE_SECRET_KEY'],
  ['the key of the credentials', 'API_TOKEN', CREDENTIALS_KEY, 'another secret than CREDENTIALS_KEY'],
  ['the present token', 'API_TOKEN_PREVIOUS', right.API_TOKEN, 'another secret than API_TOKEN'],
  ['the present key', 'CREDENTIALS_KEY_PREVIOUS', CREDENTIALS_KEY, 'another secret than CREDENTIALS_KEY'],
  [
    'the present key, written otherwise',
    'CREDENTIALS_KEY_PREVIOUS',
    Buffer.from(CREDENTIALS_KEY, 'base64').toString('base64url'),
    'another secret than CREDENTIALS_KEY',
  ],
  ['the key of the credentials', 'ALERT_WEBHOOK_SECRET', `whsec_${CREDENTIALS_KEY}`, 'another secret than CREDENTIALS'],
  [
    'a placeholder in words',
    'CREDENTIALS_KEY',
    ['REPLACE', 'THIS', 'WITH', 'A', 'REAL', 'CREDENTIALS', 'KEY', 'xx'].join('-'),
    'openssl rand -base64 32',
  ],
  [
    'letters and a line break in base64',
    'CREDENTIALS_KEY',
    Buffer.from('kJq3xWpz7Rm2Tn9vBc4Ld8Fg6Hs1Yw5\n').toString('base64'),
    'openssl rand -base64 32',
  ],
  [
    'letters with accents',
    'CREDENTIALS_KEY',
    Buffer.from('éèàùçöäüßñéèàùçöä'.slice(0, 16)).toString('base64'),
    'random',
  ],
  [
    'text of two bytes a letter',
    'CREDENTIALS_KEY',
    Buffer.from('kJq3xWpz7Rm2Tn9v', 'utf16le').toString('base64'),
    'random',
  ],
  ['text', 'ALERT_WEBHOOK_SECRET', `whsec_${Buffer.from('a secret of 24 bytes, or so').toString('base64')}`, 'random'],
  ['a weak one', 'API_TOKEN_PREVIOUS', 'old', 'openssl rand -hex 32'],
  ['zeros', 'CREDENTIALS_KEY', Buffer.alloc(32).toString('base64'), 'openssl rand -base64 32'],
  ['one byte over and over', 'CREDENTIALS_KEY', Buffer.alloc(32, 0xa5).toString('base64'), 'openssl rand -base64 32'],
  [
    'bytes that count up',
    'CREDENTIALS_KEY',
    Buffer.from(Array.from({ length: 32 }, (_, at) => 200 + at)).toString('base64'),
    'openssl rand -base64 32',
  ],
  ['two bytes in turn', 'CREDENTIALS_KEY', Buffer.alloc(32, 'þÿ', 'latin1').toString('base64'), '32 random bytes'],
  ['31 bytes', 'CREDENTIALS_KEY', randomBytes(31).toString('base64'), '32 random bytes'],
  ['33 bytes', 'CREDENTIALS_KEY', randomBytes(33).toString('base64'), '32 random bytes'],
  ['hexadecimal', 'CREDENTIALS_KEY', randomBytes(32).toString('hex'), '32 random bytes'],
  ['a password', 'CREDENTIALS_KEY', Buffer.from('correct horse battery staple 123').toString('base64'), 'random'],
  ['a line break in it', 'CREDENTIALS_KEY', CREDENTIALS_KEY.replace(/^(.{20})/, '$1\n'), '32 random bytes'],
  ['two of them', 'CREDENTIALS_KEY', `${CREDENTIALS_KEY}${CREDENTIALS_KEY}`, '32 random bytes'],
  ['not base64', 'CREDENTIALS_KEY', '!'.repeat(44), '32 random bytes'],
  [
    'what the local stack once had',
    'CREDENTIALS_KEY',
    Buffer.from('local-only-credentials-key-32-by').toString('base64'),
    '32 random bytes',
  ],
  ['a typo', 'CREDENTIALS_KEY_PREVIOUS', CREDENTIALS_KEY.slice(1), '32 random bytes'],
  ['http on a public host', 'SUPABASE_URL', 'http://abc.supabase.co', PROJECT],
  ['ftp', 'SUPABASE_URL', 'ftp://abc.supabase.co', PROJECT],
  ['a user', 'SUPABASE_URL', 'https://user@abc.supabase.co', PROJECT],
  ['a user and a password', 'SUPABASE_URL', `https://${USER}@abc.supabase.co`, PROJECT],
  ['an empty user', 'SUPABASE_URL', 'https://@abc.supabase.co', PROJECT],
  ['a query', 'SUPABASE_URL', 'https://abc.supabase.co?a=b', PROJECT],
  ['an empty query', 'SUPABASE_URL', 'https://abc.supabase.co/?', PROJECT],
  ['a fragment', 'SUPABASE_URL', 'https://abc.supabase.co#a', PROJECT],
  ['a path', 'SUPABASE_URL', 'https://abc.supabase.co/a', PROJECT],
  [
    'the path of the Data API',
    'SUPABASE_URL',
    'https://abc.supabase.co/rest/v1',
    'write it without what follows the host',
  ],
  [
    'the path of the functions',
    'SUPABASE_URL',
    'https://abc.supabase.co/functions/v1/',
    'write it without what follows the host',
  ],
  ['no scheme', 'SUPABASE_URL', 'abc.supabase.co', PROJECT],
  ['backslashes', 'SUPABASE_URL', 'https:\\\\abc.supabase.co', PROJECT],
  ['a backslash before a user', 'SUPABASE_URL', 'https://evil.example\\@abc.supabase.co', PROJECT],
  ['a line break in it', 'SUPABASE_URL', 'https://abc.supa\nbase.co', PROJECT],
  ['a tab in it', 'SUPABASE_URL', 'https://abc.supa\tbase.co', PROJECT],
  ['a name that begins as the loopback', 'SUPABASE_URL', 'http://localhost.evil.example', PROJECT],
  ['a name that ends as the loopback', 'SUPABASE_URL', 'http://evil-localhost', PROJECT],
  ['a database address', 'SUPABASE_URL', `postgresql://${USER}@db.abc.supabase.co:5432/postgres`, PROJECT],
  ['nothing but blanks', 'SUPABASE_URL', '  ', 'is missing'],
  ['a port that there is not', 'SUPABASE_URL', 'https://abc.supabase.co:99999', PROJECT],
  [
    "the dashboard's address",
    'SUPABASE_URL',
    'https://supabase.com/dashboard/project/abcdefghijklmnopqrst',
    "is the dashboard's address: write https://<project ref>.supabase.co",
  ],
  ["the dashboard's address with its port", 'SUPABASE_URL', 'https://supabase.com:443', "is the dashboard's address"],
  ["the dashboard's address with a point", 'SUPABASE_URL', 'https://supabase.com.', "is the dashboard's address"],
  [
    "the dashboard's address in wide letters",
    'SUPABASE_URL',
    'https://ｓｕｐａｂａｓｅ.com',
    "is the dashboard's address",
  ],
  ["the dashboard's address, escaped", 'SUPABASE_URL', 'https://supabase%2Ecom', "is the dashboard's address"],
  ['the address of the management API', 'SUPABASE_URL', 'https://api.supabase.com/', "is the dashboard's address"],
  ['no project', 'SUPABASE_URL', 'https://supabase.co', "is the dashboard's address"],
  ['wide letters', 'SUPABASE_URL', 'https://ａbc.supabase.co', PROJECT],
  ["the dashboard's older address", 'SUPABASE_URL', 'https://app.supabase.com/project/abc', 'https://<project ref>.su'],
  ["the dashboard's address alone", 'SUPABASE_URL', 'https://supabase.com/', "is the dashboard's address"],
  ['a publishable key', 'SUPABASE_SECRET_KEY', `sb_publishable_${randomBytes(16).toString('hex')}`, 'the wrong kind'],
  ['an anon key', 'SUPABASE_SECRET_KEY', jwt({ role: 'anon', iss: 'supabase' }), 'the wrong kind'],
  ['the token of a user', 'SUPABASE_SECRET_KEY', jwt({ role: 'authenticated', sub: '1' }), 'the wrong kind'],
  ['a token without a role', 'SUPABASE_SECRET_KEY', jwt({ iss: 'supabase' }), 'sb_secret_…'],
  ['a token whose role is a list', 'SUPABASE_SECRET_KEY', jwt({ role: ['service_role'] }), 'sb_secret_…'],
  ['three words with points', 'SUPABASE_SECRET_KEY', 'eyJhbGciOi.eyJub3RoaW5n.c2lnbmF0dXJlc2lnbmF0dXJl', 'sb_secret_…'],
  ['an access token', 'SUPABASE_SECRET_KEY', `sbp_${randomBytes(20).toString('hex')}`, 'sb_secret_…'],
  ['the example of the docs', 'SUPABASE_SECRET_KEY', 'sb_secret_...', 'sb_secret_…'],
  ['what the local stack once had', 'SUPABASE_SECRET_KEY', 'sb_secret_local_only_0000000000000000000', 'sb_secret_…'],
  ['another of those', 'SUPABASE_SECRET_KEY', `sb_secret_local_only_${randomBytes(16).toString('hex')}`, 'sb_secret_…'],
  ['one character over and over', 'SUPABASE_SECRET_KEY', `sb_secret_${'a'.repeat(40)}`, 'sb_secret_…'],
  ['a placeholder', 'SUPABASE_SECRET_KEY', `sb_secret_${'your-secret-key-goes-here'}`, 'sb_secret_…'],
  ['a key of the former local stack', 'SUPABASE_SECRET_KEY', jwt({ role: 'service_role' }, FORMER), 'sb_secret_…'],
  ['another of those', 'SUPABASE_SECRET_KEY', jwt({ role: 'service_role', iss: 'x' }, FORMER, 'HS512'), 'sb_secret_…'],
  ['a demo key', 'SUPABASE_SECRET_KEY', jwt({ iss: 'supabase-demo', role: 'service_role' }), 'everybody has'],
  ['a key that the demo secret signed', 'SUPABASE_SECRET_KEY', jwt({ role: 'service_role' }, DEMO), 'everybody has'],
  ['the key of the CLI', 'SUPABASE_SECRET_KEY', CLI_KEY, 'everybody has'],
  ['a line break in it', 'SUPABASE_SECRET_KEY', `${randomSecretKey()}\nx: y`, 'sb_secret_…'],
  ['http on a public host', 'SERVICETITAN_AUTH_URL', 'http://auth.example', 'https'],
  ['a user', 'SERVICETITAN_API_URL', `https://${USER}@api.example`, 'https'],
  ['a query', 'SERVICETITAN_API_URL', 'https://api.example?tenant=1', 'query'],
  ['a fragment', 'SERVICETITAN_AUTH_URL', 'https://auth.example/#a', 'fragment'],
  ['http on a public host', 'ALERT_WEBHOOK_URL', 'http://hooks.example/1', 'https'],
  ['a user', 'ALERT_WEBHOOK_URL', `https://${USER}@hooks.example/1`, 'user'],
  ['a fragment', 'ALERT_WEBHOOK_URL', 'https://hooks.example/1#a', 'fragment'],
  ['no secret', 'ALERT_WEBHOOK_SECRET', 'whsec_', 'openssl rand -base64 24'],
  ['23 bytes', 'ALERT_WEBHOOK_SECRET', webhookSecret(23), '24 to 64'],
  ['65 bytes', 'ALERT_WEBHOOK_SECRET', webhookSecret(65), '24 to 64'],
  ['zeros', 'ALERT_WEBHOOK_SECRET', `whsec_${Buffer.alloc(32).toString('base64')}`, 'random'],
  ['no prefix', 'ALERT_WEBHOOK_SECRET', randomBytes(32).toString('base64'), 'whsec_'],
  ['not base64', 'ALERT_WEBHOOK_SECRET', 'whsec_!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!', 'base64'],
  ['another word', 'ALERT_WEBHOOK_FORMAT', 'teams', '"json" or "slack"'],
  ['another word', 'DEBUG_ENDPOINTS', 'TRUE', '"true" or "false"'],
  ['a flag that is no text', 'DEBUG_ENDPOINTS', true, '"true" or "false"'],
  ['a word', 'INCREMENTAL_PAGE_SIZE', 'fifty', 'a whole number from 1 to 5000'],
  ['too much', 'INCREMENTAL_PAGE_SIZE', '5001', 'a whole number from 1 to 5000'],
  ['an exponent', 'TICK_SECONDS', '9e2', 'a whole number from 1 to 86400'],
  ['a sign', 'RUN_HISTORY_DAYS', '-90', 'a whole number from 31 to 3650'],
  ['digits of another script', 'ALERT_AFTER_TICKS', '３', 'a whole number from 1 to 96'],
  ['capitals', 'DEPLOYMENT', 'Production', '1 to 40 small letters, digits and hyphens'],
  ['a blank in it', 'DEPLOYMENT', 'my staging', '1 to 40 small letters, digits and hyphens'],
  ['a hyphen first', 'DEPLOYMENT', '-staging', '1 to 40 small letters, digits and hyphens'],
  ['41 characters', 'DEPLOYMENT', 'staging-1'.padEnd(41, 'x'), '1 to 40 small letters, digits and hyphens'],
  ['hours that end before they begin', 'BUSINESS_HOURS_START', '21', 'less than BUSINESS_HOURS_END'],
  ['hours without length', 'BUSINESS_HOURS_START', '20', 'less than BUSINESS_HOURS_END'],
];

test.for(refused.map(([name, setting, value, said]) => [`${setting}: ${name}`, setting, value, said] as const))(
  'a setting is refused by its name, with what it has to be and without its value: %s',
  ([, setting, value, said]) => {
    const faults = faultsOf({
      ALERT_WEBHOOK_URL: 'https://hooks.example/1',
      ALERT_WEBHOOK_SECRET: webhookSecret(24),
      [setting]: value,
    });
    expect(faults.names).toEqual([setting]);
    expect(faults.said).toContain(said);
    if (String(value).trim().length > 6) expect(faults.said).not.toContain(String(value));
  },
);

test.for([
  ['a token in hexadecimal', { API_TOKEN: randomBytes(32).toString('hex') }],
  ['a token in base64', { API_TOKEN: randomBytes(32).toString('base64') }],
  ['a key in base64', { CREDENTIALS_KEY: SECRET_BYTES.toString('base64') }],
  ['a key in base64url', { CREDENTIALS_KEY: SECRET_BYTES.toString('base64url') }],
  ['a key in base64 without padding', { CREDENTIALS_KEY: SECRET_BYTES.toString('base64').replace('=', '') }],
  ['an old key', { CREDENTIALS_KEY_PREVIOUS: randomBytes(32).toString('base64') }],
  ['a legacy service_role key', { SUPABASE_SECRET_KEY: jwt({ iss: 'supabase', role: 'service_role' }) }],
  [
    'a secret key as Supabase makes them',
    { SUPABASE_SECRET_KEY: `sb_secret_${randomBytes(16).toString('base64url')}_Ab3-_xYz` },
  ],
  ['a project on this machine', { SUPABASE_URL: 'http://127.0.0.1:54321' }],
  [
    'a demo key on this machine',
    {
      SUPABASE_URL: 'http://127.0.0.1:54321',
      SUPABASE_SECRET_KEY: jwt({ iss: 'supabase-demo', role: 'service_role' }, DEMO),
    },
  ],
  ['the key of the CLI on this machine', { SUPABASE_URL: 'http://localhost:54321', SUPABASE_SECRET_KEY: CLI_KEY }],
  ['a project on this machine, by IPv6', { SUPABASE_URL: 'http://[::1]:54321/' }],
  ['a Worker of another name', { DEPLOYMENT: 'staging-2' }],
  ['a name of 40 characters', { DEPLOYMENT: 'staging-1'.padEnd(40, 'x') }],
  ['a project under a domain of its own', { SUPABASE_URL: 'https://db.example.com' }],
  ['a token endpoint as the vendor writes it', { SERVICETITAN_AUTH_URL: 'https://auth.example/connect/token' }],
  ['a Slack webhook', { ALERT_WEBHOOK_URL: 'https://hooks.slack.com/services/T/B/x', ALERT_WEBHOOK_FORMAT: 'slack' }],
  [
    'a webhook with a query',
    { ALERT_WEBHOOK_URL: 'https://hooks.example/a?b=c@d', ALERT_WEBHOOK_SECRET: webhookSecret(64) },
  ],
  ['hours around the clock', { BUSINESS_HOURS_START: '0', BUSINESS_HOURS_END: '24' }],
  ['empty settings that can be left out', { API_TOKEN_PREVIOUS: '', TICK_SECONDS: '', ALERT_WEBHOOK_URL: ' ' }],
])('%s is taken', ([, env]) => {
  expect(faultsOf(env as Record<string, string>)).toMatchObject({ names: [], config: expect.anything() });
});

test('random secrets as the documented commands print them are always taken', () => {
  for (let draw = 0; draw < 200; draw += 1) {
    const { names } = faultsOf({
      API_TOKEN: randomBytes(32).toString('hex'),
      CREDENTIALS_KEY: randomBytes(32).toString('base64'),
      ALERT_WEBHOOK_URL: 'https://hooks.example',
      ALERT_WEBHOOK_SECRET: webhookSecret(24),
    });
    expect(names).toEqual([]);
  }
});

test('blanks and line breaks that were pasted along are dropped', () => {
  const pasted = Object.fromEntries(Object.entries(right).map(([name, value]) => [name, `\uFEFF \t${value}\r\n`]));
  const { config, names } = faultsOf(pasted);
  expect(names).toEqual([]);
  expect(config).toMatchObject(right);
});

test("a slash behind the project's address is dropped", () => {
  expect(faultsOf({ SUPABASE_URL: 'https://ABC.supabase.co/' }).config?.SUPABASE_URL).toBe('https://abc.supabase.co');
});

test('all faults are named at once, whatever kind they are of', () => {
  const env = {
    SUPABASE_URL: 'https://supabase.com/dashboard/project/abc',
    SUPABASE_SECRET_KEY: 'sb_publishable_abc',
    CREDENTIALS_KEY: 'short',
    CREDENTIALS_KEY_PREVIOUS: 'typo',
    BUSINESS_HOURS_START: '24',
    ALERT_WEBHOOK_URL: 'https://hooks.example',
    INITIAL_CHUNK_SIZE: 'many',
  };
  const names = [
    'API_TOKEN',
    'ALERT_WEBHOOK_SECRET',
    ...Object.keys(env).filter((name) => name !== 'ALERT_WEBHOOK_URL'),
  ];
  expect(faultsOf({ ...env, API_TOKEN: undefined }).names.toSorted()).toEqual(names.toSorted());
  const message = (() => {
    try {
      readConfig(env);
    } catch (error) {
      return String(error);
    }
    return '';
  })();
  for (const name of names) expect(message).toContain(name);
});

describe('a fault stops only what needs the setting', () => {
  test.for(['SUPABASE_URL', 'SUPABASE_SECRET_KEY', 'CREDENTIALS_KEY'])('without %s nothing runs', (name) => {
    for (const value of [undefined, '', 'x', 7]) {
      const env = { ...right, [name]: value };
      expect(readSettings(env).config).toBeNull();
      expect(() => readConfig(env)).toThrow(new RegExp(`^These settings are missing or malformed: ${name} .*README`));
    }
  });

  test('a malformed DEPLOYMENT stops runs, because this Worker might take the place of another', () => {
    expect(readSettings({ ...right, DEPLOYMENT: 'My Worker' }).config).toBeNull();
  });

  test.for(['SERVICETITAN_AUTH_URL', 'SERVICETITAN_API_URL'])(
    'a malformed %s stops runs, because the vendor is not who was meant',
    (name) => {
      expect(readSettings({ ...right, [name]: 'auth.example' }).config).toBeNull();
    },
  );

  test('an API_TOKEN that is none stops no run, and leaves the previous one usable', () => {
    const previous = randomApiToken();
    for (const API_TOKEN of [undefined, '', 'a']) {
      const { config, tokens, faults } = readSettings({ ...right, API_TOKEN, API_TOKEN_PREVIOUS: previous });
      expect([config?.API_TOKEN, config?.API_TOKEN_PREVIOUS]).toEqual([undefined, previous]);
      expect(tokens).toEqual({ API_TOKEN: undefined, API_TOKEN_PREVIOUS: previous });
      expect(faults).toMatchObject([{ setting: 'API_TOKEN' }]);
    }
  });

  test('a token is known where everything else is missing, so that who shows it can be told', () => {
    expect(readSettings({ API_TOKEN: right.API_TOKEN })).toMatchObject({
      config: null,
      tokens: { API_TOKEN: right.API_TOKEN },
    });
  });

  test('a previous key or token that is none is ignored', () => {
    const { config } = faultsOf({ CREDENTIALS_KEY_PREVIOUS: 'typo', API_TOKEN_PREVIOUS: 'old' });
    expect(config).toMatchObject(right);
    expect([config?.CREDENTIALS_KEY_PREVIOUS, config?.API_TOKEN_PREVIOUS]).toEqual([undefined, undefined]);
  });

  test.for([
    ['ALERT_WEBHOOK_URL', 'hooks.example'],
    ['ALERT_WEBHOOK_SECRET', 'whsec_'],
    ['ALERT_WEBHOOK_SECRET', undefined],
    ['ALERT_WEBHOOK_FORMAT', 'teams'],
  ])('with a bad %s alerts are off, and the sync is not', ([name, value]) => {
    const alerts = { ALERT_WEBHOOK_URL: 'https://hooks.example', ALERT_WEBHOOK_SECRET: webhookSecret(24) };
    const { config, names } = faultsOf({ ...alerts, [name!]: value });
    expect(names).toEqual([name]);
    expect(config).toMatchObject(right);
    expect(config?.ALERT_WEBHOOK_URL).toBeUndefined();
  });

  test('a number, a switch or hours that are none have their defaults', () => {
    const { config } = faultsOf({
      INCREMENTAL_PAGE_SIZE: 'x',
      DEBUG_ENDPOINTS: 'yes',
      BUSINESS_HOURS_START: '22',
      ALERT_AFTER_TICKS: '0',
    });
    expect(config).toMatchObject({
      INCREMENTAL_PAGE_SIZE: 50,
      DEBUG_ENDPOINTS: false,
      BUSINESS_HOURS_START: 6,
      BUSINESS_HOURS_END: 20,
      ALERT_AFTER_TICKS: 3,
    });
  });
});

test('no text that stands in this repository is taken for a secret', () => {
  const project = join(import.meta.dirname, '..', '..');
  const files = ['src', 'local', 'bench', 'test', 'page', 'docs', 'supabase'].flatMap((folder) =>
    readdirSync(join(project, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(?:ts|tsx|md|sql|toml|mjs|json)$/.test(file) && !file.includes('node_modules'))
      .map((file) => join(project, folder, file)),
  );
  const texts = new Set<string>();
  for (const file of [
    ...files,
    join(project, 'README.md'),
    join(project, '.dev.vars.example'),
    join(project, 'wrangler.toml'),
  ]) {
    for (const [, text] of readFileSync(file, 'utf8').matchAll(/['"`]([^'"`\n]{16,512})['"`]/g)) texts.add(text!);
  }
  expect(texts.size).toBeGreaterThan(1_000);
  const taken = [...texts].filter(
    (text) =>
      isCredentialsKey(text) || isCredentialsKey(Buffer.from(text).toString('base64')) || isSupabaseSecretKey(text),
  );
  expect(taken).toEqual([]);
});
