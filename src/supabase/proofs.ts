// What proves that a workspace's contacts are complete (R18), as people look at it.
import { z } from 'zod';

const count = z.number().nullable();

const proofSchema = z.object({
  why: z.string(),
  began_at: z.string(),
  ended_at: z.string(),
  whole: z.boolean(),
  why_not: z.array(z.object({ code: z.string(), count: z.number().nullish() })),
  begun_again: z.array(z.string()),
  listed: count,
  seen: count,
  right_when_read: count,
  missing: count,
  stale: count,
  differing: count,
  fields: z.record(z.string(), z.number()),
  returned: count,
  mended: count,
  went_back: count,
  gone: count,
  refused: count,
  rechecks: count,
  unreadable_fields: z.record(z.string(), z.number()),
  ids: z.record(z.string(), z.unknown()),
});

const provenSchema = z.object({
  wanted: z.boolean(),
  settled_until: z.string().nullable(),
  proof: proofSchema.nullable(),
  under_way: z.object({ why: z.string(), began_at: z.string(), stage: z.string(), page: z.number() }).nullable(),
  since: z.object({ windows: z.number(), unbroken: z.boolean(), misses: z.number() }),
});

/** A pass that has ended. */
export type ProofRow = z.infer<typeof proofSchema>;
/** What is known of a workspace's completeness. */
export type ProvenRow = z.infer<typeof provenSchema>;

/** Null for a workspace that was never claimed. */
export async function readProof(
  call: (name: string, parameters: object) => Promise<unknown>,
  workspaceId: string,
): Promise<ProvenRow | null> {
  return provenSchema.nullable().parse(await call('read_servicetitan_proof', { p_workspace_id: workspaceId }));
}
