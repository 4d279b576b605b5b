// R6: a cap is not an end. The run stores where it stands, hands its lease to a successor, then creates it.
import type { Checkpoint, GoingOn } from '../supabase/ledger.ts';
import { type BegunContext, placeOf, type RunProgress } from './context.ts';
import { LEDGER_STEP } from './steps.ts';
import { throwIfStopped } from './stopped.ts';

/** A quarter of the 1 GB that the engine keeps for an instance: its pages stay there until retention ends. */
const BYTES_PER_INSTANCE = 256 * 1024 * 1024;
/** A wait costs a step beside the page's own; with those of 1,000 pages it stays under the 10,000 of wrangler.toml. */
const WAITS_PER_INSTANCE = 2000;

type Share = Pick<RunProgress, 'pages' | 'bytes' | 'waits'>;

/** Whether the rest is better done by a successor: the page cap, or one of the engine's limits, is near. */
export function hasDoneItsShare({ pages, bytes, waits }: Share, maxPages: number): boolean {
  return pages >= maxPages || bytes >= BYTES_PER_INSTANCE || waits >= WAITS_PER_INSTANCE;
}

/** `sync-<workspaceId>-<epoch ms>`, with `-2`, `-3`, … behind it for successors. */
const INSTANCE_ID = /^(sync-.+-\d{13})(?:-(\d+))?$/;

/** The id after this one in the chain. */
export function successorId(instanceId: string): string {
  const [, first = instanceId, number = '1'] = INSTANCE_ID.exec(instanceId) ?? [];
  return `${first}-${Number(number) + 1}`;
}

/**
 * Hands over in one SQL call and creates the successor in a step of its own. Between the two the lease belongs to an
 * instance that does not exist yet; should this one die there, the next tick creates it. A run of which a part was stopped
 * fails instead (R19).
 */
export async function continueInSuccessor(
  context: BegunContext,
  checkpoint: Checkpoint | null,
  { exportSeen, exportAgain }: Omit<GoingOn, 'checkpoint'>,
): Promise<void> {
  throwIfStopped(context);
  const { run, ledger, steps, progress, startSuccessor } = context;
  const id = successorId(run.instanceId);
  await steps.do('hand-over', LEDGER_STEP, () =>
    ledger.continueIn(run, id, { checkpoint, exportSeen, exportAgain }, progress, placeOf(progress)),
  );
  await steps.do('start-successor', LEDGER_STEP, () => startSuccessor(id));
}
