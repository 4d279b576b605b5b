// How far a run is, from its row of the ledger.
import { z } from '@hono/zod-openapi';
import { type EngineStatus, goneFailure } from '../schedule/goneInstance.ts';
import type { LedgerRun } from '../supabase/ledger.ts';
import { doubtSchema, toDoubt } from './doubtView.ts';

export const progressSchema = z.object({
  workspaceId: z.string(),
  status: z.string(),
  mode: z.string().nullable(),
  trigger: z.string(),
  predecessor: z.string().nullable(),
  windowFrom: z.string().nullable(),
  pages: z.number(),
  fetched: z.number(),
  throughContacts: z.number(),
  created: z.number(),
  updated: z.number(),
  unchanged: z.number(),
  contactMethods: z.number(),
  expected: z.number().nullable(),
  steps: z.number(),
  stale: z.number(),
  errors: z.number(),
  serviceTitanCalls: z.number(),
  startedAt: z.string().nullable(),
  finishedAt: z.string().nullable(),
  elapsedSeconds: z.number(),
  error: z.string().nullable(),
  doubts: z.array(doubtSchema),
});

/** `engine`: its last word, which counts where the ledger could not be told how the run ended. */
export function toProgress(run: LedgerRun, engine: EngineStatus | null, now: number): z.infer<typeof progressSchema> {
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
    throughContacts: run.through_contacts,
    created: run.created,
    updated: run.updated,
    unchanged: run.unchanged,
    contactMethods: run.contact_methods,
    expected: run.expected,
    steps: run.steps,
    stale: run.stale,
    errors: run.errors,
    serviceTitanCalls: run.service_titan_calls,
    startedAt: run.started_at,
    finishedAt: run.finished_at,
    elapsedSeconds: Math.max(0, Math.round((until - Date.parse(from)) / 1000)),
    // Where the ledger could not be told, the engine still knows; a tick will write it down.
    error: run.error ?? (engine && goneFailure(engine, run.status)?.message) ?? null,
    doubts: run.doubts.map(toDoubt),
  };
}
