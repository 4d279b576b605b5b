// npm run test:histories -- [--runs 1000] [--seed N] [--path P] [--threads 2] [--server <URL of a PostgreSQL>] [--no-shrink]
// With --heals, which is for a product that is broken on purpose: who brings what its live readers have lost.
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { withTemporaryPostgres } from '../../../local/supabase/temporaryPostgres.ts';
import { dropDatabase } from '../../../local/supabase/database.ts';
import { createHistoriesDatabase } from './database.ts';
import { EXPECTED_KINDS, Met } from './met.ts';
import type { HistoriesOptions, HistoriesResult } from './runHistories.ts';

/** So many meet every kind there is; fewer may miss one by chance. */
const ENOUGH_FOR_ALL_KINDS = 5000;

const { values } = parseArgs({
  allowNegative: true,
  options: {
    runs: { type: 'string', default: '1000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
    path: { type: 'string' },
    threads: { type: 'string', default: String(Math.min(2, availableParallelism())) },
    server: { type: 'string' },
    shrink: { type: 'boolean', default: true },
    heals: { type: 'boolean', default: false },
  },
});
const runs = Number(values.runs);
const parts = values.path === undefined ? Number(values.threads) : 1;

process.exitCode = values.server === undefined ? await withTemporaryPostgres(play) : await play(values.server);

/** Answers the exit code. */
async function play(serverUrl: string): Promise<number> {
  const database = `histories_${process.pid}`;
  const dbUrl = await createHistoriesDatabase(serverUrl, database);
  try {
    console.log(`${runs} histories, seed ${values.seed}`);
    const startedAt = performance.now();
    const options = { dbUrl, runs, seed: Number(values.seed), shrink: values.shrink, heals: values.heals, parts };
    const path = values.path === undefined ? {} : { path: values.path };
    const results = await Promise.all(
      Array.from({ length: parts }, (_, part) => playInThread({ ...options, ...path, part })),
    );
    return report(results, (performance.now() - startedAt) / 1000);
  } finally {
    await dropDatabase(serverUrl, database);
  }
}

function report(results: HistoriesResult[], seconds: number): number {
  const met = new Met();
  for (const result of results) met.merge(result.met);
  const played = results.reduce((sum, result) => sum + result.runs, 0);
  console.log(String(met));
  console.log(`${played} histories in ${seconds.toFixed(0)} s (${(played / seconds).toFixed(1)} a second)`);

  const healings = results.flatMap(({ healing }) => healing ?? []);
  if (values.heals) console.log(`Healing: ${JSON.stringify(healings)}`);
  const failure = results.find((result) => result.failure !== null)?.failure;
  const missing = runs >= ENOUGH_FOR_ALL_KINDS && !failure && !values.heals ? met.missing(EXPECTED_KINDS) : [];
  if (failure) console.error(failure);
  if (missing.length > 0) console.error(`Never met, so nothing is proved about: ${missing.join(', ')}`);
  if (failure || missing.length > 0) return 1;
  if (!values.heals) console.log('Every rule held at every moment, and at rest contacts equalled ServiceTitan.');
  return 0;
}

type Message = { progress: number } | { result: HistoriesResult };

function playInThread(workerData: HistoriesOptions): Promise<HistoriesResult> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(join(import.meta.dirname, 'worker.ts'), { workerData });
    worker.on('message', (message: Message) => {
      if ('result' in message) resolve(message.result);
      else console.log(`thread ${workerData.part}: ${message.progress} played`);
    });
    worker.once('error', reject);
  });
}
