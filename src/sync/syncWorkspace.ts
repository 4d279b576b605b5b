// One run of one workspace, from credentials to completion. The way of the data in one look.
import { openCredentials } from '../credentials/openCredentials.ts';
import { SupersededError } from '../errors.ts';
import type { DoubtRow } from '../supabase/doubtRow.ts';
import type { Progress } from '../supabase/ledger.ts';
import { type BegunContext, type BegunRun, placeOf, type SyncContext } from './context.ts';
import { tellRetries } from './tellRetries.ts';
import { describeDoubt } from './doubts.ts';
import { describeFailure, type Failure, isEngineAbort } from './failure.ts';
import { homeCountryOf } from './homeCountry.ts';
import { incrementalSync } from './incrementalSync.ts';
import { initialSync } from './initialSync.ts';
import { startNextRun } from './nextRun.ts';
import { LEDGER_STEP, type Steps } from './steps.ts';
import { throwIfStopped } from './stopped.ts';

/** How the run ended; the counts are in the ledger. */
export interface Outcome {
  status: 'completed' | 'continued' | 'superseded';
}

/**
 * Runs every step. Rejects with the failure after it has been written to the ledger; a run that lost its lease ends
 * without a word, for the workspace's state is another run's now. Where the ledger can't be told, the engine keeps the
 * failure, and a tick writes it down later.
 */
export async function syncWorkspace(given: SyncContext): Promise<Outcome> {
  const progress: BegunContext['progress'] = {
    steps: 0,
    pages: 0,
    waits: 0,
    calls: 0,
    written: 0,
    whole: { page: 0, chunks: 0 },
    partSize: null,
    bytes: 0,
    doubts: [],
    stopped: [],
    passGoesOn: false,
  };
  const context = { ...given, steps: countSteps(tellRetries(given.steps, given), progress) };
  try {
    return await runSteps(context, progress);
  } catch (error) {
    if (isEngineAbort(error)) throw error;
    const failure = describeFailure(error);
    try {
      await context.steps.do('update-failed', LEDGER_STEP, () => recordFailure(context, failure, progress));
    } catch {
      throw error;
    }
    if (failure.code === 'superseded') return { status: 'superseded' };
    throw error;
  }
}

function countSteps(steps: Steps, progress: BegunContext['progress']): Steps {
  return {
    ...steps,
    do: (name, config, callback) => {
      progress.steps += 1;
      return steps.do(name, config, callback);
    },
  };
}

/**
 * A run that was told to stop may hold the lease all the same (its connection was moved to another tenant, or a person
 * restarted its instance): then it gives the lease back. One that really lost it changes nothing.
 */
async function recordFailure(context: SyncContext, failure: Failure, progress: Progress): Promise<void> {
  const { ledger, run } = context;
  try {
    await ledger.fail(run, failure, progress);
    logDoubts(context, progress.doubts ?? []);
  } catch (error) {
    if (!(error instanceof SupersededError)) throw error;
  }
}

async function runSteps(context: SyncContext, progress: BegunContext['progress']): Promise<Outcome> {
  const { run, config, ledger, steps, now } = context;

  await steps.do('get-credentials', LEDGER_STEP, async () => {
    const sealed = await ledger.readCredentials(run);
    await openCredentials(config, run.workspaceId, sealed); // proves that they open; they are read again where they are used
    return { tenantId: sealed.tenant_id, environment: sealed.environment };
  });

  const begun: BegunRun = await steps.do('update-status', LEDGER_STEP, async () => {
    const stored = await ledger.begin(
      run,
      new Date(now()),
      config.CURSOR_OVERLAP_SECONDS,
      config.SETTLED_EVERY_MINUTES,
      config.FULL_PASS_DAYS,
    );
    return {
      ...stored,
      page_size: config.INCREMENTAL_PAGE_SIZE,
      max_pages: config.INCREMENTAL_MAX_PAGES,
      home: homeCountryOf(stored.country, stored.time_zone),
    };
  });
  const begunContext: BegunContext = {
    ...context,
    run: { ...run, fence: begun.fence },
    home: begun.home,
    progress,
    answered: { customer: null, contactsOf: null },
  };

  const ending =
    begun.mode === 'initial'
      ? (await initialSync(begunContext, begun)) && { commit: null }
      : await incrementalSync(begunContext, begun);
  if (!ending) return { status: 'continued' };
  throwIfStopped(begunContext);

  await steps.do('update-completed', LEDGER_STEP, async () => {
    logDoubts(context, await ledger.complete(begunContext.run, ending.commit, progress, placeOf(progress)));
  });
  if (progress.passGoesOn) await startNextRun(begunContext);
  return { status: 'completed' };
}

/** One line of a run that is in doubt, in words. */
function logDoubts({ log, run }: SyncContext, doubts: readonly DoubtRow[]): void {
  if (doubts.length === 0) return;
  const { workspaceId, instanceId } = run;
  log({
    event: 'in_doubt',
    workspaceId,
    instanceId,
    doubts: doubts.map((doubt) => ({ ...doubt, says: describeDoubt(doubt) })),
  });
}
