// One stack a state folder. Its ports alone don't show it: a second start on others would write new addresses into `env`,
// and with --fresh take the data away under the first.
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { requireOwnUnlessMissing } from './ownership.ts';
import { StackError } from './stackError.ts';

const LOCK = 'running';

interface Lock {
  pid: number;
  /** Tells the process from a later one of the same number; null where the system does not say. */
  processStart: string | null;
  /** Of the status page. */
  port: number;
}

/** Throws a StackError when a stack runs in the folder; writes nothing. */
export function requireUnlocked(folder: string): void {
  const lock = readLock(folder);
  if (lock === undefined || !isRunning(lock)) return;
  throw new StackError(
    `A stack runs in ${folder} already (status page http://127.0.0.1:${lock.port}/): ` +
      'end it, or choose another folder with LOCAL_STATE_DIR=<folder>.',
  );
}

/**
 * Keeps others out of the folder until what it answers is called, or this process is gone. Throws a StackError when a
 * stack runs there, or another user has left a lock.
 */
export function lockFolder(folder: string, port: number): () => void {
  requireUnlocked(folder);
  const file = join(folder, LOCK);
  requireOwnUnlessMissing(file);
  const text = JSON.stringify({ pid: process.pid, processStart: processOf(process.pid)?.start ?? null, port });
  const written = `${file}-${process.pid}`;
  rmSync(written, { force: true });
  writeFileSync(written, text, { flag: 'wx', mode: 0o600 });
  // Left by a stack that was killed.
  rmSync(file, { recursive: true, force: true });
  try {
    // Whole at once, and only where no other start came first.
    linkSync(written, file);
  } catch (error) {
    requireUnlocked(folder);
    throw error;
  } finally {
    rmSync(written);
  }
  return () => {
    if (readText(file) === text) rmSync(file);
  };
}

function readLock(folder: string): Lock | undefined {
  try {
    const { pid, processStart, port } = JSON.parse(readText(join(folder, LOCK)) ?? 'null') as Lock;
    return Number.isInteger(pid) && pid > 0 && Number.isInteger(port) ? { pid, processStart, port } : undefined;
  } catch {
    return undefined;
  }
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function isRunning({ pid, processStart }: Lock): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it runs, as another user.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const found = processOf(pid);
  return found === undefined || (!found.hasEnded && found.start === processStart);
}

/** What Linux tells of a process; undefined elsewhere. */
function processOf(pid: number): { start: string; hasEnded: boolean } | undefined {
  const stat = readText(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The name before, in brackets, may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { start: fields[19]!, hasEnded: fields[0] === 'Z' || fields[0] === 'X' };
}
