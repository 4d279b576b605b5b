import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

const PREFLIGHT = join(import.meta.dirname, '../../local/preflight.mjs');
const MANIFEST = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as {
  optionalDependencies: Record<string, string>;
};

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

/** What an old Node says of itself, on the platform of this machine or on another. */
const asNode20 = (machine: { platform?: string; arch?: string } = {}) => [
  '--import',
  `data:text/javascript,${encodeURIComponent(
    `const said = { versions: { ...process.versions, node: '20.11.1' }, ...${JSON.stringify(machine)} };
    for (const [name, value] of Object.entries(said)) Object.defineProperty(process, name, { value });`,
  )}`,
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
  expect(run(project, ['hello.ts', '--once'], asNode20())).toEqual({
    status: 7,
    stdout: 'packaged hello.ts --once',
    stderr: '',
  });
});

test.for(Object.keys(MANIFEST.optionalDependencies).filter((name) => name.startsWith('node-')))(
  'the packaged Node is found where the package %s has it',
  (name) => {
    const project = createProject();
    install(project, 'zod');
    install(project, 'wrangler');
    const [, platform, arch] = /^node-(?:bin-)?(\w+)-(\w+)$/.exec(name)!;
    const folder = join(install(project, name), 'bin');
    mkdirSync(folder);
    const binary = join(folder, platform === 'win' ? 'node.exe' : 'node');
    writeFileSync(binary, '#!/bin/sh\necho packaged\n');
    chmodSync(binary, 0o755);
    const machine = { platform: platform === 'win' ? 'win32' : platform!, arch: arch! };
    expect(run(project, ['hello.ts'], asNode20(machine))).toEqual({ status: 0, stdout: 'packaged', stderr: '' });
  },
);

test('a Node that is too old and has no packaged one beside it is one line that says what to install', () => {
  const project = createProject();
  install(project, 'zod');
  install(project, 'wrangler');
  expect(run(project, ['hello.ts'], asNode20())).toEqual({
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
