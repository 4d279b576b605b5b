// Makes up histories and plays them, several at once. The first that breaks a rule is made smaller until nothing can be
// left out of it, and told in a way that one command repeats.
import fc from 'fast-check';
import postgres from 'postgres';
import { describeHistory, history, type History } from './commands.ts';
import { createDataApi } from './dataApi.ts';
import { Met } from './met.ts';
import { installNetwork } from './network.ts';
import { type Healing, Play, type Stage } from './play.ts';

export interface HistoriesOptions {
  dbUrl: string;
  runs: number;
  seed: number;
  /** Replays what a failure named. */
  path?: string;
  /** Which part of the runs this process plays, and how many parts there are. */
  part?: number;
  parts?: number;
  /** Whether a failure is made smaller, which takes a while. */
  shrink?: boolean;
  /** Holds no rule, and asks who brings what the live readers have lost at rest; stops at the first loss. */
  heals?: boolean;
  /** Told how many were played, now and then. */
  onProgress?: (runs: number) => void;
}

export interface HistoriesResult {
  runs: number;
  met: [string, number][];
  /** What broke, as text for people; null when all held. */
  failure: string | null;
  /** Null where nothing was lost, or where that was not asked. */
  healing: Healing | null;
}

/** At once in one process: while one waits for the database another computes. */
const LANES = 2;

const PROGRESS_EVERY = 250;

let serial = 0;

/** Plays so many; stops at the first that breaks a rule. */
export async function runHistories(options: HistoriesOptions): Promise<HistoriesResult> {
  const { dbUrl, runs, seed, path, part = 0, parts = 1, shrink = true, heals = false, onProgress } = options;
  const uninstallNetwork = installNetwork();
  const met = new Met();
  const lanes = path === undefined ? LANES : 1;
  const stage: Stage = {
    dataApi: await createDataApi(dbUrl, lanes),
    admin: postgres(dbUrl, { max: lanes, onnotice: () => {} }),
  };
  const result: HistoriesResult = { runs: 0, met: [], failure: null, healing: null };
  try {
    await Promise.all(
      Array.from({ length: lanes }, async (_, lane) => {
        // Its own seed for each lane, so that a failure is repeated by the lane's seed and the path alone.
        const laneSeed = path === undefined ? seed + part * LANES + lane : seed;
        const share = Math.ceil(runs / (parts * lanes));
        const details = await fc.check(
          fc.asyncProperty(history, async (one) => {
            if (result.failure !== null || result.healing !== null) return; // another lane has one
            serial += 1;
            result.runs += 1;
            if (serial % PROGRESS_EVERY === 0) onProgress?.(serial);
            if (heals) {
              const healing = await healOne(`h${part}0${serial}-1`, one, stage, met);
              result.healing ??= healing;
              return;
            }
            await playOne(`h${part}0${serial}-1`, one, stage, met, path === undefined ? undefined : console.log);
          }),
          {
            seed: laneSeed,
            numRuns: share,
            endOnFailure: path !== undefined || !shrink,
            ...(path === undefined ? {} : { path }),
          },
        );
        if (details.failed && result.failure === null) result.failure = tell(details, laneSeed);
      }),
    );
  } finally {
    await Promise.all([stage.dataApi.end(), stage.admin.end()]);
    uninstallNetwork();
  }
  return { ...result, met: [...met.counts] };
}

async function healOne(workspaceId: string, one: History, stage: Stage, met: Met): Promise<Healing | null> {
  const play = new Play(workspaceId, one, stage, met);
  try {
    return await play.heal();
  } finally {
    play.end();
    await stage.admin`delete from public.servicetitan_connections where workspace_id = ${workspaceId}`;
  }
}

async function playOne(
  workspaceId: string,
  one: History,
  stage: Stage,
  met: Met,
  trace?: (line: string) => void,
): Promise<void> {
  const play = new Play(workspaceId, one, stage, met);
  play.trace = trace;
  try {
    await play.play();
    const runs = await stage.admin`
      select trigger, mode, status, error_code, took_over is not null as took_over, stale > 0 as stale, errors > 0 as errors
      from public.servicetitan_sync_runs
      where workspace_id = ${workspaceId}
    `;
    for (const run of runs) {
      met.add(
        `ledger: ${run['mode'] ?? 'no mode'} run ${run['status']}${run['error_code'] ? ` (${run['error_code']})` : ''}`,
      );
      for (const what of ['took_over', 'stale', 'errors']) if (run[what]) met.add(`ledger: run with ${what}`);
      if (run['trigger'] === 'successor') met.add('ledger: successor');
    }
  } finally {
    play.end();
    await stage.admin`delete from public.servicetitan_connections where workspace_id = ${workspaceId}`;
  }
}

function tell(details: fc.RunDetails<[History]>, seed: number): string {
  const { counterexample, counterexamplePath, errorInstance, numRuns, numShrinks } = details;
  return [
    `History ${numRuns} broke a rule (made smaller ${numShrinks} times):`,
    errorInstance instanceof Error
      ? errorInstance.name === 'Error'
        ? errorInstance.message
        : errorInstance.stack
      : String(errorInstance),
    '',
    counterexample ? describeHistory(counterexample[0]) : 'no history',
    '',
    `Again: npm run test:histories -- --seed ${seed} --path ${counterexamplePath}`,
  ].join('\n');
}
