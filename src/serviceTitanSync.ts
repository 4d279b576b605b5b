// The durable Workflow. It only drives: the steps are in sync/, the truth about a run is in Postgres.
import { WorkflowEntrypoint, type WorkflowEvent, type WorkflowStep } from 'cloudflare:workers';
import { NonRetryableError } from 'cloudflare:workflows';
import { type Env, readConfig, type SyncParams } from './config.ts';
import { isRetryable, SyncError } from './errors.ts';
import { ensureInstance } from './schedule/instances.ts';
import { createSupabase } from './supabase/client.ts';
import { createWriteBatch } from './supabase/contactSync.ts';
import { createLedger } from './supabase/ledger.ts';
import { toStepMessage } from './sync/failure.ts';
import type { Steps } from './sync/steps.ts';
import { type Outcome, syncWorkspace } from './sync/syncWorkspace.ts';

export class ServiceTitanSync extends WorkflowEntrypoint<Env, SyncParams> {
  override async run(event: Readonly<WorkflowEvent<SyncParams>>, step: WorkflowStep): Promise<Outcome> {
    const config = readConfig(this.env);
    const { workspaceId } = event.payload;
    return syncWorkspace({
      run: { workspaceId, instanceId: event.instanceId },
      config,
      steps: toSteps(step),
      ledger: createLedger(createSupabase(config)),
      writeBatch: createWriteBatch(config),
      startSuccessor: (instanceId) => ensureInstance(this.env.SERVICETITAN_SYNC, instanceId, { workspaceId }),
      now: () => Date.now(),
    });
  }
}

/** The engine's step, with errors made to survive the way out: the final ones final, all of them with their code. */
function toSteps(step: WorkflowStep): Steps {
  return {
    do: (name, config, callback) => {
      const guarded = async () => {
        try {
          return await callback();
        } catch (error) {
          if (!isRetryable(error)) throw new NonRetryableError(toStepMessage(error));
          if (!(error instanceof SyncError)) logUnexpected(name, error);
          throw new Error(toStepMessage(error));
        }
      };
      // Step results are plain JSON or a byte stream throughout; the engine's own type can't be told so generically.
      return step.do(name, config, guarded as never) as ReturnType<typeof callback>;
    },
    sleep: (name, milliseconds) => step.sleep(name, milliseconds),
  };
}

/** Where it was thrown, without its message: a foreign error may quote the data it choked on. */
function logUnexpected(step: string, error: unknown): void {
  const thrown =
    error instanceof Error
      ? { name: error.name, at: error.stack?.split('\n').filter((line) => /^\s+at /.test(line)) }
      : { name: typeof error };
  console.error(JSON.stringify({ event: 'unexpected_error', step, ...thrown }));
}
