// One round of the crash test: a workspace of its own, synced from nothing and twice more while its processes are killed
// under it. At the end of each phase contacts equal ServiceTitan.
import { setTimeout as delay } from 'node:timers/promises';
import { compareContacts } from '../../../local/compare.ts';
import { connectWorkspace } from '../../../local/connect.ts';
import { expectContact } from '../../../local/expectation.ts';
import { fireTick } from '../../../local/runs.ts';
import type { World } from '../../../local/serviceTitan/server.ts';
import type { CrashStack } from './crashStack.ts';
import type { Disruption, Phase } from './plan.ts';
import { type Mark, type ReadAgain, readAgain } from './readAgain.ts';

const CUSTOMERS = 400;
const CHANGED = 150;
const EXPORT_BATCH = 57;
/** Far more than any retry of a step takes. */
const PATIENCE_MS = 180_000;

export interface RoundResult {
  /** Disruptions that hit a run which was under way. */
  hits: Disruption[];
  /** Export pages that the initial sync read again, for each time the Worker was ended under it. */
  readAgain: ReadAgain[];
  /** What is wrong; empty when the round passed. */
  faults: string[];
}

interface State {
  sync_status: string;
  run_instance_id: string | null;
  last_error: string | null;
}

export async function playRound(stack: CrashStack, plan: Phase[]): Promise<RoundResult> {
  const workspaceId = `crash-${Date.now()}`;
  const world = await createWorkspace(stack, workspaceId);
  const result: RoundResult = { hits: [], readAgain: [], faults: [] };
  for (const phase of plan) {
    if (phase.mode === 'incremental') change(world);
    const marks = await playPhase(stack, workspaceId, world, phase, result);
    if (phase.mode === 'initial') result.readAgain = readAgain(exportPages(world), marks);
    result.faults.push(...(await differences(stack, workspaceId, world)));
    if (result.faults.length > 0) break;
  }
  for (const { what, pages, atMost } of result.readAgain)
    if (pages > atMost)
      result.faults.push(`${pages} export pages were read again because of: ${what}; at most ${atMost} may be`);
  result.faults.push(...(await ledgerFaults(stack, workspaceId)));
  // Ticks of later rounds leave it alone.
  await stack.supabase.from('servicetitan_connections').update({ enabled: false }).eq('workspace_id', workspaceId);
  return result;
}

async function createWorkspace({ serviceTitan, project }: CrashStack, workspaceId: string): Promise<World> {
  const tenantId = String(Date.now());
  const credentials = { clientId: `client-${tenantId}`, clientSecret: `secret-${tenantId}`, appKey: `app-${tenantId}` };
  const switches = { exportBatchSize: EXPORT_BATCH, callsPerSecond: null };
  const world = serviceTitan.createTenant({ tenantId, ...credentials, seed: 7, customers: CUSTOMERS, switches });
  const name = 'Crash test';
  await connectWorkspace(project, {
    workspaceId,
    name,
    timeZone: null,
    tenantId,
    environment: 'production',
    ...credentials,
  });
  return world;
}

function change(world: World): void {
  const { random, customerIds } = world;
  for (let count = 0; count < CHANGED; count += 1) {
    const id = random.pick(customerIds);
    world.changeCustomer(id, { name: `Renamed ${random.below(1_000_000)}` });
    if (random.percent(30)) world.createContact(id, { type: 'Email', value: `added-${count}@example.com` });
  }
  world.createCustomer({ name: 'New', contacts: [{ type: 'MobilePhone', value: '3035550142' }] });
}

/** Answers when the Worker was ended. */
async function playPhase(
  stack: CrashStack,
  workspaceId: string,
  world: World,
  phase: Phase,
  result: RoundResult,
): Promise<Mark[]> {
  const marks: Mark[] = [];
  let isEnded = false;
  const disrupt = async () => {
    for (const { what, afterCalls, delayMs } of phase.disruptions) {
      await callsPass(world, afterCalls, () => isEnded);
      await delay(delayMs);
      if (isEnded) return;
      result.hits.push(what);
      await bringAbout(stack, workspaceId, what, (mark) =>
        marks.push({ what: mark, at: world.requests.entries.length }),
      );
    }
  };
  await tick(stack, workspaceId);
  const disrupted = disrupt();
  await settle(stack, workspaceId, disrupted);
  isEnded = true;
  await disrupted;
  // One that came as the run was ending has had a tick begin another.
  await settle(stack, workspaceId, disrupted);
  return marks;
}

/** Waits for so many more calls to ServiceTitan, or the end of the phase. */
async function callsPass(world: World, calls: number, isOver: () => boolean): Promise<void> {
  let seen = 0;
  const end = world.onRequest(() => {
    seen += 1;
  });
  while (seen < calls && !isOver()) await delay(3);
  end();
}

async function bringAbout(
  stack: CrashStack,
  workspaceId: string,
  what: Disruption,
  onEnd: (what: Mark['what']) => void,
): Promise<void> {
  switch (what) {
    case 'resumed':
    case 'taken over':
      await stack.endWorker('kill');
      onEnd(what);
      await stack.startWorker();
      return wake(stack, workspaceId, what === 'taken over');
    case 'deploy':
      await stack.endWorker('stop');
      onEnd(what);
      await stack.startWorker({ INCREMENTAL_PAGE_SIZE: '33', INITIAL_CHUNK_SIZE: '40' });
      return wake(stack, workspaceId, false);
    case 'function killed':
      return stack.database.killFunctions();
    case 'database restarted':
      await stack.database.postgres.stop();
      return stack.database.postgres.start();
    case 'database killed':
      await stack.database.postgres.kill();
      return stack.database.postgres.start();
  }
}

/** Ten minutes pass (and, to be taken over, another tick): the lease of a run that died is moved back, then a tick comes. */
async function wake(stack: CrashStack, workspaceId: string, wasNudged: boolean): Promise<void> {
  const past = new Date(Date.now() - 3_600_000).toISOString();
  await insist(async () => {
    const { error } = await stack.supabase
      .from('servicetitan_sync_state')
      .update({ alive_until: past, nudged_at: wasNudged ? past : null })
      .eq('workspace_id', workspaceId)
      .not('run_instance_id', 'is', null);
    if (error) throw new Error(error.message);
  });
  await tick(stack, workspaceId);
}

let lastTick = 0;

/** A tick that fails, because something is down at the moment, is followed by another; that is what ticks are for. */
function tick(stack: CrashStack, workspaceId: string): Promise<void> {
  return insist(async () => {
    lastTick = Math.max(lastTick + 1, Date.now());
    await fireTick(stack.workerUrl(), workspaceId, lastTick);
  });
}

async function insist(what: () => Promise<void>): Promise<void> {
  for (const giveUpAt = Date.now() + 60_000; ;) {
    try {
      return await what();
    } catch (error) {
      if (Date.now() > giveUpAt) throw error;
      await delay(200);
    }
  }
}

/** Until all disruptions are over and a run has completed after the last of them; a run that failed is followed by a tick. */
async function settle(stack: CrashStack, workspaceId: string, disrupted: Promise<void>): Promise<void> {
  let isOver = false;
  const over = disrupted.finally(() => {
    isOver = true;
  });
  over.catch(() => {});
  for (const giveUpAt = Date.now() + PATIENCE_MS; ; await delay(50)) {
    const { data, error } = await stack.supabase
      .from('servicetitan_sync_state')
      .select('sync_status, run_instance_id, last_error')
      .eq('workspace_id', workspaceId)
      .maybeSingle<State>();
    if (!error && data && data.run_instance_id === null) {
      if (data.sync_status === 'completed') return;
      if (isOver) await tick(stack, workspaceId);
    }
    if (Date.now() > giveUpAt) throw new Error(`The workspace did not settle: ${JSON.stringify(error ?? data)}`);
  }
}

/** The calls of ServiceTitan's log: the export page that was asked for, or null. */
function exportPages(world: World): (string | null)[] {
  return world.requests.entries.map(({ path, query, status }) =>
    path.includes('/export/') && status === 200 ? `${path} ${query['from'] ?? ''}` : null,
  );
}

async function differences({ supabase }: CrashStack, workspaceId: string, world: World): Promise<string[]> {
  const source = `production/${world.tenantId}`;
  const expected = world.customers.map((customer) => expectContact(customer, world.contactsOf(customer.id), source));
  const comparison = await compareContacts(supabase, workspaceId, source, expected);
  return comparison.differences.map(({ crmId, fields }) => `contact ${crmId} differs in ${fields.join(', ')}`);
}

/** Every run has ended, and one that did not end well says why in a sentence; nobody is in the quarantine. */
async function ledgerFaults({ supabase }: CrashStack, workspaceId: string): Promise<string[]> {
  const runs = await supabase.from('servicetitan_sync_runs').select().eq('workspace_id', workspaceId);
  const errors = await supabase.from('servicetitan_sync_errors').select('reason').eq('workspace_id', workspaceId);
  const unended = (runs.data ?? []).filter(({ status }) => status === 'queued' || status === 'running');
  const unexplained = (runs.data ?? []).filter(
    ({ status, error }) => (status === 'failed' || status === 'superseded') && !/^\w.*\.$/.test(error ?? ''),
  );
  return [
    ...unended.map(({ instance_id, status }) => `the run ${instance_id} is still ${status}`),
    ...unexplained.map(({ instance_id, status, error }) => `the run ${instance_id} is ${status}: ${error}`),
    ...(errors.data ?? []).map(({ reason }) => `in the quarantine: ${reason}`),
  ];
}
