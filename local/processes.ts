import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { StackError } from './stackError.ts';
import { startWatchdog } from './watchdog.ts';

/** How to start one part of the stack. */
export interface ProcessOptions {
  /** As the user knows it, for messages. */
  name: string;
  command: string;
  args: string[];
  env: NodeJS.ProcessEnv;
  cwd: string;
  uid?: number;
  gid?: number;
  /** File that takes everything the process prints; without it only the tail is kept, for the message of a failed start. */
  logFile?: string;
  /** Ready when the output contains this text, or when the function says so. */
  ready: string | (() => Promise<boolean>);
  /** Signal that asks for an orderly end. */
  stopSignal?: NodeJS.Signals;
  /** Called when the part ends by itself after it was ready; without it that is reported as a fault of the stack. */
  onEnd?: () => void;
}

/** A started part; both resolve once it has ended. */
export interface RunningProcess {
  readonly pid: number | undefined;
  stop(): Promise<void>;
  /** SIGKILL to the process and its children, as a crash would. */
  kill(): Promise<void>;
}

/** The processes of one stack. None of them outlives it: a watchdog ends them even after SIGKILL. */
export interface Processes {
  /** For sockets: its path is short, and it is removed at the end. */
  readonly folder: string;
  /** Resolves once the process is ready; throws a StackError with its last output when it ends before or takes over 60 s. */
  start(options: ProcessOptions): Promise<RunningProcess>;
  /** Ends all, the last started first, also while one is starting; nothing can be started afterwards. */
  stop(): Promise<void>;
}

const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 5_000;
const POLL_MS = 20;
const TAIL_CHARACTERS = 4_000;
const LINES_SHOWN = 3;

// A socket's path has 107 bytes at most; below this folder the longest name is a function's.
const LONGEST_TEMPORARY_FOLDER = 50;

/** `onUnexpectedEnd` is told when a part that was ready ends without having been asked to. */
export function createProcesses(onUnexpectedEnd: (message: string) => void): Processes {
  const folder = mkdtempSync(join(tmpdir().length > LONGEST_TEMPORARY_FOLDER ? '/tmp' : tmpdir(), 'stack-'));
  const watchdog = startWatchdog([folder]);
  const running: RunningProcess[] = [];
  let stopping = false;

  async function start(options: ProcessOptions): Promise<RunningProcess> {
    if (stopping) throw new StackError(`${options.name} was not started, for the stack is being stopped.`);
    const child = spawn(options.command, options.args, {
      // A group of its own: one signal reaches its children too, and Ctrl-C does not reach it before we say so.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: options.env,
      cwd: options.cwd,
      ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.gid ?? options.uid }),
    });
    const output = collectOutput(child, options.logFile);
    let ending = false;
    let end: string | undefined;
    const exited = new Promise<void>((resolve) => {
      child.once('error', (error) => {
        end ??= error.message;
        resolve();
      });
      child.once('exit', (code, signal) => {
        end ??= signal ?? `exit code ${code}`;
        if (child.pid !== undefined) {
          signalGroup(child.pid, 'SIGKILL');
          watchdog.drop(child.pid);
        }
        resolve();
      });
    });
    if (child.pid !== undefined) watchdog.add(child.pid);

    const part: RunningProcess = {
      pid: child.pid,
      stop: async () => {
        ending = true;
        if (end === undefined) child.kill(options.stopSignal ?? 'SIGTERM');
        const timer = setTimeout(() => child.pid !== undefined && signalGroup(child.pid, 'SIGKILL'), STOP_TIMEOUT_MS);
        await exited;
        clearTimeout(timer);
      },
      kill: async () => {
        ending = true;
        if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
        await exited;
      },
    };
    running.push(part);

    const isReady = typeof options.ready === 'string' ? textSeen(output.tail, options.ready) : options.ready;
    const giveUpAt = Date.now() + READY_TIMEOUT_MS;
    while (!(await isReady())) {
      if (end !== undefined || Date.now() > giveUpAt) {
        const reason =
          end === undefined ? `was not ready after ${READY_TIMEOUT_MS / 1000} s` : `did not start (${end})`;
        await part.stop();
        const where = options.logFile === undefined ? '' : ` All of it is in ${options.logFile}.`;
        throw new StackError(`${options.name} ${reason}.${where} Last output: ${lastLines(output.tail()) || 'none'}`);
      }
      await delay(POLL_MS);
    }
    void exited.then(() => {
      if (ending) return;
      if (options.onEnd) return options.onEnd();
      const where = options.logFile === undefined ? '' : `; its output is in ${options.logFile}`;
      onUnexpectedEnd(`${options.name} ended by itself (${end})${where}.`);
    });
    return part;
  }

  return {
    folder,
    start,
    stop: async () => {
      stopping = true;
      for (const part of running.splice(0).reverse()) await part.stop();
      await watchdog.stop();
    },
  };
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // The group is empty already.
  }
}

function textSeen(tail: () => string, text: string): () => Promise<boolean> {
  let seen = false;
  return () => Promise.resolve((seen ||= tail().includes(text)));
}

function lastLines(text: string): string {
  const lines = stripVTControlCharacters(text)
    .split('\n')
    .map((line) => line.trim());
  return lines
    .filter((line) => line !== '')
    .slice(-LINES_SHOWN)
    .join(' | ');
}

function collectOutput(child: ChildProcess, logFile: string | undefined): { tail(): string } {
  const log = logFile === undefined ? undefined : createWriteStream(logFile, { flags: 'a' });
  // A log that cannot be written (a full disk) must not end the stack.
  log?.on('error', () => {});
  let tail = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      tail = (tail + chunk.toString()).slice(-TAIL_CHARACTERS);
      log?.write(chunk);
    });
  }
  return { tail: () => tail };
}
