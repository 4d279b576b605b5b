import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const PREFLIGHT = join(import.meta.dirname, '../../local/preflight.mjs');

/** `npm start` with these arguments, in an environment at fault. */
function start(args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PREFLIGHT, 'start.ts', ...args], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], WORKER_PORT: 'none' },
  });
  return { status, stdout, stderr };
}

test.for([['--help'], ['-h'], ['--once', '--help']])(
  '`npm start` says how it is used when asked with %s, whatever the settings',
  (args) => {
    expect(start(args)).toEqual({
      status: 0,
      stdout: expect.stringMatching(/^Usage: npm start \[-- --once\].*--fresh begins anew\.\n$/),
      stderr: '',
    });
  },
);

test('an option that it does not know is refused with its name and the usage', () => {
  expect(start(['--hlep'])).toEqual({
    status: 1,
    stdout: '',
    stderr: expect.stringMatching(/^Unknown option '--hlep'\. Usage: npm start/),
  });
});
