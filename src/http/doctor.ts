// GET /doctor: what is wrong with this deployment, line by line, and what to do. It changes nothing.
import { createRoute, z } from '@hono/zod-openapi';
import type { Config } from '../config.ts';
import { isFailing, type TellStanding } from '../doctor/data.ts';
import { examine } from '../doctor/examine.ts';
import { RESULTS } from '../doctor/finding.ts';
import { zoneOf } from '../schedule/businessHours.ts';
import { createClock } from '../schedule/nextTick.ts';
import { answers, createApi } from './api.ts';
import { workspaceId } from './input.ts';
import { describeStanding } from './workspaceCondition.ts';
import { ageInHours, lateSeconds } from './workspaceState.ts';

const result = z.enum(RESULTS);

const route = createRoute({
  method: 'get',
  path: '/doctor',
  summary: 'What is wrong with this deployment, line by line, and what to do',
  description:
    'Looks at settings, database, Edge Function, key, cron, hours, alerts, scopes, clocks and data. It changes nothing. ' +
    'Of many workspaces five are asked of ServiceTitan, each at most once a minute; `workspaceId` looks at one.',
  request: { query: z.object({ workspaceId: workspaceId.optional() }) },
  responses: answers('What was found. A fault found is no refusal.', {
    result: result.openapi({ description: 'The worst of all lines.' }),
    checks: z.array(
      z.object({
        check: z.string().openapi({ description: 'What was looked at.', example: 'function_key' }),
        result,
        message: z.string().openapi({ description: 'What was found.' }),
        advice: z.string().nullable().openapi({ description: 'What to do.' }),
      }),
    ),
  }),
});

/**
 * Before the settings are asked for: where those are missing it says which, and that nothing else could be
 * looked at.
 */
export const doctor = createApi().openapi(route, async (context) => {
  const checks = await examine(context.get('settings'), {
    workspaceId: context.req.valid('query').workspaceId ?? null,
    standingOf,
    now: () => Date.now(),
    wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  });
  const worst = checks.some((one) => one.result === 'fail')
    ? 'fail'
    : checks.some((one) => one.result === 'warn')
      ? 'warn'
      : 'ok';
  return context.json({ success: true, result: worst as (typeof RESULTS)[number], checks }, 200);
});

function standingOf(config: Config): TellStanding {
  const clock = createClock(config, new Date());
  return (row) => {
    const moment = clock(zoneOf(row));
    const { condition } = describeStanding(row, moment);
    const isOld = moment.isOpen && ageInHours(row, moment) > lateSeconds(moment);
    return { condition, isLate: condition === 'late' || (isOld && isFailing({ condition })) };
  };
}
