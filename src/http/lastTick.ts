// When the last tick came, asked of the database and kept for half a minute: anybody may ask for /health, and the page asks for
// something every few seconds.
import type { Config } from '../config.ts';
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

/** Seconds are as of now. Null where the database does not answer. Never rejects. */
export async function readLastTick(config: Config, now: number): Promise<LastTick | null> {
  const key = `${config.SUPABASE_URL} ${config.SUPABASE_SECRET_KEY} ${config.DEPLOYMENT}`;
  let known = kept.get(key);
  if (known === undefined || now - known.at >= KEPT_MS || now < known.at) {
    // Those who ask meanwhile hear what was found before.
    if (known !== undefined) kept.set(key, { ...known, at: now });
    const found = await createTicks(createSupabase(config), config.DEPLOYMENT)
      .read()
      .catch(() => null);
    known = { at: now, found };
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

/** For tests, and for a call that has just done what a tick does. */
export function forgetLastTick(): void {
  kept.clear();
}
