// What a large firm has to sync, in a size that the caller says.
import { afterAll, afterEach, beforeAll, expect, inject } from 'vitest';
import { compareContacts } from '../../../local/compare.ts';
import { expectContact } from '../../../local/expectation.ts';
import { startTestStack, type TestStack } from '../../../local/testStack.ts';
import { type RingRun, runSync } from '../../support/ring.ts';
import { createWorkspace, type TestWorkspace } from '../../support/workspace.ts';
import { type Meter, startMeter, type Usage } from './meter.ts';

let stack: TestStack;
let meter: Meter | undefined;

/** A stack of its own for the tests of a file. */
export function useStack(): void {
  beforeAll(async () => {
    stack = await startTestStack();
  });
  afterEach(() => meter?.stop());
  afterAll(() => stack.stop());
}

interface Play {
  customers: number;
  exportBatchSize?: number;
  settings?: Record<string, string>;
  /** Something that befalls the run that is measured. */
  before?: (workspace: TestWorkspace) => Promise<void>;
}

/** A first sync, measured, which has to end with equal contacts. */
export async function playInitialSync(play: Play): Promise<{ run: RingRun; usages: Usage[] }> {
  return measure(await createLargeWorkspace(play), play);
}

/**
 * Every customer changed since the last sync, and the run that reads them, measured; it has to end with equal
 * contacts.
 */
export async function playBacklog(play: Play): Promise<{ run: RingRun; usages: Usage[] }> {
  const workspace = await createLargeWorkspace(play);
  expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });
  const world = stack.serviceTitan.world(workspace.tenantId);
  for (const id of world.customerIds) world.changeCustomer(id, { name: `Renamed ${id}` });
  return measure(workspace, play);
}

async function measure(workspace: TestWorkspace, { settings = {}, before }: Play) {
  await before?.(workspace);
  meter = startMeter();
  const run = await runSync(workspace, { settings, onInstanceEnd: meter.onInstanceEnd });
  meter.stop();
  expect(run.outcome).toEqual({ status: 'completed' });
  expect(await differences(workspace)).toEqual([]);
  return { run, usages: meter.usages };
}

const createLargeWorkspace = ({ customers, exportBatchSize = 5000 }: Play) =>
  createWorkspace({
    customers,
    switches: { exportBatchSize, callsPerSecond: null, tokenLifetimeSeconds: 3600 },
    stack: { ...stack, credentialsKey: inject('stack').credentialsKey },
  });

async function differences({ tenantId, workspaceId, supabase }: TestWorkspace) {
  const world = stack.serviceTitan.world(tenantId);
  const source = `production/${tenantId}`;
  const expected = world.customers.map((customer) => expectContact(customer, world.contactsOf(customer.id), source));
  return (await compareContacts(supabase, workspaceId, source, expected)).differences;
}
