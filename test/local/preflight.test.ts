import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

const PREFLIGHT = join(import.meta.dirname, '../../local/preflight.mjs');

/** A project with the real preflight, one dependency, and a file that prints its arguments. */
function createProject(): string {
  const project = mkdtempSync(join(tmpdir(), 'preflight-'));
  onTestFinished(() => rmSync(project, { recursive: true }));
  mkdirSync(join(project, 'local'));
  cpSync(PREFLIGHT, join(project, 'local/preflight.mjs'));
  writeFileSync(
    join(project, 'local/hello.ts'),
    "const words: string[] = process.argv.slice(2);\nconsole.log('ran', ...words);\n",
  );
  writeFileSync(
    join(project, 'package.json'),
    JSON.stringify({ dependencies: { zod: '1' }, devDependencies: { wrangler: '1' } }),
  );
  mkdirSync(join(project, 'node_modules'));
  writeFileSync(join(project, 'node_modules/.package-lock.json'), '{}');
  return project;
}

function install(project: string, name: string): string {
  const folder = join(project, 'node_modules', name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name }));
  return folder;
}

function run(project: string, args: string[], nodeOptions: string[] = []) {
  const result = spawnSync(process.execPath, [...nodeOptions, join(project, 'local/preflight.mjs'), ...args], {
    cwd: tmpdir(),
    encoding: 'utf8',
  });
  return { status: result.status, stdout: result.stdout.trim(), stderr: result.stderr.trim() };
}

// What an old Node says of itself.
const AS_NODE_20 = [
  '--import',
  `data:text/javascript,Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.11.1' } })`,
];

test('the file runs with the rest of the arguments, from any folder', () => {
  const project = createProject();
  install(project, 'zod');
  install(project, 'wrangler');
  expect(run(project, ['hello.ts', '--once'])).toEqual({ status: 0, stdout: 'ran --once', stderr: '' });
});

test('a half-installed node_modules is one line that says what to do', () => {
  const project = createProject();
  install(project, 'zod');
  expect(run(project, ['hello.ts'])).toEqual({
    status: 1,
    stdout: '',
    stderr: `node_modules is not complete (missing: wrangler): run \`npm ci\` in ${project}.`,
  });
});

test('an installation that was cut short is not complete either', () => {
  const project = createProject();
  install(project, 'zod');
  install(project, 'wrangler');
  rmSync(join(project, 'node_modules/.package-lock.json'));
  expect(run(project, ['hello.ts'])).toMatchObject({ status: 1, stderr: expect.stringContaining('run `npm ci`') });
});

test('a Node that is too old hands over to the packaged one, arguments and exit code included', () => {
  const project = createProject();
  install(project, 'zod');
  install(project, 'wrangler');
  const folder = install(project, `node-${process.platform}-${process.arch}`);
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'bin/node'), '#!/bin/sh\nshift\necho packaged "$@"\nexit 7\n');
  chmodSync(join(folder, 'bin/node'), 0o755);
  expect(run(project, ['hello.ts', '--once'], AS_NODE_20)).toEqual({
    status: 7,
    stdout: 'packaged hello.ts --once',
    stderr: '',
  });
});

test('a Node that is too old and has no packaged one beside it is one line that says what to install', () => {
  const project = createProject();
  install(project, 'zod');
  install(project, 'wrangler');
  expect(run(project, ['hello.ts'], AS_NODE_20)).toEqual({
    status: 1,
    stdout: '',
    stderr: 'Node 20.11.1 is too old: install Node 22.18 or later.',
  });
});

test('a file that does not exist is refused', () => {
  const project = createProject();
  install(project, 'zod');
  install(project, 'wrangler');
  expect(run(project, ['nothing.ts'])).toMatchObject({ status: 1, stderr: expect.stringContaining('Name the file') });
});
