// When the last tick came, asked of the database and kept for half a minute: anybody may ask for /health, and the page asks for
// something every few seconds.
import type { Config } from '../config.ts';
import { tellError } from '../errors.ts';
import { log } from '../log.ts';
import { createSupabase } from '../supabase/client.ts';
import { createTicks, type LastTick } from '../supabase/ticks.ts';

const KEPT_MS = 30_000;

interface Kept {
  at: number;
  /** Null where the database did not answer. */
  found: LastTick | null;
}

/** By project and deployment. It holds values and no promises: workerd forbids waiting for what another call began. */
const kept = new Map<string, Kept>();
/** When a call last began to make up for a tick. */
const caughtUpAt = new Map<string, number>();

const keyOf = (config: Config) => `${config.SUPABASE_URL} ${config.SUPABASE_SECRET_KEY} ${config.DEPLOYMENT}`;

/** Seconds are as of now. Null where the database does not answer. Never rejects. */
export async function readLastTick(config: Config, now: number): Promise<LastTick | null> {
  const key = keyOf(config);
  let known = kept.get(key);
  if (known === undefined || now - known.at >= KEPT_MS || now < known.at) {
    // Those who ask meanwhile hear what was found before.
    if (known !== undefined) kept.set(key, { ...known, at: now });
    const askedAt = Date.now();
    const found = await createTicks(createSupabase(config), config.DEPLOYMENT)
      .read()
      .catch((error: unknown) => {
        log({ event: 'last_tick_unknown', reason: tellError(error) });
        return null;
      });
    // Of a database that hangs nothing would be kept else.
    const passed = found === null ? Math.max(0, Date.now() - askedAt) : 0;
    known = { at: now + passed, found };
    kept.set(key, known);
  }
  const passed = Math.floor((now - known.at) / 1000);
  const since = (seconds: number | null) => (seconds === null ? null : seconds + passed);
  return (
    known.found && {
      tick_seconds_ago: since(known.found.tick_seconds_ago),
      work_seconds_ago: since(known.found.work_seconds_ago),
    }
  );
}

/**
 * Whether this call is to do a tick's work: one for each tick that is missing, also where the database notes none, as while it
 * takes no writes. What was known of the last tick is forgotten then.
 */
export function takeCatchUp(config: Config, now: number): boolean {
  const key = keyOf(config);
  const since = now - (caughtUpAt.get(key) ?? -Infinity);
  if (since >= 0 && since < config.TICK_SECONDS * 1000) return false;
  caughtUpAt.set(key, now);
  kept.delete(key);
  return true;
}

/** For tests. */
export function forgetLastTick(): void {
  kept.clear();
  caughtUpAt.clear();
}
