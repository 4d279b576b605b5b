// One thread that plays its part of the histories.
import { parentPort, workerData } from 'node:worker_threads';
import { type HistoriesOptions, runHistories } from './runHistories.ts';

const result = await runHistories({
  ...(workerData as HistoriesOptions),
  onProgress: (runs) => parentPort!.postMessage({ progress: runs }),
});
parentPort!.postMessage({ result });
