import { existsSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Processes, RunningProcess } from '../processes.ts';
import { missingBinary } from './missingBinary.ts';

/** `socketFolder` needs a short path (107 bytes a socket); `cacheFolder` keeps Deno's compiled modules between starts. */
export interface FunctionsOptions {
  root: string;
  socketFolder: string;
  cacheFolder: string;
  /** What the functions see, under the names that hosted ones see. */
  env: Record<string, string>;
  processes: Processes;
  logFile: string;
}

/** Returns the socket of the named function, starting it when it does not run; undefined when there is no such function. */
export type FunctionSocket = (name: string) => Promise<string | undefined>;

export interface Functions {
  socket: FunctionSocket;
  /** Ends all that run as a crash would; the next request starts them again. */
  kill(): Promise<void>;
}

/**
 * Runs each Edge Function in a Deno process of its own from its first request on. Packages come from `node_modules`, and
 * the network it may use is this project's API only.
 */
export function createFunctions(options: FunctionsOptions): Functions {
  const deno = findDeno();
  const running = new Map<string, Promise<{ socketPath: string; process: RunningProcess }>>();

  async function start(name: string) {
    const socketPath = join(options.socketFolder, `${name}.sock`);
    // Deno leaves its socket behind and cannot bind it again.
    rmSync(socketPath, { force: true });
    const api = new URL(options.env['SUPABASE_URL'] ?? '').host;
    const process = await options.processes.start({
      name: `The Edge Function ${name}`,
      command: deno,
      args: [
        'run',
        '--quiet',
        '--no-prompt',
        '--cached-only',
        '--node-modules-dir=manual',
        '--allow-env',
        `--allow-net=unix:${socketPath},${api}`,
        `--allow-read=${socketPath}`,
        `--allow-write=${socketPath}`,
        join(options.root, name, 'index.ts'),
      ],
      cwd: options.root,
      env: {
        DENO_DIR: options.cacheFolder,
        DENO_NO_UPDATE_CHECK: '1',
        NO_COLOR: '1',
        // Where a Deno.serve() without an address listens, and `export default { fetch }` is served too.
        DENO_SERVE_ADDRESS: `unix:${socketPath}`,
        DENO_AUTO_SERVE: '1',
        ...options.env,
      },
      logFile: options.logFile,
      ready: () => accepts(socketPath),
      onEnd: () => running.delete(name),
    });
    return { socketPath, process };
  }

  const socket: FunctionSocket = async (name) => {
    if (!/^[a-z0-9][\w-]*$/i.test(name) || !existsSync(join(options.root, name, 'index.ts'))) return undefined;
    let started = running.get(name);
    if (started === undefined) {
      started = start(name);
      running.set(name, started);
      started.catch(() => running.delete(name));
    }
    return (await started).socketPath;
  };

  return {
    socket,
    kill: async () => {
      const started = [...running.values()];
      running.clear();
      for (const one of started) await (await one).process.kill();
    },
  };
}

function findDeno(): string {
  try {
    const installer = createRequire(import.meta.url)('deno/install_api.cjs') as { runInstall(): string };
    return installer.runInstall();
  } catch (error) {
    throw missingBinary('Deno', 'deno', error);
  }
}

function accepts(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
