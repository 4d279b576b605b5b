// R15: ticks keep the hours of each zone, by the time they were scheduled for; /trigger does not.
import { Hono } from 'hono';
import { expect, test } from 'vitest';
import type { AppEnv } from '../../src/http/appEnv.ts';
import { trigger } from '../../src/http/trigger.ts';
import { createLedger } from '../../src/supabase/ledger.ts';
import { createWorkspace } from '../support/workspace.ts';

/** A zone where it is between 02:00 and 03:00 now. */
function zoneAtNight(): string {
  const hoursToUtc = ((new Date().getUTCHours() - 2 + 12 + 24) % 24) - 12;
  return `Etc/GMT${hoursToUtc < 0 ? '-' : '+'}${Math.abs(hoursToUtc)}`;
}

test('R15: /trigger starts a run in the middle of the night', async () => {
  const { workspaceId, tenantId, supabase } = await createWorkspace({ customers: 0, timeZone: zoneAtNight() });
  const created: string[] = [];
  const workflow = { create: async ({ id }: { id: string }) => void created.push(id) };
  const app = new Hono<AppEnv>()
    .use(async (context, next) => {
      context.set('config', { LOCATION_HINT: undefined } as never);
      context.set('ledger', createLedger(supabase));
      await next();
    })
    .route('/', trigger);
  const request = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ workspaceId, tenantId }),
  };
  const response = await app.request('/trigger', request, { SERVICETITAN_SYNC: workflow as never });
  const { instanceId } = (await response.json()) as { instanceId: string };
  expect([response.status, created]).toEqual([200, [instanceId]]);
});
