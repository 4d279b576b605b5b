// R10: the parts after the live readers. What fails there costs its own part alone, and all of them together no more than
// five minutes of a run, for what they do can wait and freshness can't.
import type { BegunContext } from './context.ts';
import { describeFailure } from './failure.ts';
import { PartTime } from './partTime.ts';
import { unlessStopped } from './stopped.ts';

const TOGETHER_MS = 5 * 60_000;
/** Three attempts. */
const RETRIES = 2;
/** What a step that failed counts for: how long it took is in no result that a replay could read again. */
const FAILED_STEP_MS = 75_000;

export interface PartContext extends BegunContext {
  time: PartTime;
}

/**
 * A part asks for what was unasked the longest first, and ends by itself when its time is up (`time.leftMs`): what it did
 * not reach comes first next time. A step that failed ends it.
 */
export interface Part {
  /** As people are told of it. */
  name: string;
  run: (context: PartContext) => Promise<void>;
}

/** Runs the parts in order. One that is stopped (R19) is remembered. Each may take an equal share of the time that is left, so that the last has its turn too. */
export async function runLaterParts(context: BegunContext, parts: readonly Part[]): Promise<void> {
  let leftMs = TOGETHER_MS;
  for (const [index, part] of parts.entries()) {
    const time = new PartTime(leftMs / (parts.length - index));
    await runPart({ ...context, steps: withFewRetries(context.steps), time }, part);
    leftMs -= time.spentMs;
  }
}

async function runPart(context: PartContext, { name, run }: Part): Promise<void> {
  try {
    await unlessStopped(context, () => run(context));
  } catch (error) {
    const { code, message } = describeFailure(error);
    // The workspace is another run's now, or what this run wrote is gone: nothing that follows may write.
    if (code === 'superseded' || code === 'database_went_back') throw error;
    context.time.spend(FAILED_STEP_MS);
    context.progress.doubts.push({ code: 'part_unfinished', part: name, reason: message });
  }
}

function withFewRetries(steps: BegunContext['steps']): BegunContext['steps'] {
  return {
    sleep: (name, milliseconds) => steps.sleep(name, milliseconds),
    do: (name, config, callback) =>
      steps.do(
        name,
        { ...config, retries: { ...config.retries, limit: Math.min(config.retries.limit, RETRIES) } },
        callback,
      ),
  };
}
