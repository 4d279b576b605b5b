// Runs that the ledger believes to be under way while their instance is gone for good: terminated or deleted by a person, or
// ended by an error that could not be written down, because the database itself was down.
import { describeFailure, type Failure } from '../sync/failure.ts';

/** What the ledger is told of a run that ended without having failed itself; ticks go on from where it stood. */
export const GONE_CODE = 'instance_gone';

/** What the engine says of an instance, as far as it matters here. */
export interface EngineStatus {
  status: string;
  error?: { message: string };
}

const NEXT = 'nothing that was written is lost, and the next run goes on from there';

/**
 * Why a run will never go on, or null when it may. `engine` is what the engine says of the instance, null when it has none;
 * `runStatus` is the ledger's.
 */
export function goneFailure(engine: EngineStatus | null, runStatus: string): Failure | null {
  if (runStatus !== 'queued' && runStatus !== 'running') return null;
  if (engine === null) {
    // Claimed and not created yet: it will be.
    if (runStatus === 'queued') return null;
    return {
      code: GONE_CODE,
      message: `The Workflow instance of this run was deleted by hand before it ended: ${NEXT}.`,
    };
  }
  switch (engine.status) {
    case 'terminated':
      return {
        code: GONE_CODE,
        message: `The Workflow instance of this run was terminated by hand before it ended: ${NEXT}.`,
      };
    case 'errored':
      return describeFailure(new Error(engine.error?.message));
    case 'complete':
      return { code: GONE_CODE, message: `The Workflow instance of this run ended before the run was done: ${NEXT}.` };
    default:
      return null;
  }
}
