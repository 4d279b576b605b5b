// Real parts for the tests: one Supabase stack and simulated ServiceTitan for the tests in Node, one for those in workerd,
// whose ticks go through all workspaces there are. Each test makes its own workspace.
import type { TestProject } from 'vitest/node';
import { startTestStack } from '../../local/testStack.ts';
import { CREDENTIALS_KEY, randomApiToken } from './credentialsKey.ts';
import { startRedirectors } from './redirectors.ts';
import { toProvided } from './toProvided.ts';

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const [node, worker, redirectors] = await Promise.all([startTestStack(), startTestStack(), startRedirectors()]);
  project.provide('redirectors', redirectors.urls);
  project.provide('stack', toProvided(node));
  project.provide('workerStack', toProvided(worker));
  project.provide('workerSettings', {
    SUPABASE_URL: worker.supabaseUrl,
    SUPABASE_SECRET_KEY: worker.secretKey,
    API_TOKEN: randomApiToken(),
    CREDENTIALS_KEY,
    DEBUG_ENDPOINTS: 'true',
    SERVICETITAN_AUTH_URL: worker.serviceTitanUrl,
    SERVICETITAN_API_URL: worker.serviceTitanUrl,
  });
  return async () => {
    await Promise.all([node.stop(), worker.stop(), redirectors.stop()]);
  };
}
