// A few random histories on every run of the tests; `npm run test:histories -- --runs 10000` plays many.
import { afterAll, expect, inject, test } from 'vitest';
import { dropDatabase } from '../../../local/supabase/database.ts';
import { createHistoriesDatabase } from './database.ts';
import { runHistories } from './runHistories.ts';

const RUNS = 60;
/** Another one finds other things; this one is known to meet what is asked for below. */
const SEED = 1;

const { dbUrl } = inject('stack');
const name = `histories_${Math.random().toString(36).slice(2)}`;
afterAll(() => dropDatabase(dbUrl, name));

test(
  'R2, R4, R6, R8, R11 and R13 hold at every write, whatever happens between two calls, and at rest contacts equal ServiceTitan (R1, R3), with what the other rules up to R14 leave',
  { timeout: 240_000 },
  async () => {
    const { failure, runs, met } = await runHistories({
      dbUrl: await createHistoriesDatabase(dbUrl, name),
      runs: RUNS,
      seed: SEED,
    });
    expect(failure, failure ?? '').toBeNull();
    expect(runs).toBe(RUNS);
    const kinds = met.map(([kind]) => kind);
    expect(kinds).toEqual(
      expect.arrayContaining([
        'customers merged',
        'customer merged back',
        'customers re-stamped at one instant',
        'customer spoilt',
        'connected to another tenant',
        'two ticks at once',
        'run replayed from its memo',
        'run superseded',
        'call carried out after its caller gave up',
        'ledger: successor',
        'ledger: run with took_over',
        'ledger: run with errors',
      ]),
    );
  },
);
