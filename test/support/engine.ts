// The Workflow engine in a few lines: steps are retried, their results kept and given again on a replay.
import { isRetryable } from '../../src/errors.ts';
import { toStepMessage } from '../../src/sync/failure.ts';
import type { StepConfig, Steps } from '../../src/sync/steps.ts';

/** A crash: not an error of a step; from then on this engine runs nothing any more. */
export class Crash extends Error {}

/** Results of finished steps by name; what an instance has when it is resumed. */
export type Memo = Map<string, unknown>;

export interface EngineHooks {
  /** A step begins that is not in the memo. */
  onStep?: (name: string) => void;
  /** Before each attempt; throwing `Crash` ends the run there. */
  beforeStep?: ((name: string) => void | Promise<void>) | undefined;
  /** An attempt failed, with this said of it; another follows after so many milliseconds, which nobody really waits. */
  onRetry?: ((delayMs: number, said: string) => void | Promise<void>) | undefined;
  onSleep?: (milliseconds: number) => void | Promise<void>;
}

export function createSteps(memo: Memo, hooks: EngineHooks): Steps {
  let crash: Crash | undefined;
  return {
    async do(name, config, callback) {
      if (crash) throw crash;
      if (memo.has(name)) return restore(memo.get(name)) as never;
      hooks.onStep?.(name);
      for (let attempt = 0; ; attempt += 1) {
        try {
          await hooks.beforeStep?.(name);
          memo.set(name, await keep(await callback(attempt + 1, attempt >= config.retries.limit)));
          return restore(memo.get(name)) as never;
        } catch (error) {
          if (error instanceof Crash) throw (crash = error);
          const isLast = !isRetryable(error) || attempt >= config.retries.limit;
          const message = toStepMessage(error, isLast);
          if (!isRetryable(error)) throw new Error(`NonRetryableError: ${message}`);
          if (isLast) throw new Error(message);
          await hooks.onRetry?.(delayOf(config, attempt), message);
        }
      }
    },
    sleep: async (name, milliseconds) => {
      if (memo.has(name)) return;
      await hooks.onSleep?.(milliseconds);
      memo.set(name, await keep(null));
    },
  };
}

function delayOf({ retries }: StepConfig, attempt: number): number {
  return retries.delay * 2 ** attempt;
}

/** As the engine does: a stream is stored as bytes and given anew on each replay, all else is cloned. */
async function keep(value: unknown): Promise<unknown> {
  return value instanceof ReadableStream
    ? { bytes: await new Response(value).arrayBuffer() }
    : { value: structuredClone(value) };
}

function restore(kept: unknown): unknown {
  const { bytes, value } = kept as { bytes?: ArrayBuffer; value?: unknown };
  return bytes ? new Blob([bytes]).stream() : structuredClone(value);
}
