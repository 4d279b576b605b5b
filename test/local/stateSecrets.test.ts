import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { makeStateFolder, prepareParts } from '../../local/stateFolder.ts';
import { keepStateSecrets, readStateEnv } from '../../local/stateSecrets.ts';

const ADDRESSES = { databasePort: 54322, supabaseUrl: 'http://127.0.0.1:54321' };

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'state-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
/** As a start does it. */
function prepareStateFolder(folder: string, fresh: boolean, project: string): void {
  makeStateFolder(folder, project);
  prepareParts(folder, fresh);
}
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

test('each folder gets secrets of its own, which a later start finds again, on other ports too', () => {
  const [one, other] = [temporaryFolder(), temporaryFolder()];
  const first = keepStateSecrets(one, ADDRESSES);
  const valuesOf = ({ project: { keys, ...project }, ...rest }: typeof first) =>
    Object.values({ ...keys.secret, publishable: keys.publishable.default, ...project, ...rest });
  const others = valuesOf(keepStateSecrets(other, ADDRESSES));
  expect(others).toHaveLength(7);
  expect(others.filter((value) => valuesOf(first).includes(value))).toEqual([]);
  expect(keepStateSecrets(one, { databasePort: 5, supabaseUrl: 'http://127.0.0.1:6' })).toEqual(first);
  const text = readFileSync(join(one, 'env'), 'utf8');
  expect(text).toContain(`DATABASE_URL=postgresql://postgres:${first.project.postgresPassword}@127.0.0.1:5/postgres\n`);
  expect(text).toContain('SUPABASE_URL=http://127.0.0.1:6\n');
  expect(Buffer.from(first.credentialsKey, 'base64')).toHaveLength(32);
});

test('the file is for its owner alone, also where it was open to others before', () => {
  const folder = temporaryFolder();
  keepStateSecrets(folder, ADDRESSES);
  chmodSync(join(folder, 'env'), 0o644);
  keepStateSecrets(folder, ADDRESSES);
  expect(modeOf(join(folder, 'env'))).toBe('600');
});

test('data of an earlier version, whose keys everybody knows, is refused with the way out; --fresh takes it', () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'postgres', 'data'), { recursive: true });
  prepareStateFolder(folder, false, '/elsewhere');
  expect(() => keepStateSecrets(folder, ADDRESSES)).toThrow(/keys that everybody knows: .*--fresh/);
  prepareStateFolder(folder, true, '/elsewhere');
  keepStateSecrets(folder, ADDRESSES);
});

test('--fresh makes new secrets', () => {
  const folder = temporaryFolder();
  const before = keepStateSecrets(folder, ADDRESSES);
  prepareStateFolder(folder, true, '/elsewhere');
  expect(keepStateSecrets(folder, ADDRESSES).apiToken).not.toBe(before.apiToken);
});

test('a file that lost a line is refused by the name of the line', () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'env'), 'SUPABASE_SECRET_KEY=a\nSUPABASE_PUBLISHABLE_KEY=b\n');
  expect(() => keepStateSecrets(folder, ADDRESSES)).toThrow(/lacks JWT_SECRET/);
});

test('a folder that was made for the stack is closed to others, one that was there before only in its parts', () => {
  const parent = temporaryFolder();
  chmodSync(parent, 0o755);
  prepareStateFolder(join(parent, 'made'), false, '/elsewhere');
  prepareStateFolder(parent, false, '/elsewhere');
  expect([join(parent, 'made'), parent, join(parent, 'worker'), join(parent, 'logs')].map(modeOf)).toEqual([
    '711',
    '755',
    '700',
    '700',
  ]);
});

test('the project’s own folder is closed to others, even if it was there before', () => {
  const project = temporaryFolder();
  mkdirSync(join(project, '.local'));
  chmodSync(join(project, '.local'), 0o755);
  prepareStateFolder(join(project, '.local', 'once'), true, project);
  expect([modeOf(join(project, '.local')), modeOf(join(project, '.local', 'once'))]).toEqual(['711', '711']);
});

/** A folder of the stack's with a file of secrets that somebody planted there in the given way. */
function plantedFolder(plant: (file: string) => void): string {
  const folder = temporaryFolder();
  keepStateSecrets(folder, ADDRESSES);
  plant(join(folder, 'env'));
  return folder;
}

test.for([
  ['a link', (file: string) => (renameSync(file, `${file}-elsewhere`), symlinkSync(`${file}-elsewhere`, file))],
  ['a link to nothing', (file: string) => (rmSync(file), symlinkSync('/nowhere/env', file))],
  ['a folder', (file: string) => (rmSync(file), mkdirSync(file))],
  ['a file that others may write', (file: string) => chmodSync(file, 0o666)],
  ...(process.getuid?.() === 0
    ? [['another user’s file', (file: string) => chownSync(file, 65_534, 65_534)] as const]
    : []),
] as const)('secrets that somebody may have planted are neither read nor written over: %s', ([, plant]) => {
  const folder = plantedFolder(plant);
  const before = lstatSync(join(folder, 'env'));
  const refusal =
    /env is not a file that only this user can write: .*remove it, or choose another folder with LOCAL_ST/;
  expect(() => readStateEnv(folder)).toThrow(refusal);
  expect(() => keepStateSecrets(folder, ADDRESSES)).toThrow(refusal);
  expect(lstatSync(join(folder, 'env')).ino).toBe(before.ino);
  expect(existsSync('/nowhere')).toBe(false);
});

test.for(['postgres', 'deno', 'worker', 'logs', 'serviceTitan.journal'])(
  'a %s in the state folder that is a link or another user’s is refused, and --fresh replaces it',
  (part) => {
    const plants = [
      (path: string) => symlinkSync(temporaryFolder(), path),
      ...(process.getuid?.() === 0
        ? [(path: string) => (mkdirSync(path, { recursive: true }), chownSync(path, 65_534, 65_534))]
        : []),
    ];
    for (const plant of plants) {
      const folder = temporaryFolder();
      plant(join(folder, part));
      expect(() => prepareStateFolder(folder, false, '/elsewhere')).toThrow(`${join(folder, part)} is a link or`);
      prepareStateFolder(folder, true, '/elsewhere');
    }
  },
);
