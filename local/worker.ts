import { join } from 'node:path';
import type { DevServerOptions } from './devServer.ts';
import type { Processes, RunningProcess } from './processes.ts';

const INSTANCES_PER_PAGE = 50;

export interface WorkerOptions {
  projectFolder: string;
  stateFolder: string;
  port: number;
  /** Never on the command line, where every user of the machine could read them. */
  secrets: Record<string, string>;
  variables: Record<string, string>;
  processes: Processes;
}

export interface Worker extends RunningProcess {
  url: string;
}

/**
 * Starts the Worker and its Workflow in wrangler's dev server, whose state is kept in `stateFolder`. It asks every caller
 * for API_TOKEN, as the deployed one does.
 */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const { projectFolder, stateFolder, port, secrets, variables, processes } = options;
  const url = `http://127.0.0.1:${port}`;
  const server: DevServerOptions = { port, persistTo: join(stateFolder, 'worker'), secrets, variables };
  const worker = await processes.start({
    name: 'The Worker',
    command: process.execPath,
    args: [join(import.meta.dirname, 'devServer.ts')],
    env: {
      PATH: process.env['PATH'],
      // wrangler keeps its settings there, and the user may have no home that can be written.
      HOME: join(stateFolder, 'worker'),
      TMPDIR: process.env['TMPDIR'],
      NO_COLOR: '1',
      CI: '1',
      // Doubles the time a step takes.
      X_LOCAL_OBSERVABILITY: 'false',
      WRANGLER_SEND_METRICS: 'false',
      WRANGLER_SEND_ERROR_REPORTS: 'false',
      WRANGLER_HIDE_BANNER: 'true',
      WRANGLER_LOG_PATH: join(stateFolder, 'logs', 'wrangler'),
      WRANGLER_CACHE_DIR: join(stateFolder, 'worker', 'cache'),
      CLOUDFLARE_CF_FETCH_ENABLED: 'false',
      DEV_SERVER: JSON.stringify(server),
    },
    cwd: projectFolder,
    logFile: join(stateFolder, 'logs', 'worker.log'),
    ready: () => answers(`${url}/health`),
  });
  return { url, ...worker };
}

async function answers(url: string): Promise<boolean> {
  try {
    // Any answer: after a night without it the cron is told to be missing, and the first tick is still to come.
    await (await fetch(url, { signal: AbortSignal.timeout(2_000) })).body?.cancel();
    return true;
  } catch {
    return false;
  }
}

/**
 * Wakes what an earlier start left in the middle: the local engine, unlike Cloudflare's, never goes on by itself after a
 * restart. An event does it, and harms nothing that lives.
 */
export async function nudgeInstances(devServerUrl: string): Promise<void> {
  const api = `${devServerUrl}/cdn-cgi/local/explorer/api/workflows`;
  for (const { name } of await readResult<{ name: string }>(api)) {
    for (let page = 1; ; page++) {
      const list = `${api}/${name}/instances?status=running&per_page=${INSTANCES_PER_PAGE}&page=${page}`;
      const instances = await readResult<{ id: string }>(list);
      for (const { id } of instances) {
        await fetch(`${api}/${name}/instances/${encodeURIComponent(id)}/events/nudge`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: '{}',
        });
      }
      if (instances.length < INSTANCES_PER_PAGE) break;
    }
  }
}

async function readResult<Item>(url: string): Promise<Item[]> {
  const answer = (await (await fetch(url)).json()) as { result?: Item[] | null };
  return answer.result ?? [];
}
