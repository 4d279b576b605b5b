import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { lockFolder, requireUnlocked } from '../../local/folderLock.ts';

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lock-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
const refusal = (folder: string) => `A stack runs in ${folder} already (status page http://127.0.0.1:8787/): end it`;

/** What the lock says, with another process in it. */
function rewrite(folder: string, change: (lock: Record<string, unknown>) => void): void {
  const file = join(folder, 'running');
  const lock = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  change(lock);
  writeFileSync(file, JSON.stringify(lock));
}

test('while a stack runs in a folder no second one begins there, and afterwards one does', () => {
  const folder = temporaryFolder();
  requireUnlocked(folder);
  const release = lockFolder(folder, 8787);
  expect(() => requireUnlocked(folder)).toThrow(refusal(folder));
  expect(() => lockFolder(folder, 9000)).toThrow(refusal(folder));
  release();
  requireUnlocked(folder);
  lockFolder(folder, 9000)();
});

test('the lock of a stack that was killed holds nobody up', () => {
  const folder = temporaryFolder();
  const { pid } = spawnSync('true');
  lockFolder(folder, 8787);
  rewrite(folder, (lock) => (lock['pid'] = pid));
  requireUnlocked(folder);
  const release = lockFolder(folder, 9000);
  expect(() => requireUnlocked(folder)).toThrow('http://127.0.0.1:9000/');
  release();
});

test('neither does one whose process number another program has by now', () => {
  const folder = temporaryFolder();
  lockFolder(folder, 8787);
  rewrite(folder, (lock) => (lock['processStart'] = '1'));
  requireUnlocked(folder);
});

test('nor one whose process has ended and was never collected by its parent', async () => {
  const folder = temporaryFolder();
  // The shell becomes `sleep`, which collects nobody.
  const parent = spawn('sh', ['-c', 'sh -c "echo \\$\\$" & exec sleep 60']);
  onTestFinished(() => void parent.kill('SIGKILL'));
  const pid = Number(await new Promise<Buffer>((resolve) => parent.stdout.once('data', resolve)));
  await expect.poll(() => readFileSync(`/proc/${pid}/stat`, 'utf8')).toMatch(/\) Z /);
  lockFolder(folder, 8787);
  rewrite(folder, (lock) => Object.assign(lock, { pid, processStart: processStart(pid) }));
  requireUnlocked(folder);
});

const processStart = (pid: number) => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')[19];

test.for(['', 'no JSON', 'null', '{}', '{"pid":"1; rm","port":"x"}', '{"pid":-1,"port":8787}'])(
  'what is no lock holds nobody up and is not shown: %s',
  (text) => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'running'), text);
    requireUnlocked(folder);
    lockFolder(folder, 8787)();
    expect(existsSync(join(folder, 'running'))).toBe(false);
  },
);

test('who was refused, or came later, does not take away the lock of who runs', () => {
  const folder = temporaryFolder();
  const release = lockFolder(folder, 8787);
  rewrite(folder, (lock) => (lock['port'] = 9000));
  release();
  expect(() => requireUnlocked(folder)).toThrow('http://127.0.0.1:9000/');
});
