// One Supabase stack and one simulated ServiceTitan for all tests of a project; each test makes its own workspace.
import type { TestProject } from 'vitest/node';
import { startTestStack } from '../../local/testStack.ts';

/** Made for the tests alone. */
const CREDENTIALS_KEY = btoa('a key of 32 bytes for tests only');
const API_TOKEN = 'test-api-token';

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const stack = await startTestStack();
  project.provide('stack', {
    supabaseUrl: stack.supabaseUrl,
    secretKey: stack.secretKey,
    publishableKey: stack.publishableKey,
    dbUrl: stack.dbUrl,
    serviceTitanUrl: stack.serviceTitanUrl,
    credentialsKey: CREDENTIALS_KEY,
  });
  project.provide('workerSettings', {
    SUPABASE_URL: stack.supabaseUrl,
    SUPABASE_SECRET_KEY: stack.secretKey,
    API_TOKEN,
    CREDENTIALS_KEY,
    DEBUG_ENDPOINTS: 'true',
    SERVICETITAN_AUTH_URL: stack.serviceTitanUrl,
    SERVICETITAN_API_URL: stack.serviceTitanUrl,
  });
  return stack.stop;
}
