// What people look at, read from Postgres outside of any run: workspaces, the ledger, the quarantine.
import type { SupabaseClient } from '@supabase/supabase-js';
import { z } from 'zod';
import { callFunction, unwrap } from './client.ts';
import { doubtSchema } from './doubtRow.ts';
import { readProof } from './proofs.ts';
import { QUARANTINE_COLUMNS, quarantineRowSchema } from './quarantineRow.ts';
import { storedMessage, storedName } from './storedText.ts';

const liveRunSchema = z.object({
  instance_id: z.string(),
  mode: z.enum(['initial', 'incremental']).nullable(),
  status: z.string(),
  phase: z.enum(['contacts', 'customers']).nullable(),
  started_at: z.string(),
  elapsed_seconds: z.number(),
  pages: z.number(),
  fetched: z.number(),
  through_contacts: z.number(),
  contact_methods: z.number(),
  expected: z.number().nullable(),
  created: z.number(),
  updated: z.number(),
  unchanged: z.number(),
  errors: z.number(),
  per_second: z.number().nullable(),
  /** What a step of it waits for. */
  retry: z
    .object({
      step: z.string(),
      attempt: z.number(),
      attempts: z.number(),
      cause: storedMessage,
      next_try_at: z.string(),
    })
    .nullable(),
});

const workspaceSchema = z.object({
  workspace_id: z.string(),
  name: storedName.nullable(),
  tenant_id: z.string().nullable(),
  environment: z.string().nullable(),
  time_zone: z.string().nullable(),
  /** To the database. */
  time_zone_known: z.boolean(),
  enabled: z.boolean(),
  /** Its credentials are stored. */
  connected: z.boolean(),
  /** `environment/tenant` of the rows; null before the first run. */
  source: z.string().nullable(),
  sync_status: z.enum(['idle', 'running', 'completed', 'failed']),
  initial_sync_completed: z.boolean(),
  cursor: z.string().nullable(),
  age_seconds: z.number().nullable(),
  /** When today's business hours began; null outside of them, and where there are none. */
  opened_at: z.string().nullable(),
  p50_seconds: z.number().nullable(),
  worst_seconds: z.number().nullable(),
  customers_synced: z.number(),
  last_created: z.number(),
  last_updated: z.number(),
  last_errors: z.number(),
  quarantined: z.number(),
  last_error: storedMessage.nullable(),
  last_completed_at: z.string().nullable(),
  /** Of the last run that ended. */
  doubts: z.array(doubtSchema),
  settled_until: z.string().nullable(),
  /** How often in a row ServiceTitan refused the credentials. */
  refusals: z.number(),
  next_attempt_at: z.string().nullable(),
  stalled: z.boolean(),
  /** The last comparison of everything that has ended (R18). */
  proof: z.object({ as_of: z.string(), whole: z.boolean(), listed: z.number().nullable() }).nullable(),
  /** Another one reads. */
  comparing: z.boolean(),
  run: liveRunSchema.nullable(),
});

const pageSchema = z.object({ workspaces: z.array(workspaceSchema), next_after: z.string().nullable() });

const runSchema = z.object({
  instance_id: z.string(),
  predecessor: z.string().nullable(),
  took_over: z.string().nullable(),
  trigger: z.string(),
  mode: z.string().nullable(),
  status: z.string(),
  window_from: z.string().nullable(),
  window_started_at: z.string().nullable(),
  created_at: z.string(),
  started_at: z.string().nullable(),
  finished_at: z.string().nullable(),
  pages: z.number(),
  fetched: z.number(),
  through_contacts: z.number(),
  contact_methods: z.number(),
  expected: z.number().nullable(),
  created: z.number(),
  updated: z.number(),
  unchanged: z.number(),
  stale: z.number(),
  errors: z.number(),
  misses: z.number(),
  unreadable_fields: z.record(z.string(), z.number()),
  service_titan_calls: z.number(),
  steps: z.number(),
  error_code: z.string().nullable(),
  error: storedMessage.nullable(),
  doubts: z.array(doubtSchema),
});

const storedCustomerSchema = z.object({
  contact: z.object({
    crm_source: z.string().nullable(),
    crm_modified_on: z.string().nullable(),
    name: z.string().nullable(),
    phone: z.string().nullable(),
    email: z.string().nullable(),
    active: z.boolean().nullable(),
    merged_to_crm_id: z.string().nullable(),
    address_street: z.string().nullable(),
    address_unit: z.string().nullable(),
    address_city: z.string().nullable(),
    address_state: z.string().nullable(),
    address_zip: z.string().nullable(),
    address_country: z.string().nullable(),
    address_latitude: z.number().nullable(),
    address_longitude: z.number().nullable(),
    custom_fields: z.record(z.string(), z.unknown()),
  }),
  /** What the methods make of the contact: its phone, its e-mail, and the keys of `custom_fields` that go with them. */
  chosen: z.record(z.string(), z.unknown()),
  /** Those that the last whole re-read showed. */
  methods: z.array(
    z.object({
      id: z.string(),
      type: z.string(),
      value: z.string(),
      active: z.boolean().nullable(),
      do_not_text: z.boolean().nullable(),
      marketing: z.boolean().nullable(),
      memo: z.string().nullable(),
    }),
  ),
});

const knownCustomerSchema = z.object({
  customer: storedCustomerSchema.nullable(),
  /** The last chunk of each feed that held the customer, the newest first. */
  reads: z.array(
    z.object({
      read_at: z.string(),
      instance_id: z.string(),
      feed: z.enum(['customers', 'contacts']),
      outcomes: z.array(z.enum(['created', 'updated', 'unchanged', 'stale', 'set_aside'])),
    }),
  ),
  quarantine: z.array(quarantineRowSchema),
});

export type StoredCustomer = z.infer<typeof storedCustomerSchema>;
export type WorkspaceRow = z.infer<typeof workspaceSchema>;
export type LiveRunRow = z.infer<typeof liveRunSchema>;
export type RunRow = z.infer<typeof runSchema>;

export interface BusinessHours {
  BUSINESS_HOURS_START: number;
  BUSINESS_HOURS_END: number;
}

/** Every method is one call, or two where it says so; all may reject with `DatabaseError`. */
export type Reports = ReturnType<typeof createReports>;

export function createReports(supabase: SupabaseClient) {
  const readPage = async (workspaceId: string | null, after: string | null, limit: number, hours: BusinessHours) =>
    pageSchema.parse(
      await callFunction(supabase, 'read_servicetitan_workspaces', {
        p_workspace_id: workspaceId,
        p_after: after,
        p_limit: limit,
        p_start_hour: hours.BUSINESS_HOURS_START,
        p_end_hour: hours.BUSINESS_HOURS_END,
      }),
    );

  return {
    /** One page of all workspaces that are or were connected, by id; ask again with `next_after` until it is null. */
    readWorkspaces: (after: string | null, limit: number, hours: BusinessHours) => readPage(null, after, limit, hours),

    /** Null when there is none of that id. */
    async readWorkspace(workspaceId: string, hours: BusinessHours): Promise<WorkspaceRow | null> {
      return (await readPage(workspaceId, null, 1, hours)).workspaces[0] ?? null;
    },

    /** What proves that its contacts are complete; null for a workspace that was never claimed. */
    readProof: (workspaceId: string) =>
      readProof((name, parameters) => callFunction(supabase, name, parameters), workspaceId),

    /** The newest runs of the workspace, or those claimed before `before`. */
    async listRuns(workspaceId: string, before: string | null, limit: number): Promise<RunRow[]> {
      const query = supabase
        .from('servicetitan_sync_runs')
        .select(Object.keys(runSchema.shape).join(', '))
        .eq('workspace_id', workspaceId)
        .order('fence', { ascending: false })
        .limit(limit);
      const answer = await (before === null ? query : query.lt('created_at', before));
      return z.array(runSchema).parse(unwrap('the table servicetitan_sync_runs', answer));
    },

    /** What is stored of a customer, and what became of it when it was last read. It holds a person's data. */
    async readCustomer(workspaceId: string, customerId: string) {
      return knownCustomerSchema.parse(
        await callFunction(supabase, 'read_servicetitan_customer', {
          p_workspace_id: workspaceId,
          p_crm_id: customerId,
        }),
      );
    },

    /** The customers set aside that were tried last, by feed. */
    async listQuarantined(workspaceId: string, source: string, limit: number) {
      const answer = await supabase
        .from('servicetitan_sync_errors')
        .select(QUARANTINE_COLUMNS)
        .eq('workspace_id', workspaceId)
        .eq('source', source)
        .order('last_seen_at', { ascending: false })
        .order('crm_id')
        .limit(limit);
      return z.array(quarantineRowSchema).parse(unwrap('the table servicetitan_sync_errors', answer));
    },
  };
}
