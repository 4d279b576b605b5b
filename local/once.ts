import { compareContacts, type Comparison } from './compare.ts';
import { changeCustomers } from './demoChanges.ts';
import { expectContact } from './expectation.ts';
import { createProgress } from './progress.ts';
import { customersDone, fireTick, followRun, describeRun, type Run } from './runs.ts';
import { StackError } from './stackError.ts';
import type { Stack } from './stack.ts';
import { whyNoRun } from './whyNoRun.ts';

const DIFFERENCES_SHOWN = 20;

/**
 * Initial sync, changes in ServiceTitan, incremental sync, then the comparison of every contact with ServiceTitan. Prints
 * what it does; returns whether all contacts are as they have to be. Throws a StackError when a run fails.
 */
export async function runOnce(stack: Stack): Promise<boolean> {
  if (!stack.serviceTitan) throw new StackError('--once needs the built-in ServiceTitan.');
  const { world } = stack.serviceTitan;
  const started = performance.now();

  const initial = await syncOnce(stack, 'Initial sync', world.customerIds.length);
  console.log(`${changeCustomers(world)} changes made in ServiceTitan.`);
  const incremental = await syncOnce(stack, 'Incremental sync', 0);

  const { workspaceId, environment, tenantId } = stack.workspace;
  const source = `${environment}/${tenantId}`;
  const expected = world.customers.map((customer) => expectContact(customer, world.contactsOf(customer.id), source));
  const comparison = await compareContacts(stack.supabase, workspaceId, source, expected);
  printRuns([initial, incremental]);
  printComparison(comparison);
  console.log(`Elapsed: ${((performance.now() - started) / 1000).toFixed(1)} s`);
  return comparison.differences.length === 0;
}

/** One tick and the run it starts, with its progress on the console; throws a StackError unless the run completes. */
async function syncOnce(stack: Stack, label: string, total: number): Promise<Run> {
  const instanceId = await fireTick(stack.devServerUrl, stack.workspace.workspaceId, Date.now());
  const progress = createProgress(label, total);
  const run = await followRun(stack.supabase, instanceId, (state) => progress.update(customersDone(state))).finally(
    () => progress.stop(),
  );
  if (run === undefined) {
    const reason = await whyNoRun(stack.workerUrl, stack.workspace.workspaceId);
    throw new StackError(`${label}: the tick started no run: ${reason}.`);
  }
  if (run.status !== 'completed')
    throw new StackError(`${label} ${run.status}: ${run.error ?? 'no reason was recorded'}`);
  console.log(describeRun(run));
  return run;
}

function printRuns(runs: Run[]): void {
  const columns = {
    mode: 'mode',
    pages: 'pages',
    fetched: 'read',
    through_contacts: 'by phones',
    created: 'created',
    updated: 'updated',
    unchanged: 'unchanged',
    stale: 'stale',
    errors: 'errors',
  } as const;
  console.log(
    Object.values(columns)
      .map((title) => title.padStart(12))
      .join(''),
  );
  for (const run of runs) {
    const values = Object.keys(columns).map((name) => String(run[name as keyof typeof columns]));
    console.log(values.map((value) => value.padStart(12)).join(''));
  }
}

function printComparison({ expected, stored, differences }: Comparison): void {
  console.log(
    `Customers in ServiceTitan: ${expected}. Contacts in Supabase: ${stored}. Different: ${differences.length}.`,
  );
  for (const { crmId, fields } of differences.slice(0, DIFFERENCES_SHOWN)) {
    console.log(`  crm_id ${crmId}: ${fields.join(', ')}`);
  }
  if (differences.length > DIFFERENCES_SHOWN) console.log(`  and ${differences.length - DIFFERENCES_SHOWN} more`);
}
