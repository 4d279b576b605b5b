// How each kind of step is retried. Retrying lives here and nowhere else: the HTTP clients make one attempt.

/**
 * The part of the engine's `step` that a run uses. A callback is told the number of its attempt, from 1, and whether none follows
 * that one.
 */
export interface Steps {
  do<Result>(
    name: string,
    config: StepConfig,
    callback: (attempt: number, isLast: boolean) => Promise<Result>,
  ): Promise<Result>;
  sleep(name: string, milliseconds: number): Promise<void>;
}

/** As the engine takes it; limit and delay are both set, for its local and hosted defaults differ. */
export interface StepConfig {
  retries: { limit: number; delay: number; backoff: 'exponential' };
  timeout: number;
  sensitive?: 'output';
}

/**
 * A step's timeout leaves its callback running, so what a callback does ends before it, by this deadline. Timeout and
 * longest delay together stay under the lease of ten minutes, which each attempt extends: a run that retries never looks
 * dead.
 */
export const STEP_DEADLINE_MS = 4 * 60_000;
const STEP_TIMEOUT_MS = 5 * 60_000;

/** R10: from this attempt on, a step looks for the record that makes its call fail, and gives each call less time. */
export const FIRST_NARROW_ATTEMPT = 3;
export const NARROW_CALL_MS = 15_000;
/** So long it looks; the call under way then, and a control or two, still end before the deadline. */
export const NARROWING_MS = 3 * 60_000;

/** Talks to ServiceTitan: waits of 10, 20, 40, 80 and 160 s outlast a minute of 500s. The page is hidden from observers. */
export const FETCH_STEP: StepConfig = {
  retries: { limit: 5, delay: 10_000, backoff: 'exponential' },
  timeout: STEP_TIMEOUT_MS,
  sensitive: 'output',
};

/**
 * Talks to the Edge Function, which is idempotent; each batch it writes extends the lease. Should it answer nothing at all,
 * five attempts of 100 s and the waits between them still end within the lease.
 */
export const SYNC_STEP: StepConfig = {
  retries: { limit: 4, delay: 5_000, backoff: 'exponential' },
  timeout: STEP_TIMEOUT_MS,
};

/** One SQL function. */
export const LEDGER_STEP: StepConfig = {
  retries: { limit: 6, delay: 2_000, backoff: 'exponential' },
  timeout: 60_000,
};

/** A step's name: the reference's, with a page number from the second page on. */
export function numbered(name: string, page: number): string {
  return page === 1 ? name : `${name} page ${page}`;
}
