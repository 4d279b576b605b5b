// Whether the sync can do its work, for anybody's uptime monitor: it tells that much and nothing else.
import { createRoute, z } from '@hono/zod-openapi';
import { describeFaults } from '../config.ts';
import { ConfigError } from '../errors.ts';
import { answers, createApi } from './api.ts';
import { readLastTick } from './lastTick.ts';
import { Problem } from './problem.ts';

/** So many may be missing: ticks come late now and then, and one may be lost. */
const MISSED_TICKS = 3;

const route = createRoute({
  method: 'get',
  path: '/health',
  summary: 'Whether the Worker is set up, its database answers and its cron comes; needs no token',
  description: 'Else 503 with `not_configured`, `no_database` or `no_tick`. What it found is kept for half a minute.',
  security: [],
  responses: answers('It is.', { status: z.literal('ok') }),
});

export const health = createApi().openapi(route, async (context) => {
  const { config, faults } = context.get('settings');
  if (config === null) {
    const cause = new ConfigError(describeFaults(faults));
    throw new Problem(503, 'not_configured', 'The Worker lacks settings that it needs: its log says which.', {}, cause);
  }
  const last = await readLastTick(config, Date.now());
  if (last === null) throw new Problem(503, 'no_database', 'The database does not answer: the log says why.');
  // One that is still to come was noted by a clock that has gone back since: it says as little as an old one.
  if (Math.abs(last.tick_seconds_ago ?? 0) > MISSED_TICKS * config.TICK_SECONDS)
    throw new Problem(503, 'no_tick', "The cron has not come for three ticks: look at the Worker's cron trigger.");
  return context.json({ success: true, status: 'ok' as const }, 200);
});
