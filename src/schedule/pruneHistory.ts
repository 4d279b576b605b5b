import type { Config } from '../config.ts';
import { tellError } from '../errors.ts';
import type { Ledger } from '../supabase/ledger.ts';

/** Rows of each table in one tick: more than 10,000 workspaces add in the time between two. */
const ROWS_PER_TICK = 20_000;

export interface PruneContext {
  config: Config;
  ledger: Pick<Ledger, 'pruneHistory'>;
  log: (entry: object) => void;
}

/**
 * Deletes what is older than RUN_HISTORY_DAYS from the ledger, the reads log and the alerts. Answers whether it did. Never
 * rejects.
 */
export async function pruneHistory({ config, ledger, log }: PruneContext): Promise<boolean> {
  try {
    const rows = await ledger.pruneHistory(config.RUN_HISTORY_DAYS, ROWS_PER_TICK);
    if (rows > 0) log({ event: 'history_pruned', rows });
    return true;
  } catch (error) {
    log({ event: 'prune_failed', reason: tellError(error) });
    return false;
  }
}
