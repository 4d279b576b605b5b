import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { onTestFinished } from 'vitest';
import { freePort } from '../../local/ports.ts';

const PROJECT = join(import.meta.dirname, '../..');
const PARTS = ['local', 'page', 'src', 'supabase', 'package.json', 'tsconfig.json', 'wrangler.toml'];

// Few enough for a test, more than a page of any kind.
const CUSTOMERS = 300;

export interface Ids {
  uid: number;
  gid: number;
}

/** A copy of the project that belongs to the given user, with this one's packages; removed after the test, or `atEnd`. */
export function createCheckout(owner?: Ids, atEnd: (end: () => void) => void = onTestFinished): string {
  const folder = mkdtempSync(join(tmpdir(), 'checkout-'));
  atEnd(() => rmSync(folder, { recursive: true, force: true }));
  chmodSync(folder, 0o755);
  for (const part of PARTS) cpSync(join(PROJECT, part), join(folder, part), { recursive: true });
  if (owner) spawnSync('chown', ['-R', `${owner.uid}:${owner.gid}`, folder]);
  // Node itself is one of the packages.
  const reachable = spawnSync(process.execPath, ['--version'], owner).status === 0;
  if (reachable) symlinkSync(join(PROJECT, 'node_modules'), join(folder, 'node_modules'));
  else linkPackages(folder);
  return folder;
}

/** The packages where another user can reach them, because this checkout stands in a folder closed to others. */
function linkPackages(folder: string): void {
  const packages = join(PROJECT, 'node_modules');
  const linked = spawnSync('cp', ['-al', packages, folder]);
  // Hard links end at the file system's border.
  if (linked.status !== 0) cpSync(packages, join(folder, 'node_modules'), { recursive: true, verbatimSymlinks: true });
}

/**
 * The environment of a stack of its own: free ports, few customers, and nothing of the developer's settings.
 */
export async function stackEnvironment(home: string): Promise<Record<string, string>> {
  const variables = ['WORKER_PORT', 'SUPABASE_PORT', 'POSTGRES_PORT', 'SERVICETITAN_PORT'];
  const ports = await Promise.all(variables.map(async (name) => [name, String(await freePort())]));
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    LOCAL_CUSTOMERS: String(CUSTOMERS),
    ...Object.fromEntries(ports),
  };
}

/**
 * Starts `npm start` in the checkout without a terminal and from another folder; `output` grows as it prints. Ended after
 * the test, or `atEnd`.
 */
export function startInCheckout(
  checkout: string,
  args: string[],
  env: Record<string, string>,
  owner?: Ids,
  atEnd: (end: () => void) => void = onTestFinished,
) {
  const node = join(checkout, relative(PROJECT, process.execPath));
  const child = spawn(
    existsSync(node) ? node : process.execPath,
    [join(checkout, 'local/preflight.mjs'), 'start.ts', ...args],
    {
      cwd: '/',
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...owner,
    },
  );
  child.on('error', (error) => run.exited.reject(error));
  atEnd(() => void child.kill('SIGKILL'));
  const run = { child, output: '', exited: Promise.withResolvers<number | null>() };
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (run.output += chunk));
  // After `close` all of the output has been read, which `exit` does not promise.
  child.on('close', (code) => run.exited.resolve(code));
  return run;
}
