// A tick has no steps that would retry its calls, so they are repeated here: one 503 of the Data API would else cost every
// workspace its run. All of them may be repeated (R14).
import { isRetryable } from '../errors.ts';

/** Together twenty seconds: what passes in so long is no reason to wait for the next tick. */
const PAUSES_MS = [1_000, 4_000, 15_000];

export interface Patience {
  wait: (milliseconds: number) => Promise<unknown>;
  /** No call is repeated any more. */
  timeIsUp: () => boolean;
}

type Calls = Record<string, (...given: never[]) => Promise<unknown>>;

/** The same calls; each is repeated after 1, 4 and 15 s where it fails for a reason that may pass. */
export function retrying<Of extends Calls>(calls: Of, { wait, timeIsUp }: Patience): Of {
  const patient = Object.entries(calls).map(([name, call]) => [
    name,
    async (...given: never[]) => {
      for (const pause of PAUSES_MS) {
        try {
          return await call(...given);
        } catch (error) {
          if (!isRetryable(error) || timeIsUp()) throw error;
          await wait(pause);
        }
      }
      return call(...given);
    },
  ]);
  return Object.fromEntries(patient) as Of;
}
