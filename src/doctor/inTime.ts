import { SyncError } from '../errors.ts';

/** Two parts follow each other, and the status page waits for twenty seconds. */
const LONGEST_MS = 9_000;

class TooSlowError extends SyncError {
  override readonly name = 'TooSlowError';

  constructor() {
    super(
      'too_slow',
      'It gave no answer within 9 seconds: ask again; if this lasts, look whether it is overloaded.',
      true,
    );
  }
}

/** What the work answers, if it answers in time. What it still does then is left to itself. */
export async function inTime<Value>(work: () => Promise<Value>, milliseconds = LONGEST_MS): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | null = null;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TooSlowError()), milliseconds);
  });
  try {
    return await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}
