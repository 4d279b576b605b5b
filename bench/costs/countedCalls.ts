// An initial sync of a large tenant by the product, through proxies that count and add no time.
import type { Measurement } from '../measure.ts';
import { measure, requireAll } from '../measure.ts';
import { createTenant, expectRows, resetRows, startForms, type System, WORKSPACE_ID } from '../system.ts';

export const NO_DELAY = { serviceTitanMs: 0, supabaseMs: 0 };

/** Throws when a row differs from the source. */
export async function measureCalls(
  system: System,
  customers: number,
  report: (line: string) => void,
): Promise<Measurement> {
  const bench = await createTenant(system, customers);
  const forms = await startForms(system, bench, { names: ['ours'], latency: NO_DELAY });
  await resetRows(system, bench);
  const rows = await expectRows(system, bench);
  const work = { workspaceId: WORKSPACE_ID, source: bench.source, since: null, rows };
  const measured = await measure(system, forms, forms.all[0]!, work, rows);
  requireAll(measured, customers);
  await forms.stop();
  await system.source.ask({ do: 'remove', tenantId: bench.tenant.tenantId });
  report(`${customers} customers: ${measured.serviceTitan!.calls} ServiceTitan calls, rows equal`);
  return measured;
}
