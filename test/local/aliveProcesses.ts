import { spawnSync } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';

/** Whether the process runs; one that has ended and was not collected by its parent yet does not. */
export function isAlive(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return stdout.trim() !== '' && !stdout.trim().startsWith('Z');
}

/** All processes that run below this one, however deep. */
export function descendantsOf(pid: number): number[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid=,stat='], { encoding: 'utf8' });
  const rows = stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  const childrenOf = (parent: number): number[] =>
    rows.filter(([, ppid, stat]) => Number(ppid) === parent && !stat?.startsWith('Z')).map(([child]) => Number(child));
  const below = (parent: number): number[] => childrenOf(parent).flatMap((child) => [child, ...below(child)]);
  return below(pid);
}

/** Waits until the condition holds; rejects when it does not in time. */
export async function until(condition: () => boolean, seconds = 20): Promise<void> {
  const giveUpAt = Date.now() + seconds * 1000;
  while (!condition()) {
    if (Date.now() > giveUpAt) throw new Error(`The condition did not come true within ${seconds} s.`);
    await delay(50);
  }
}
