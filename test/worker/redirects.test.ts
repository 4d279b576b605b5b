// What happens in workerd when a service that the Worker sends secrets to answers with a redirect.
import { beforeAll, expect, inject, test } from 'vitest';
import { sendAlerts } from '../../src/alerts/sendAlerts.ts';
import { readConfig } from '../../src/config.ts';
import { outgoing } from '../../src/outgoing.ts';
import { createServiceTitanApi } from '../../src/serviceTitanApi.ts';
import type { Alert } from '../../src/supabase/alerts.ts';
import { createAlerts } from '../../src/supabase/alerts.ts';
import { createSupabase } from '../../src/supabase/client.ts';
import { createConnections } from '../../src/supabase/connections.ts';
import { createWriteBatch } from '../../src/supabase/contactSync.ts';
import { createLedger } from '../../src/supabase/ledger.ts';
import { createReports } from '../../src/supabase/reports.ts';
import { batchOf, customerRow } from '../function/rows.ts';
import { createTenant } from '../support/workspace.ts';

const { elsewhere, from } = inject('redirectors');
const settings = inject('workerSettings');
const arrived = async (marker: string): Promise<number> => (await fetch(`${elsewhere}/arrived?${marker}`)).json();

const ALERT: Alert = {
  id: '5b1f2f3e-0000-4000-8000-000000000000',
  event: 'opened',
  workspace_id: 'w1',
  name: 'Marked workspace',
  kind: 'errors_persist',
  message: 'Something.',
  opened_at: '2026-11-28T00:00:00Z',
  closed_at: null,
};

/** Each call that carries a secret or a body; `marker` stands in what it sends. */
const CALLS: Record<string, (url: string, marker: string) => Promise<unknown>> = {
  'the list of workspaces': (url, marker) => ledger(url, marker).listWorkspaces(null, 500),
  'the claim of runs': (url, marker) => ledger(url, marker).claim('cron', [{ workspace_id: 'w1', instance_id: 'i' }]),
  'the credentials of a run': (url, marker) =>
    ledger(url, marker).readCredentials({ workspaceId: 'w1', instanceId: 'i' }),
  'the row of a run': (url, marker) => ledger(url, marker).readRun('i'),
  'the quarantine': (url, marker) => ledger(url, marker).readQuarantine('w1', null, 20),
  'a connection': (url, marker) => ledger(url, marker).readConnection('w1'),
  'the connections to seal anew': (url, marker) =>
    createConnections(supabase(url, marker)).listToReseal('key', null, 200),
  'the report of workspaces': (url, marker) =>
    createReports(supabase(url, marker)).readWorkspace('w1', readConfig(settings)),
  'the incidents': (url, marker) => createAlerts(supabase(url, marker)).claim(readConfig(settings), 50),
  'the Edge Function': (url, marker) =>
    createWriteBatch({ SUPABASE_URL: url, SUPABASE_SECRET_KEY: `sb_secret_${marker}` })(
      batchOf({ customers: [{ ...customerRow('1'), name: marker }] }),
    ),
  "ServiceTitan's token endpoint": (url, marker) =>
    createServiceTitanApi(
      { authUrl: url, apiUrl: url, tenantId: '1', clientId: 'c', clientSecret: `cs1.${marker}`, appKey: 'a' },
      { tokens: new Map() },
    ).grant(),
  "ServiceTitan's API": async (url, marker) => {
    const { tenantId, clientId, clientSecret, stack } = await createTenant({ customers: 1 });
    const credentials = { tenantId, clientId, clientSecret, appKey: `ak1.${marker}` };
    return createServiceTitanApi(
      { authUrl: stack.serviceTitanUrl, apiUrl: url, ...credentials },
      { tokens: new Map() },
    ).exportCustomers({});
  },
  'a note': async (url, marker) => {
    const { tenantId, clientId, clientSecret, appKey, stack } = await createTenant({ customers: 1 });
    const config = { authUrl: stack.serviceTitanUrl, apiUrl: url, tenantId, clientId, clientSecret, appKey };
    return createServiceTitanApi(config, { tokens: new Map() }).addNote('1', { text: marker });
  },
  'an alert': async (url, marker) => {
    const lines: object[] = [];
    const config = {
      ...readConfig(settings),
      ALERT_WEBHOOK_URL: `${url}/hook`,
      ALERT_WEBHOOK_SECRET: `whsec_${btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(24))))}`,
    };
    const alerts = {
      claim: async () => [{ ...ALERT, name: marker }],
      settle: async (_claimed: Alert[], told: Alert[]) => expect(told).toEqual([]),
    };
    await sendAlerts({ config, alerts, log: (line) => lines.push(line), now: () => Date.now() });
    throw new Error(JSON.stringify(lines));
  },
};

function supabase(url: string, marker: string) {
  return createSupabase({ SUPABASE_URL: url, SUPABASE_SECRET_KEY: `sb_secret_${marker}` });
}
function ledger(url: string, marker: string) {
  return createLedger(supabase(url, marker));
}

const cases = Object.keys(CALLS).flatMap((what) => Object.keys(from).map((status) => ({ what, status })));
const outcomes = new Map<string, { error: Error; arrived: number }>();

// All at once, because the client asks again for some of them, after pauses.
beforeAll(async () => {
  await Promise.all(
    cases.map(async ({ what, status }) => {
      const marker = `marker${crypto.randomUUID().replaceAll('-', '')}`;
      const error = await CALLS[what]!(from[status]!, marker).then(
        (answer) => new Error(`believed: ${JSON.stringify(answer)}`),
        (reason: Error) => reason,
      );
      outcomes.set(`${what} ${status}`, { error, arrived: await arrived(marker) });
    }),
  );
}, 60_000);

test.for(cases)('$what: a redirect with $status is not followed, and its body is not believed', ({ what, status }) => {
  const outcome = outcomes.get(`${what} ${status}`)!;
  expect(outcome.error.message).toMatch(/answered .*with a redirect, which is not followed/);
  expect(outcome.error.message).toMatch(/SUPABASE_URL|SERVICETITAN_AUTH_URL or SERVICETITAN_API_URL|ALERT_WEBHOOK_URL/);
  expect(outcome.error.message).not.toContain(new URL(elsewhere).port);
  expect(outcome.error.message.length).toBeLessThanOrEqual(500);
  expect(outcome.arrived).toBe(0);
});

test('the other host tells what arrives there', async () => {
  await fetch(`${elsewhere}/any`, { method: 'POST', body: 'a told-marker in it' });
  expect(await arrived('told-marker')).toBe(1);
});

test.for([
  'http://project.example',
  'ftp://127.0.0.1',
  'https://a:b@project.example',
  'https://:b@project.example',
  'no url',
  'https://project.example/#part',
])('nothing is sent to %s', async (url) => {
  await expect(outgoing('SUPABASE_URL')(url)).rejects.toThrow(/The address in SUPABASE_URL can't be used/);
});
