import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { createProcesses, type ProcessOptions } from '../../local/processes.ts';
import { descendantsOf, isAlive, until } from './aliveProcesses.ts';

// A part with a child of its own that does not listen to the polite signals.
const STUBBORN = `sh -c 'trap "" INT TERM; echo ready; while true; do sleep 1; done' & wait`;

const shell = (script: string, options: Partial<ProcessOptions> = {}): ProcessOptions => ({
  name: 'The part',
  command: 'sh',
  args: ['-c', script],
  env: { PATH: process.env['PATH'] },
  cwd: '/',
  ready: 'ready',
  ...options,
});

const noUnexpectedEnd = (message: string) => {
  throw new Error(message);
};

test('stop ends a part with its children and removes the folder', async () => {
  const processes = createProcesses(noUnexpectedEnd);
  const before = descendantsOf(process.pid);
  await processes.start(shell(STUBBORN));
  const started = descendantsOf(process.pid).filter((pid) => !before.includes(pid));
  await processes.stop();
  await until(() => !started.some(isAlive));
  expect(started).not.toHaveLength(0);
  expect(existsSync(processes.folder)).toBe(false);
});

test('nothing is left when the process that started the parts is killed', async () => {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'startAndHang.ts'), STUBBORN], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const folder = line;
  const started = descendantsOf(child.pid!);
  expect(started.length).toBeGreaterThan(2);

  child.kill('SIGKILL');
  await until(() => !started.some(isAlive));
  expect(existsSync(folder)).toBe(false);
});

test('a part that ends before it is ready fails with what it said last', async () => {
  const processes = createProcesses(noUnexpectedEnd);
  onTestFinished(() => processes.stop());
  await expect(processes.start(shell('echo the disk is full; exit 3'))).rejects.toThrow(
    'The part did not start (exit code 3). Last output: the disk is full',
  );
});

test('a part whose program is missing fails with its name', async () => {
  const processes = createProcesses(noUnexpectedEnd);
  onTestFinished(() => processes.stop());
  await expect(processes.start(shell('', { command: '/no/such/program' }))).rejects.toThrow('The part did not start');
});

test('a part that ends by itself later is reported', async () => {
  const said = Promise.withResolvers<string>();
  const processes = createProcesses(said.resolve);
  onTestFinished(() => processes.stop());
  await processes.start(shell('echo ready; sleep 0.2; exit 4'));
  expect(await said.promise).toBe('The part ended by itself (exit code 4).');
});

test('nothing starts while the stack is being stopped', async () => {
  const processes = createProcesses(noUnexpectedEnd);
  await processes.stop();
  await expect(processes.start(shell('echo ready'))).rejects.toThrow('the stack is being stopped');
});
