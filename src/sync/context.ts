// What a run works with. The Workflow builds it once; everything below takes it as an argument, so the same code runs
// under another engine in tests.
import type { Config } from '../config.ts';
import { openCredentials } from '../credentials/openCredentials.ts';
import { createServiceTitanApi, type ServiceTitanApi } from '../serviceTitanApi.ts';
import type { WriteBatch } from '../supabase/contactSync.ts';
import type { Begun, FencedRun, Ledger, Place, RunId } from '../supabase/ledger.ts';
import type { Doubt } from './doubts.ts';
import type { PartTime } from './partTime.ts';
import type { StoppedError } from './stopped.ts';
import { FIRST_NARROW_ATTEMPT, NARROW_CALL_MS, NARROWING_MS, STEP_DEADLINE_MS, type Steps } from './steps.ts';

export interface SyncContext {
  run: RunId;
  config: Config;
  steps: Steps;
  ledger: Ledger;
  writeBatch: WriteBatch;
  /** Creates the successor's instance; "already exists" is success. */
  startSuccessor: (instanceId: string) => Promise<void>;
  /** Milliseconds since 1970; only ever called inside a step. */
  now: () => number;
  /** One line of the log; only ever called inside a step, so that a replay logs nothing twice. No person's data. */
  log: (entry: object) => void;
}

/** A run that has begun, and what it has done so far, counted from step results alone so that a replay counts the same. */
export interface BegunContext extends SyncContext {
  run: FencedRun;
  progress: RunProgress;
  /** Customers whose calls were answered in this instance, by kind: the next control asks for them. */
  answered: Answered;
  /** The workspace's own, as `update-status` found it (R25). */
  home: string;
  /** Only in a part after the live readers: the time that it has left. */
  time?: PartTime;
}

/**
 * What `update-status` answered: where the workspace stands, and the settings that shape the window. They are kept with the
 * step, for a deploy in mid-run must not change the page size of pages that are under way (R5).
 */
export interface BegunRun extends Begun {
  page_size: number;
  max_pages: number;
  home: string;
}

export interface RunProgress {
  /** Pages read. */
  pages: number;
  /** Steps, sleeps left out. */
  steps: number;
  /** Waits on ServiceTitan's word. */
  waits: number;
  /** Calls to ServiceTitan of the attempts that succeeded. */
  calls: number;
  /** Pages handed to the Edge Function; orders the writes of the run (R2). */
  written: number;
  /** R21: the last of these that was written whole, and how many chunks it had. */
  whole: Omit<Place, 'next'>;
  /** R24: the most records that a call may have, as an earlier step found out; null: as many as a chunk holds. */
  partSize: number | null;
  /** Bytes that the run's pages take in the engine's state. */
  bytes: number;
  /** What the run could not make sure of. */
  doubts: Doubt[];
  /** Parts that were stopped (R19): the run fails when the others are done. */
  stopped: StoppedError[];
  /** R18: somebody waits for the pass under way, so the next run follows at once. */
  passGoesOn: boolean;
}

/** R21: what a call names that follows from the pages written so far. */
export function placeOf({ whole, written }: RunProgress): Place {
  return { ...whole, next: written + 1 };
}

/** ServiceTitan as one attempt of a fetch step uses it. */
export interface ServiceTitan {
  api: ServiceTitanApi;
  /** Calls made so far. */
  calls: () => number;
  /** R10: from the step's third attempt on a call has 15 s, and one that fails may be narrowed. */
  narrows: boolean;
  /** What is not done by now is left: to smaller pages, to a later step or to the next run. */
  timeIsUp: () => boolean;
  answered: Answered;
}

export interface Answered {
  customer: string | null;
  contactsOf: string | null;
}

/**
 * Reads the workspace's credentials, which also extends the lease, and opens them for one attempt of a step, the `attempt`th
 * counted from 1. In a part that has a `time` of its own a call has 15 s from the first attempt on.
 */
export async function connectServiceTitan(
  context: SyncContext & Pick<BegunContext, 'answered' | 'time'>,
  attempt = 1,
): Promise<ServiceTitan> {
  let calls = 0;
  const narrows = attempt >= FIRST_NARROW_ATTEMPT;
  const startedAt = context.now();
  const { run, config, ledger, now, time } = context;
  const timeMs = Math.min(NARROWING_MS, time?.leftMs ?? Infinity);
  const signal = AbortSignal.timeout(STEP_DEADLINE_MS);
  const credentials = await openCredentials(config, run.workspaceId, await ledger.readCredentials(run));
  const api = createServiceTitanApi(credentials, {
    now,
    onCall: () => {
      calls += 1;
    },
    signal,
    ...(narrows || time ? { timeoutMs: NARROW_CALL_MS } : {}),
  });
  return {
    api,
    calls: () => calls,
    narrows,
    timeIsUp: () => signal.aborted || now() - startedAt >= timeMs,
    answered: context.answered,
  };
}
