// Incidents in Postgres: opened, closed and handed out to be told, for all workspaces in one call.
import type { SupabaseClient } from '@supabase/supabase-js';
import { z } from 'zod';
import { callFunction } from './client.ts';
import { storedMessage, storedName } from './storedText.ts';

const alertsSchema = z.array(
  z.object({
    id: z.uuid(),
    event: z.enum(['opened', 'closed']),
    workspace_id: z.string(),
    name: storedName.nullable(),
    kind: z.enum([
      'no_complete_run',
      'credentials_refused',
      'errors_persist',
      'unusual_changes',
      'doubts_persist',
      'misses_repeat',
      'not_confirmed',
      'removals_held',
      'not_proved',
      'differences_found',
      'gone_held',
      'rewritten',
    ]),
    message: storedMessage,
    opened_at: z.string(),
    closed_at: z.string().nullable(),
  }),
);

export type Alert = z.infer<typeof alertsSchema>[number];

export interface AlertRules {
  ALERT_AFTER_TICKS: number;
  TICK_SECONDS: number;
  BUSINESS_HOURS_START: number;
  BUSINESS_HOURS_END: number;
  FULL_PASS_DAYS: number;
}

/** Both may reject with `DatabaseError`. */
export type Alerts = ReturnType<typeof createAlerts>;

export function createAlerts(supabase: SupabaseClient) {
  return {
    /** Looks at every workspace; answers what is to be told, which no other caller gets for two minutes. */
    async claim(rules: AlertRules, limit: number): Promise<Alert[]> {
      const answer = await callFunction(supabase, 'claim_servicetitan_alerts', {
        p_after_ticks: rules.ALERT_AFTER_TICKS,
        p_tick_seconds: rules.TICK_SECONDS,
        p_start_hour: rules.BUSINESS_HOURS_START,
        p_end_hour: rules.BUSINESS_HOURS_END,
        p_limit: limit,
        p_pass_days: rules.FULL_PASS_DAYS,
      });
      return alertsSchema.parse(answer);
    },

    /** Notes what was told; the rest is handed out again with the next tick. */
    async settle(claimed: Alert[], told: Alert[]): Promise<void> {
      await callFunction(supabase, 'settle_servicetitan_alerts', {
        p_claimed: claimed.map(({ id }) => id),
        p_told: told.map(({ id, event }) => ({ id, event })),
      });
    },
  };
}
