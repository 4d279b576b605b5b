// While a step waits for its next attempt the ledger says so: which attempt failed, why, and when the next one comes. For people
// alone, so nothing of it may harm the run.
import { DatabaseError, isRetryable } from '../errors.ts';
import type { Ledger, RunId } from '../supabase/ledger.ts';
import { describeFailure, toStepMessage } from './failure.ts';
import type { StepConfig, Steps } from './steps.ts';

interface Teller {
  run: RunId;
  ledger: Pick<Ledger, 'noteRetry'>;
  now: () => number;
}

export function tellRetries(steps: Steps, { run, ledger, now }: Teller): Steps {
  return {
    ...steps,
    do: (name, config, callback) =>
      steps.do(name, config, async (attempt, isLast) => {
        try {
          const result = await callback(attempt, isLast);
          if (attempt > 1) await ledger.noteRetry(run, null).catch(() => {});
          return result;
        } catch (error) {
          // A database that does not answer can't be told either, and to try costs the step its time.
          if (!isLast && isRetryable(error) && !(error instanceof DatabaseError)) {
            const retry = {
              step: name,
              attempt,
              attempts: config.retries.limit + 1,
              cause: describeFailure(new Error(toStepMessage(error, false))).message,
              next_try_at: new Date(now() + delayAfter(attempt, config)).toISOString(),
            };
            await ledger.noteRetry(run, retry).catch(() => {});
          }
          throw error;
        }
      }),
  };
}

function delayAfter(attempt: number, { retries }: StepConfig): number {
  return retries.delay * 2 ** (attempt - 1);
}
