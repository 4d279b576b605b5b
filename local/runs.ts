import type { SupabaseClient } from '@supabase/supabase-js';
import { setTimeout as delay } from 'node:timers/promises';
import { StackError } from './stackError.ts';

/** What a run did, its successors included. */
export interface RunCounts {
  pages: number;
  fetched: number;
  through_contacts: number;
  created: number;
  updated: number;
  unchanged: number;
  stale: number;
  errors: number;
}

export interface Run extends RunCounts {
  instanceId: string;
  mode: string | null;
  status: string;
  error: string | null;
}

const COUNTS = ['pages', 'fetched', 'through_contacts', 'created', 'updated', 'unchanged', 'stale', 'errors'] as const;
const POLL_MS = 250;

/**
 * Fires the cron trigger, which no local engine does by itself, for the given instant (epoch ms), and returns the id that
 * the workspace's run has if the tick started one.
 */
export async function fireTick(devServerUrl: string, workspaceId: string, scheduledTime: number): Promise<string> {
  const url = `${devServerUrl}/cdn-cgi/local/scheduled?cron=*/15+*+*+*+*&format=json&time=${scheduledTime}`;
  const response = await fetch(url);
  const text = await response.text();
  if (!response.ok || !text.includes('"ok"')) {
    throw new StackError(`The tick failed (status ${response.status}): the Worker's log says why.`);
  }
  return `sync-${workspaceId}-${scheduledTime}`;
}

/**
 * Follows a run through its successors to its end; `onProgress` hears of each change. Undefined when the ledger has no
 * such run: the tick started none (whyNoRun.ts says why).
 */
export async function followRun(
  supabase: SupabaseClient,
  instanceId: string,
  onProgress: (run: Run) => void,
): Promise<Run | undefined> {
  let last = '';
  for (;;) {
    const run = await readRun(supabase, instanceId);
    if (run === undefined) return undefined;
    const state = JSON.stringify(run);
    if (state !== last) onProgress(run);
    last = state;
    if (['completed', 'failed', 'superseded'].includes(run.status)) return run;
    await delay(POLL_MS);
  }
}

async function readRun(supabase: SupabaseClient, instanceId: string): Promise<Run | undefined> {
  const { data, error } = await supabase
    .from('servicetitan_sync_runs')
    .select(`instance_id, mode, status, error, ${COUNTS.join(', ')}`)
    // A successor's id is its predecessor's with a number behind it.
    .like('instance_id', `${instanceId}%`)
    .order('fence')
    .overrideTypes<({ mode: string | null; status: string; error: string | null } & RunCounts)[], { merge: false }>();
  if (error) throw new StackError(`The ledger could not be read: ${error.message}`);
  const newest = data.at(-1);
  if (newest === undefined) return undefined;
  const counts = Object.fromEntries(
    COUNTS.map((name) => [name, data.reduce((sum, run) => sum + Number(run[name]), 0)]),
  );
  return {
    instanceId,
    mode: data[0]?.mode ?? newest.mode,
    status: newest.status,
    error: newest.error,
    ...(counts as unknown as RunCounts),
  };
}

/** Customers gone through so far, for a progress bar. */
export function customersDone(run: RunCounts): number {
  return run.fetched + run.through_contacts;
}

/** One line for people. */
export function describeRun(run: Run): string {
  const { pages, fetched, through_contacts: through, created, updated, unchanged, stale, errors } = run;
  const read = `${fetched} customers read on ${pages} pages${through === 0 ? '' : `, ${through} more through their phones`}`;
  const became = Object.entries({ created, updated, unchanged, stale, errors });
  const counts = became.map(([name, count]) => `${name} ${count}`).join(', ');
  return `${run.mode ?? 'sync'} ${run.status}: ${read}; ${counts}${run.error ? ` (${run.error})` : ''}`;
}
