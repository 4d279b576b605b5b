// When ticks came to this Worker, as the database has it.
import type { SupabaseClient } from '@supabase/supabase-js';
import { z } from 'zod';
import { callFunction } from './client.ts';

const lastTickSchema = z.object({
  /** Since the cron last came. */
  tick_seconds_ago: z.number().nullable(),
  /** The same, or since a call did its work. */
  work_seconds_ago: z.number().nullable(),
});

/** One row by its key. Monitors ask for it, and every call waits for it: they give up after ten seconds, many of them. */
const READ_MS = 5_000;

export type LastTick = z.infer<typeof lastTickSchema>;
/** Both may reject with `DatabaseError`. */
export type Ticks = ReturnType<typeof createTicks>;

export function createTicks(supabase: SupabaseClient, deployment: string) {
  return {
    /** Notes that a tick has begun; `isCatchUp`: a call makes up for one that did not come. */
    async note(isCatchUp: boolean): Promise<void> {
      await callFunction(supabase, 'note_servicetitan_tick', {
        p_deployment: deployment,
        p_is_catch_up: isCatchUp,
      });
    },

    async read(): Promise<LastTick> {
      const parameters = { p_deployment: deployment };
      return lastTickSchema.parse(await callFunction(supabase, 'read_servicetitan_tick', parameters, READ_MS));
    },
  };
}
