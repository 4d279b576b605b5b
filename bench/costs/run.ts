// A run of the benchmark's workspace without a Workflow around it: what a step needs, with nothing kept.
import { createServiceTitanApi } from '../../src/serviceTitanApi.ts';
import { createSupabase } from '../../src/supabase/client.ts';
import { createLedger, type FencedRun } from '../../src/supabase/ledger.ts';
import type { ServiceTitan } from '../../src/sync/context.ts';
import { type Bench, resetRows, type System, WORKSPACE_ID } from '../system.ts';
import { configFor } from './workerConfig.ts';

const OVERLAP_SECONDS = 900;

/** Empties the tables and begins a run as the Workflow does: claimed, then marked as running. */
export async function beginRun(system: System, bench: Bench): Promise<FencedRun> {
  await resetRows(system, bench);
  const ledger = createLedger(createSupabase(configFor(system.gateway.url, system.secrets.keys.secret.default)));
  const run = { workspaceId: WORKSPACE_ID, instanceId: `sync-${WORKSPACE_ID}-${Date.now()}` };
  await ledger.claim('manual', [{ workspace_id: run.workspaceId, instance_id: run.instanceId }]);
  const { fence } = await ledger.begin(run, new Date(), OVERLAP_SECONDS, 55, 0);
  return { ...run, fence };
}

/** The tenant's ServiceTitan as a fetch step uses it. */
export function serviceTitanOf(system: System, { tenant }: Bench): ServiceTitan {
  const { url } = system.source;
  const api = createServiceTitanApi({ ...tenant, authUrl: url, apiUrl: url });
  const answered = { customer: null, contactsOf: null };
  return { api, calls: () => 0, narrows: false, timeIsUp: () => false, answered };
}
