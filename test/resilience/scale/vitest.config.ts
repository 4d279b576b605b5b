// Of `npm run test:scale`.
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

const PROJECT = join(import.meta.dirname, '../../..');

export default defineConfig({
  root: PROJECT,
  test: {
    globalSetup: [join(PROJECT, 'test/support/testStackSetup.ts')],
    include: ['test/resilience/scale/full.ts'],
    testTimeout: 3_600_000,
    hookTimeout: 60_000,
    // What 300,000 customers and what is expected of them take.
    execArgv: ['--max-old-space-size=8192'],
  },
});
