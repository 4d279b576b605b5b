// The durable Workflow. It only drives: the steps are in sync/, the truth about a run is in Postgres.
import { WorkflowEntrypoint, type WorkflowEvent, type WorkflowStep } from 'cloudflare:workers';
import { NonRetryableError } from 'cloudflare:workflows';
import { readConfig, type SyncParams } from './config.ts';
import { tellErrorName } from '../supabase/functions/_shared/shapes.ts';
import { isRetryable, SyncError } from './errors.ts';
import { log } from './log.ts';
import { ensureInstance, placed } from './schedule/instances.ts';
import { holdSecretsOf } from './secrets.ts';
import { createSupabase } from './supabase/client.ts';
import { createWriteBatch } from './supabase/contactSync.ts';
import { createLedger, type RunId } from './supabase/ledger.ts';
import { describeFailure, isEngineAbort, toStepMessage, toText } from './sync/failure.ts';
import type { Steps } from './sync/steps.ts';
import { type Outcome, syncWorkspace } from './sync/syncWorkspace.ts';

export class ServiceTitanSync extends WorkflowEntrypoint<Env, SyncParams> {
  override async run(event: Readonly<WorkflowEvent<SyncParams>>, step: WorkflowStep): Promise<Outcome> {
    holdSecretsOf(this.env);
    const config = readConfig(this.env);
    const { workspaceId } = event.payload;
    const run = { workspaceId, instanceId: event.instanceId };
    try {
      return await syncWorkspace({
        run,
        config,
        steps: toSteps(step, run),
        ledger: createLedger(createSupabase(config), config.DEPLOYMENT),
        writeBatch: createWriteBatch(config, log),
        startSuccessor: (instanceId) =>
          ensureInstance(placed(this.env.SERVICETITAN_SYNC, config.LOCATION_HINT), instanceId, { workspaceId }),
        now: () => Date.now(),
        log,
      });
    } catch (error) {
      if (isEngineAbort(error)) throw error;
      // Never the error itself: the engine keeps its text, and a foreign one may quote what it met.
      throw new Error(toText(describeFailure(error)));
    }
  }
}

/** The engine's step, with errors made to survive the way out: the final ones final, all of them with their code. */
function toSteps(step: WorkflowStep, run: RunId): Steps {
  return {
    do: (name, config, callback) => {
      // Each attempt is logged where it is made: a step that is replayed from its result makes none.
      const guarded = async ({ attempt }: { attempt: number }) => {
        const startedAt = Date.now();
        const say = (event: string, said: object = {}) => log({ event, ...run, step: name, attempt, ...said });
        say('step_started');
        try {
          const result = await callback(attempt, attempt > config.retries.limit);
          say('step_ended', { ms: Date.now() - startedAt, ...countsIn(result) });
          return result;
        } catch (error) {
          const isFinal = !isRetryable(error);
          const message = toStepMessage(error, isFinal || attempt > config.retries.limit);
          say('step_failed', {
            ms: Date.now() - startedAt,
            isFinal,
            message,
            ...(error instanceof SyncError ? {} : whereThrown(error)),
          });
          throw isFinal ? new NonRetryableError(message) : new Error(message);
        }
      };
      // Step results are plain JSON or a byte stream throughout; the engine's own type can't be told so generically.
      return step.do(name, config, guarded as never) as ReturnType<typeof callback>;
    },
    sleep: (name, milliseconds) => step.sleep(name, milliseconds),
  };
}

/** What a step's result counts, such as the records of a page; the rest of a result is not for the log. */
function countsIn(result: unknown): object {
  if (typeof result !== 'object' || result === null) return {};
  return Object.fromEntries(Object.entries(result).filter(([, value]) => typeof value === 'number'));
}

/** Without the error's message: a foreign one may quote the data it choked on. */
function whereThrown(error: unknown): object {
  return error instanceof Error
    ? { name: tellErrorName(error), at: error.stack?.split('\n').filter((line) => /^\s+at /.test(line)) }
    : { name: typeof error };
}
