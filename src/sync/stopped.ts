// R19: reading progresses and ends. A part of the run that is led in a circle, or to no end, is stopped: its cursor and its
// tokens stay where they stand, the other parts go on, and then the run fails. It is stopped between two steps and from step
// results alone, so a replay stops at the same place and no step is repeated for it.
import { SyncError } from '../errors.ts';

/** What can be stopped, as people are told of it. */
export type Stoppable = 'customers list' | 'customers export' | 'contacts export';

/** The reading of a list or of an export was stopped. `why`: what ServiceTitan did, a clause without a full stop. */
export class StoppedError extends SyncError {
  override readonly name = 'StoppedError';

  constructor(what: Stoppable, why: string) {
    super(
      'reading_stopped',
      `The reading of the ${what} was stopped, because ${why}: the next run reads again from where the workspace stands; if it lasts, open a case with ServiceTitan.`,
      false,
    );
  }
}

/** The run, as far as this goes: what of it was stopped so far. */
interface Run {
  progress: { stopped: StoppedError[] };
}

/** Runs a part of the run. Resolves to `undefined` where it was stopped, which the run remembers until its end. */
export async function unlessStopped<Result>(
  { progress }: Run,
  part: () => Promise<Result>,
): Promise<Result | undefined> {
  try {
    return await part();
  } catch (error) {
    if (!(error instanceof StoppedError)) throw error;
    progress.stopped.push(error);
    return undefined;
  }
}

/**
 * Ends the run where one of its parts was stopped: rejects with the first `StoppedError`. For the end of a run, and for its
 * hand-over, because a successor would not know.
 */
export function throwIfStopped({ progress }: Run): void {
  const [first] = progress.stopped;
  if (first !== undefined) throw first;
}
