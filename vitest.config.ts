import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take longest: begun last they would be waited for alone. */
const LONG = [
  'test/local/once',
  'test/resilience/crash/',
  'test/bench/',
  'test/resilience/histories/histories',
  'test/run/harmed',
  'test/rules/r10O',
  'test/rules/r21GoesBack',
  'test/sql/gallery',
  'test/resilience/doctor',
  'test/rules/r18',
  'test/sql/supabaseCli',
  'test/resilience/faults/',
  'test/resilience/leaks/leaks',
  'test/local/',
  'test/run/recovery',
  'test/sql/existingProduct',
  'test/sql/schemas',
  'test/run/initial',
  'test/resilience/scale/',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const index = LONG.findIndex((part) => moduleId.includes(part));
      return index === -1 ? LONG.length : index;
    };
    return (await super.sort(files)).toSorted((one, other) => rank(one) - rank(other));
  }
}

export default defineConfig({
  test: {
    // CI counts the tests from the file.
    reporters: process.env.CI ? ['default', ['json', { outputFile: '.local/test-results.json' }]] : ['default'],
    globalSetup: ['./test/support/testStackSetup.ts'],
    // Much of a test is waiting for Postgres, Deno and workerd: one a core less one, the default, leaves the cores idle.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        // In workerd: the Worker, the Workflow and the routes, against a real Supabase stack and ServiceTitan stand-in.
        plugins: [
          cloudflareTest(({ inject }) => ({
            wrangler: { configPath: './wrangler.toml' },
            miniflare: {
              bindings: inject<Record<string, string>>('workerSettings'),
              // As good as none, for tests ask /status in a loop. What a limit does is tried with the tight one.
              ratelimits: {
                CALLS: { namespace_id: '1', simple: { limit: 1_000_000, period: 60 } },
                FAILED_AUTHENTICATIONS: { namespace_id: '2', simple: { limit: 1_000_000, period: 60 } },
                TIGHT_LIMIT: { namespace_id: '3', simple: { limit: 3, period: 60 } },
              },
            },
          })),
        ],
        test: {
          name: 'worker',
          include: ['test/worker/**/*.test.ts'],
          testTimeout: 60_000,
          // A tick goes through all workspaces, those of another file too.
          fileParallelism: false,
          // One workerd for all files, for it takes seconds to start.
          isolate: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        // In Node: SQL under each role, the Edge Function in Deno, the client, the local stack.
        test: {
          name: 'node',
          include: ['test/**/*.test.ts'],
          exclude: ['test/worker/**', 'test/browser/**'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // Loading the modules anew for each file would take longer than most files do: what a test changes it puts back.
          isolate: false,
        },
      },
      {
        // In Chromium: the status page, served by `wrangler dev`, against a stack of its own.
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          globalSetup: ['./test/browser/setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // The list shows all workspaces, those of another file too.
          fileParallelism: false,
          isolate: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
