// `npm run secrets`, a part of `npm run check`, finds what must not be committed. The keys are made here, so that none is
// in the repository.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const project = join(import.meta.dirname, '..');
const letters = (length: number) => randomBytes(length).toString('hex').slice(0, length);
const jwtPart = () => `eyJ${letters(24)}`;

/** 32 bytes with what base64url alone has, so that no other pattern finds them. */
function urlKey(): string {
  const key = randomBytes(32).toString('base64url');
  return /[-_]/.test(key) ? key : urlKey();
}

const SECRETS = {
  'a secret key of Supabase': `sb_secret_${letters(24)}`,
  'an access token of Supabase': `sbp_${letters(40)}`,
  'a service_role JWT': `${jwtPart()}.${jwtPart()}.${letters(40)}`,
  "ServiceTitan's client secret": `cs1.${letters(40)}`,
  "ServiceTitan's app key": `ak1.${letters(24)}`,
  'an API_TOKEN': randomBytes(32).toString('hex'),
  'a CREDENTIALS_KEY': `CREDENTIALS_KEY=${randomBytes(32).toString('base64')}`,
  'an API_TOKEN in capitals': randomBytes(32).toString('hex').toUpperCase(),
  'an API_TOKEN behind its name, in single quotes': `API_TOKEN='${randomBytes(32).toString('hex')}'`,
  'the secret that signs alerts': `whsec_${randomBytes(32).toString('base64')}`,
  'the shortest secret that signs alerts': `whsec_${randomBytes(24).toString('base64')}`,
  'the longest secret that signs alerts, in base64url': `whsec_${randomBytes(64).toString('base64url')}`,
  ...Object.fromEntries(
    ['CREDENTIALS_KEY', 'CREDENTIALS_KEY_PREVIOUS'].flatMap((name) => [
      [`${name} in base64url`, `${name}=${urlKey()}`],
      [`${name} without padding`, `${name}="${randomBytes(32).toString('base64').replace('=', '')}"`],
      [`${name} in JSON`, `{ "${name}": "${urlKey()}" }`],
      [`${name} in YAML`, `${name.toLowerCase()}: ${urlKey()}`],
      [`${name} in code`, `const credentialsKey${name.slice(15)} = '${urlKey()}';`],
      [`${name} for wrangler`, `echo ${urlKey()} | npx wrangler secret put ${name}`],
    ]),
  ),
  'a private key': `-----BEGIN ${'PRIVATE KEY'}-----\n${letters(64)}\n${letters(64)}\n-----END ${'PRIVATE KEY'}-----`,
  'an address of a database with its password': `postgresql://postgres:${letters(16)}@db.${letters(20)}.supabase.co:5432/postgres`,
};
const HARMLESS = [
  'sb_secret_...',
  'sb_secret_local_only_0000000000000000000',
  '<openssl rand -hex 32>',
  `sha512-${letters(86)}==`,
  'whsec_...',
  'whsec_<32 random bytes in base64>',
  'CREDENTIALS_KEY=<openssl rand -base64 32>',
  'CREDENTIALS_KEY_PREVIOUS is the old key, which still opens what it sealed, until the ticks have sealed anew.',
  `const credentialsKey = settings.credentialsKey ?? secrets.credentialsKeyOfTheFolderWhichIsNamedLikeThis;`,
];

test('a planted secret of each kind is found, and what only looks like one is not', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'secrets-'));
  try {
    const files = [...Object.values(SECRETS), HARMLESS.join('\n')].map((text, index) => {
      const file = join(folder, `${index}.md`);
      writeFileSync(file, `A line.\n${text}\n`);
      return file;
    });
    const found = await promisify(execFile)(
      join(project, 'node_modules/.bin/secretlint'),
      ['--no-glob', '--no-gitignore', '--format', 'json', '--output', join(folder, 'found.json'), ...files],
      { cwd: project },
    ).then(
      () => JSON.parse(readFileSync(join(folder, 'found.json'), 'utf8')) as { filePath: string; messages: unknown[] }[],
    );
    const missed = Object.keys(SECRETS).filter(
      (_, index) => !found.some(({ filePath, messages }) => filePath === files[index] && messages.length > 0),
    );
    expect(missed).toEqual([]);
    expect(found.find(({ filePath }) => filePath === files.at(-1))?.messages ?? []).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('the check that guards every commit runs it', () => {
  const { scripts } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  expect(scripts['check']).toContain('npm run secrets');
});

test('git leaves out every file that holds the settings of one machine, and keeps the example', async () => {
  const asked = [
    '.env',
    '.env.local',
    'worker/.env.test',
    '.dev.vars',
    '.dev.vars.staging',
    'connection.json',
    '.local/env',
    '.local-b/env',
    '.local2/env',
    '.dev.vars.example',
  ];
  const { stdout } = await promisify(execFile)(
    'git',
    ['-c', 'safe.directory=*', 'check-ignore', '--no-index', ...asked],
    { cwd: project },
  );
  expect(stdout.trim().split('\n')).toEqual(asked.slice(0, -1));
});
