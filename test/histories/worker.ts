// One thread that plays its part of the histories.
import { parentPort, workerData } from 'node:worker_threads';
import { type HistoriesOptions, runHistories } from './runHistories.ts';

parentPort!.postMessage(await runHistories(workerData as HistoriesOptions));
