import { setTimeout as delay } from 'node:timers/promises';
import { changeCustomers } from './demoChanges.ts';
import { createProgress } from './progress.ts';
import { customersDone, describeRun, fireTick, followRun } from './runs.ts';
import type { Stack } from './stack.ts';
import { whyNoRun } from './whyNoRun.ts';

// Of the demo tenant, for the example calls.
const EXAMPLE_CUSTOMER = '229472825';

/**
 * The status page's address, the first sync with its progress, a summary with links, then a tick every `tickSeconds`,
 * until `signal` aborts.
 */
export async function runInForeground(stack: Stack, tickSeconds: number, signal: AbortSignal): Promise<void> {
  console.log(statusPage(stack));
  await syncWithProgress(stack);
  printSummary(stack, tickSeconds);
  while (!signal.aborted) {
    await delay(tickSeconds * 1000, undefined, { signal });
    await tick(stack, signal);
  }
}

/** A tick and its run, or the run of an earlier start, which was woken and goes on. */
async function syncWithProgress(stack: Stack): Promise<void> {
  const state = await readState(stack);
  const instanceId = await fireTick(stack.devServerUrl, stack.workspace.workspaceId, Date.now());
  const isFirst = !state?.initial_sync_completed;
  const progress = createProgress(isFirst ? 'First sync' : 'Sync', isFirst ? countCustomers(stack) : 0);
  const follow = (id: string) => followRun(stack.supabase, id, (run) => progress.update(customersDone(run)));
  const syncing = async () =>
    (await follow(instanceId)) ?? (state?.run_instance_id ? follow(state.run_instance_id) : undefined);
  const run = await syncing().finally(() => progress.stop());
  console.log(run ? describeRun(run) : await tellNoRun(stack));
}

const tellNoRun = async ({ workerUrl, workspace }: Stack) =>
  `no run started: ${await whyNoRun(workerUrl, workspace.workspaceId)}.`;

interface SyncState {
  initial_sync_completed: boolean;
  run_instance_id: string | null;
}

async function readState({ supabase, workspace }: Stack): Promise<SyncState | null> {
  const { data } = await supabase
    .from('servicetitan_sync_state')
    .select('initial_sync_completed, run_instance_id')
    .eq('workspace_id', workspace.workspaceId)
    .maybeSingle<SyncState>();
  return data;
}

function countCustomers({ serviceTitan }: Stack): number {
  return serviceTitan?.world.customerIds.length ?? 0;
}

/** Changes customers of the built-in ServiceTitan and fires a tick; one line for its run. A fault is printed, not thrown. */
async function tick(stack: Stack, signal: AbortSignal): Promise<void> {
  const at = new Date();
  const say = (text: string) => {
    // What is being stopped fails, or ends, without a word.
    if (!signal.aborted) console.log(`${at.toISOString().slice(11, 19)} ${text}`);
  };
  try {
    if (stack.serviceTitan) changeCustomers(stack.serviceTitan.world);
    const instanceId = await fireTick(stack.devServerUrl, stack.workspace.workspaceId, at.getTime());
    const run = await followRun(stack.supabase, instanceId, () => {});
    say(run ? describeRun(run) : await tellNoRun(stack));
  } catch (error) {
    say((error as Error).message);
  }
}

function printSummary(stack: Stack, tickSeconds: number): void {
  const { workspaceId, tenantId } = stack.workspace;
  const ids = `"workspaceId":"${workspaceId}","tenantId":"${tenantId}"`;
  const post = (path: string, body: string) =>
    `curl -s -X POST ${stack.workerUrl}${path} -H 'Content-Type: application/json' -d '{${body}}'`;
  const query = `workspaceId=${workspaceId}&tenantId=${tenantId}`;
  console.log(
    [
      '',
      statusPage(stack),
      `Workflow runs ${stack.workerUrl}/cdn-cgi/explorer/`,
      `Supabase API  ${stack.supabaseUrl}`,
      ...(stack.dbUrl ? [`Postgres      ${withoutPassword(stack.dbUrl)}`] : []),
      ...(stack.serviceTitan ? [`ServiceTitan  ${stack.serviceTitan.url} (simulated)`] : []),
      '',
      'Sync now:           ' + post('/trigger', ids),
      `State of a run:     curl -s '${stack.workerUrl}/status?workspaceId=${workspaceId}'`,
      `One raw customer:   curl -s '${stack.workerUrl}/debug/raw-customer?${query}&customerId=${EXAMPLE_CUSTOMER}'`,
      'Change a customer:  ' + post('/debug/add-note', `${ids},"customerId":"${EXAMPLE_CUSTOMER}","text":"Test note"`),
      '',
      `A tick every ${tickSeconds} s follows. Ctrl-C stops everything.`,
      '',
    ].join('\n'),
  );
}

const statusPage = ({ workerUrl }: Stack) => `Status page   ${workerUrl}/`;

function withoutPassword(dbUrl: string): string {
  const url = new URL(dbUrl);
  url.password = '';
  return url.href;
}
