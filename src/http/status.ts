import { Hono } from 'hono';
import { z } from 'zod';
import type { LedgerRun } from '../supabase/ledger.ts';
import type { AppEnv } from './appEnv.ts';
import { instanceIdText, readQuery } from './input.ts';
import { Problem } from './problem.ts';

/** GET /status?instanceId=: the engine's status of a run, and its progress from the ledger. */
export const status = new Hono<AppEnv>().get('/', async (context) => {
  const { instanceId } = readQuery(context, z.object({ instanceId: instanceIdText }));
  const [engine, run] = await Promise.all([
    readEngineStatus(context.env.SERVICETITAN_SYNC, instanceId),
    context.get('ledger').readRun(instanceId),
  ]);
  if (!engine && !run) {
    throw new Problem(
      404,
      'unknown_instance',
      'No run has this instanceId. Its form is sync-<workspaceId>-<epoch ms>, as /trigger answered it.',
    );
  }
  return context.json({
    success: true,
    instanceId,
    // The engine forgets a finished run after a while; the ledger does not.
    status: engine ?? { status: 'unknown' },
    progress: run && toProgress(run, Date.now()),
  });
});

async function readEngineStatus(workflow: Workflow, instanceId: string) {
  try {
    const { status, output } = await (await workflow.get(instanceId)).status();
    return { status, output: output ?? null };
  } catch {
    return null; // unknown to the engine, or the engine is: the ledger knows more
  }
}

function toProgress(run: LedgerRun, now: number) {
  const from = run.started_at ?? run.created_at;
  const until = run.finished_at === null ? now : Date.parse(run.finished_at);
  return {
    workspaceId: run.workspace_id,
    status: run.status,
    mode: run.mode,
    trigger: run.trigger,
    predecessor: run.predecessor,
    windowFrom: run.window_from,
    pages: run.pages,
    fetched: run.fetched,
    created: run.created,
    updated: run.updated,
    unchanged: run.unchanged,
    stale: run.stale,
    errors: run.errors,
    serviceTitanCalls: run.service_titan_calls,
    startedAt: run.started_at,
    finishedAt: run.finished_at,
    elapsedSeconds: Math.max(0, Math.round((until - Date.parse(from)) / 1000)),
    error: run.error,
  };
}
