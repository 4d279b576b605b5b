// npm run test:histories -- [--runs 1000] [--seed N] [--path P] [--processes 2]
import { chmodSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { freePort } from '../../local/ports.ts';
import { createProcesses } from '../../local/processes.ts';
import { startPostgres } from '../../local/supabase/postgres.ts';
import { createHistoriesDatabase } from './database.ts';
import { Met } from './met.ts';
import type { HistoriesOptions, HistoriesResult } from './runHistories.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '1000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
    path: { type: 'string' },
    processes: { type: 'string', default: String(Math.min(2, availableParallelism())) },
  },
});
const parts = values.path === undefined ? Number(values.processes) : 1;

const processes = createProcesses((message) => {
  throw new Error(message);
});
// PostgreSQL may run as another user, who has to get through.
chmodSync(processes.folder, 0o755);
try {
  const { url: serverUrl } = await startPostgres({
    folder: join(processes.folder, 'postgres'),
    port: await freePort(),
    durable: false,
    processes,
    logFile: join(processes.folder, 'postgres.log'),
  });
  const dbUrl = await createHistoriesDatabase(serverUrl, 'histories');
  const startedAt = performance.now();
  console.log(`${values.runs} histories, seed ${values.seed}`);
  const results = await Promise.all(
    Array.from({ length: parts }, (_, part) =>
      runInWorker({
        dbUrl,
        runs: Number(values.runs),
        seed: Number(values.seed),
        ...(values.path === undefined ? {} : { path: values.path }),
        part,
        parts,
      }),
    ),
  );
  const met = new Met();
  for (const result of results) met.merge(result.met);
  const runs = results.reduce((sum, result) => sum + result.runs, 0);
  const failure = results.find((result) => result.failure !== null)?.failure;
  console.log(String(met));
  const seconds = (performance.now() - startedAt) / 1000;
  console.log(`${runs} histories in ${seconds.toFixed(0)} s (${(runs / seconds).toFixed(1)} a second)`);
  if (failure) {
    console.error(failure);
    process.exitCode = 1;
  }
} finally {
  await processes.stop();
}

function runInWorker(options: HistoriesOptions): Promise<HistoriesResult> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(join(import.meta.dirname, 'worker.ts'), { workerData: options });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}
