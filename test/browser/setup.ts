// One stack for all browser tests: Supabase, the simulated ServiceTitan, the Worker and its front, and Chromium.
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startFront } from '../../local/front.ts';
import { freePort } from '../../local/ports.ts';
import { createProcesses } from '../../local/processes.ts';
import { startTestStack, type TestStack } from '../../local/testStack.ts';
import { startWorker } from '../../local/worker.ts';
import { CREDENTIALS_KEY, randomApiToken } from '../support/credentialsKey.ts';
import { toProvided } from '../support/toProvided.ts';
import { startChromium } from './chromium.ts';

const PROJECT = join(import.meta.dirname, '../..');
/** Made for the tests alone. */
const API_TOKEN = randomApiToken();

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const processes = createProcesses((message) => {
    throw new Error(message);
  });
  chmodSync(processes.folder, 0o711);
  const ends: (() => Promise<void>)[] = [() => processes.stop()];
  const stop = async () => {
    for (const end of ends.toReversed()) await end();
  };
  try {
    const chromium = startChromium(processes.folder);
    // Should the stack fail first, this one is nobody's.
    chromium.catch(() => {});
    const stack = await startTestStack();
    ends.push(() => stack.stop());
    const worker = await startClosedWorker(stack, processes);
    const front = await startFront({ port: 0, workerUrl: worker.url, token: API_TOKEN });
    ends.push(() => front.stop());
    const browser = await chromium;
    ends.push(() => browser.close());
    project.provide('stack', toProvided(stack));
    project.provide('browser', {
      endpoint: browser.wsEndpoint(),
      workerUrl: front.url,
      closedUrl: worker.url,
      apiToken: API_TOKEN,
    });
    return stop;
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The Worker itself, which asks for the token. */
async function startClosedWorker(stack: TestStack, processes: ReturnType<typeof createProcesses>) {
  const stateFolder = join(processes.folder, 'worker-state');
  for (const part of ['worker', 'logs']) mkdirSync(join(stateFolder, part), { recursive: true });
  return startWorker({
    projectFolder: PROJECT,
    stateFolder,
    port: await freePort(),
    secrets: {
      SUPABASE_URL: stack.supabaseUrl,
      SUPABASE_SECRET_KEY: stack.secretKey,
      API_TOKEN,
      CREDENTIALS_KEY,
    },
    variables: {
      BUSINESS_HOURS_START: '0',
      BUSINESS_HOURS_END: '24',
      SERVICETITAN_AUTH_URL: stack.serviceTitanUrl,
      SERVICETITAN_API_URL: stack.serviceTitanUrl,
    },
    processes,
  });
}
