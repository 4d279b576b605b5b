// The truth about runs, in Postgres: typed calls of the SQL functions in supabase/schemas, one method each.
import type { SupabaseClient } from '@supabase/supabase-js';
import { z } from 'zod';
import { type Commit, witnessSchema } from '../../supabase/functions/_shared/contactBatch.ts';
import { tellSqlState } from '../../supabase/functions/_shared/shapes.ts';
import type { SealedCredentials } from '../credentials/openCredentials.ts';
import { DEFAULT_DEPLOYMENT, tellDeployment } from '../settings/deployment.ts';
import { callFunction, unwrap } from './client.ts';
import { passCalls } from './passCalls.ts';
import { type DoubtRow, doubtSchema } from './doubtRow.ts';
import { QUARANTINE_COLUMNS, quarantineRowSchema } from './quarantineRow.ts';
import { storedMessage, toShown } from './storedText.ts';

const claimSchema = z.array(
  z.object({
    workspace_id: z.string(),
    /** Empty where a run is just being claimed by somebody else. */
    instance_id: z
      .string()
      .nullable()
      .transform((id) => id ?? ''),
    outcome: z.enum([
      'claimed',
      'claimed_before',
      'already_started',
      'running',
      'stalled',
      'elsewhere',
      'backing_off',
      'unknown_workspace',
      'disabled',
      'wrong_tenant',
      'claim_failed',
    ]),
    /** Which Worker has the workspace, where it is another one. */
    deployment: z.string().nullish().transform(tellDeployment),
    /** Why the database refused this claim. */
    sqlstate: z
      .string()
      .nullish()
      .transform((code) => tellSqlState(code) ?? 'none'),
  }),
);

const seenSchema = z.object({
  /** Customers come by id (R5). */
  greatest_id: z.string().nullable(),
  /** How many customers the first page of the window counted. */
  told: z.number().nullable(),
  /** How many the last one did. */
  total: z.number().nullable(),
  /** How many different ones were read; null where that can't be told. */
  read: z.number().nullable(),
  /** How many rows that took. */
  rows: z.number(),
  /** How many places of the list could not be read. */
  unread: z.number(),
  /** Prints of the last pages, so that one which comes again is known (R19). */
  pages: z.array(z.string()),
});

const checkpointSchema = z.object({
  modified_on_or_after: z.string(),
  page_size: z.number(),
  next_page: z.number(),
  started_at: z.string(),
  /** Null where another version stored none, or in another form. */
  seen: seenSchema.nullable().default(null).catch(null),
});

const standingSchema = z.object({ from: z.string().nullable(), stamp: z.string().nullable() });

const BEGUN_AGAIN = ['by date', 'from the first'] as const;

const begunSchema = z.object({
  fence: z.number(),
  /** The workspace's own, as it was said; null where it has to be told from the zone. */
  country: z.string().nullable(),
  time_zone: z.string().nullable(),
  /** The country that all phones of the workspace are graded for. */
  graded_for: z.string().nullable(),
  mode: z.enum(['initial', 'incremental']),
  started_at: z.string(),
  modified_on_or_after: z.string().nullable(),
  checkpoint: checkpointSchema.nullable(),
  initial_feed: z.enum(['contacts', 'customers']).nullable(),
  continue_from: z.string().nullable(),
  contacts_continue_from: z.string().nullable(),
  initial_stamp: z.string().nullable(),
  contacts_stamp: z.string().nullable(),
  /** Whether their day is over, and whether the app might not read them when they were asked for last. */
  tag_types: z.object({ due: z.boolean(), refused: z.boolean() }),
  quarantined: z.array(z.string()),
  /** R17: where the settled reader goes on; null while no reading is due. */
  settled: z.object({ customers: standingSchema, contacts: standingSchema }).nullable(),
  settled_until: z.string().nullable(),
  /** R18: a pass goes on or begins in this run. */
  pass_due: z.boolean(),
  /** R19: tokens of the export under way that the runs before began with. */
  export_seen: z.array(z.string()),
  /** R12: how one of them began it again, which is done once. */
  export_again: z.enum(BEGUN_AGAIN).nullable(),
  rechecks: z.object({
    due: z.array(z.object({ crm_id: z.string(), ask: witnessSchema, as_customer: z.boolean() })),
    canaries: z.array(z.string()),
    failing: z.object({ count: z.number(), id: z.string() }).nullable(),
  }),
  poison: z.array(z.string()),
  poisoned_contacts: z.array(z.string()),
});

const settledSchema = z.object({ taken: z.number(), held: z.number(), unproven: z.number() });

const workspacesSchema = z.object({
  workspaces: z.array(
    z.object({
      workspace_id: z.string(),
      tenant_id: z.string(),
      time_zone: z.string().nullable(),
      /** To the database. */
      time_zone_known: z.boolean(),
      enabled: z.boolean(),
      running: z.boolean(),
      stalled: z.boolean(),
      backing_off: z.boolean(),
    }),
  ),
  next_after: z.string().nullable(),
});

const sealedCredentialsSchema = z.object({
  tenant_id: z.string(),
  environment: z.enum(['production', 'integration']),
  client_id: z.string(),
  credentials_id: z.string(),
  client_secret_sealed: z.string(),
  app_key_sealed: z.string(),
});

const runRowSchema = z.object({
  instance_id: z.string(),
  workspace_id: z.string(),
  source: z.string().nullable(),
  trigger: z.string(),
  mode: z.string().nullable(),
  status: z.string(),
  predecessor: z.string().nullable(),
  window_from: z.string().nullable(),
  pages: z.number(),
  fetched: z.number(),
  through_contacts: z.number(),
  created: z.number(),
  updated: z.number(),
  unchanged: z.number(),
  contact_methods: z.number(),
  expected: z.number().nullable(),
  steps: z.number(),
  stale: z.number(),
  errors: z.number(),
  service_titan_calls: z.number(),
  error: storedMessage.nullable(),
  doubts: z.array(doubtSchema),
  created_at: z.string(),
  started_at: z.string().nullable(),
  finished_at: z.string().nullable(),
});

export interface ClaimRequest {
  workspace_id: string;
  instance_id: string;
  tenant_id?: string;
}
export type Claim = z.infer<typeof claimSchema>[number];
export type LedgerRun = z.infer<typeof runRowSchema>;
export type Begun = z.infer<typeof begunSchema>;
/**
 * R16: whom a run asks for by id, by which list; customers whose list has to have something in it; and those who could not be
 * read for a day or more.
 */
export type Rechecks = Begun['rechecks'];
/** R16: who was asked, which canaries came empty or failed, and whether a list with something in it proves the empty ones. */
export interface RecheckEvidence {
  asked: string[];
  suspects: string[];
  isProven: boolean;
}
export type Checkpoint = z.infer<typeof checkpointSchema>;
/** What a window of customers has shown so far. */
export type WindowSeen = z.infer<typeof seenSchema>;
/** R12: how a feed that refuses its token is begun again. */
export type BegunAgain = (typeof BEGUN_AGAIN)[number];
/** R6: what the successor goes on with. */
export interface GoingOn {
  checkpoint: Checkpoint | null;
  /** R19: tokens with which the runs of the chain began to read the export that is under way. */
  exportSeen: readonly string[];
  /** R12: how one of them began it again. */
  exportAgain: BegunAgain | null;
}
export type Workspace = z.infer<typeof workspacesSchema>['workspaces'][number];

/** Beside the ten minutes that every call extends the lease by. */
const QUEUE_WAIT_SECONDS = 20 * 60;

/** Who runs. */
export interface RunId {
  workspaceId: string;
  instanceId: string;
}

/** Who runs, and by which right: the fence grows with every start, and an old one is refused (R8). */
export interface FencedRun extends RunId {
  fence: number;
}

/** A step that failed and will be tried again. */
export interface Retry {
  step: string;
  attempt: number;
  attempts: number;
  cause: string;
  next_try_at: string;
}

/** A run whose instance will never go on. */
export interface GoneRun {
  run: RunId;
  failure: { code: string; message: string };
  /** Left alone where it waits to be created. */
  unlessQueued: boolean;
}

/** What a run has done, for the ledger. Only the first report of how it ended counts. */
export interface Progress {
  pages: number;
  /** Those of the attempts that succeeded; `noteCalls` told the others. */
  calls: number;
  steps: number;
  /** What the run could not make sure of; the ledger adds it to that of the runs it succeeds. */
  doubts?: readonly DoubtRow[];
}

/**
 * R21: the last page that the run has written whole, how many chunks it had, and the number that its next page has. The
 * database refuses what follows from it, unless it still holds that page.
 */
export interface Place {
  page: number;
  chunks: number;
  next: number;
}

/**
 * Every method is one call. A run's own methods reject with `SupersededError` once another run holds the lease; all may
 * reject with `DatabaseError`. Each may be repeated after a lost answer.
 */
export type Ledger = ReturnType<typeof createLedger>;

/** `deployment` is which Worker asks: the setting DEPLOYMENT. */
export function createLedger(supabase: SupabaseClient, deployment = DEFAULT_DEPLOYMENT) {
  const call = (name: string, parameters: object) => callFunction(supabase, name, parameters);
  const ofRun = (run: RunId) => ({ p_workspace_id: run.workspaceId, p_instance_id: run.instanceId });
  const ofFenced = (run: FencedRun) => ({ ...ofRun(run), p_fence: run.fence });

  return {
    ...passCalls(call),

    /** One page of connected workspaces by id; ask again with `next_after` until it is null. */
    async listWorkspaces(after: string | null, limit: number) {
      return workspacesSchema.parse(await call('list_servicetitan_workspaces', { p_after: after, p_limit: limit }));
    },

    /** Claims the lease for each, and tells of each by itself what is in its way; answers in the same order. */
    async claim(trigger: 'cron' | 'manual', claims: ClaimRequest[]): Promise<Claim[]> {
      const parameters = { p_trigger: trigger, p_claims: claims, p_deployment: deployment };
      return claimSchema.parse(await call('claim_servicetitan_runs', parameters));
    },

    /** Deletes what is older, at most `limit` rows of each table; answers how many went. */
    async pruneHistory(days: number, limit: number): Promise<number> {
      return z.number().parse(await call('prune_servicetitan_history', { p_days: days, p_limit: limit }));
    },

    /** Extends the lease over a wait. */
    async hold(run: FencedRun, waitSeconds: number) {
      await call('hold_servicetitan_lease', { ...ofFenced(run), p_wait_seconds: Math.ceil(waitSeconds) });
    },

    /** Keeps the lease, for half an hour, of a run that the engine has not come to yet. */
    async keepQueued(run: RunId) {
      await call('hold_servicetitan_lease', { ...ofRun(run), p_fence: null, p_wait_seconds: QUEUE_WAIT_SECONDS });
    },

    /** The connection's credentials, sealed, read under the lease. */
    async readCredentials(run: RunId): Promise<SealedCredentials> {
      return sealedCredentialsSchema.parse(await call('read_servicetitan_credentials', ofRun(run)));
    },

    /** Marks the run as running and answers where the workspace stands. The first `startedAt` counts. */
    async begin(
      run: RunId,
      startedAt: Date,
      overlapSeconds: number,
      settledMinutes: number,
      passDays: number,
    ): Promise<Begun> {
      const parameters = {
        ...ofRun(run),
        p_started_at: startedAt.toISOString(),
        p_overlap_seconds: overlapSeconds,
        p_settled_minutes: settledMinutes,
        p_pass_days: passDays,
      };
      return begunSchema.parse(await call('begin_servicetitan_run', parameters));
    },

    /** Stores where a feed goes on after a page that had no rows to carry it. */
    async commitPage(run: FencedRun, commit: Commit, place?: Place) {
      await call('commit_servicetitan_page', { ...ofFenced(run), p_commit: commit, p_place: place });
    },

    /** What a step of the run waits for, for people who look; null when it got through. */
    async noteRetry(run: RunId, retry: Retry | null) {
      const told = retry && { ...retry, cause: toShown(retry.cause) };
      await call('note_servicetitan_retry', { ...ofRun(run), p_retry: told });
    },

    /** Calls that an attempt of a step made before it failed; those of the others come with the end of the run. */
    async noteCalls(run: RunId, calls: number) {
      await call('note_servicetitan_calls', { ...ofRun(run), p_calls: calls });
    },

    /** R10: writes down what is in doubt so far, before a token moves past it. */
    async noteDoubts(run: FencedRun, doubts: readonly DoubtRow[]) {
      await call('note_servicetitan_doubts', { ...ofFenced(run), p_doubts: doubts });
    },

    /** R4: moves the cursor to the sync start time; null ends the initial sync. What is in doubt is told with it (R10). */
    async advanceCursor(run: FencedRun, cursor: string | null, doubts: readonly DoubtRow[] = [], place?: Place) {
      const parameters = { ...ofFenced(run), p_cursor: cursor, p_doubts: doubts, p_place: place };
      await call('advance_servicetitan_cursor', parameters);
    },

    /** R6: stores the checkpoint and hands the lease to the successor, before that exists. */
    async continueIn(
      run: FencedRun,
      successorId: string,
      { checkpoint, exportSeen, exportAgain }: GoingOn,
      progress: Progress,
      place?: Place,
    ) {
      await call('continue_servicetitan_run', {
        ...ofFenced(run),
        p_place: place,
        p_successor_id: successorId,
        p_checkpoint: checkpoint,
        p_export_seen: exportSeen,
        p_export_again: exportAgain,
        p_pages: progress.pages,
        p_calls: progress.calls,
        p_steps: progress.steps,
        p_doubts: progress.doubts ?? [],
      });
    },

    /** A connection as it stands, outside of any run; null when the workspace is not connected. */
    async readConnection(workspaceId: string): Promise<SealedCredentials | null> {
      const answer = await supabase
        .from('servicetitan_connections')
        .select('tenant_id, environment, client_id, credentials_id, client_secret_sealed, app_key_sealed')
        .eq('workspace_id', workspaceId)
        .maybeSingle();
      return sealedCredentialsSchema.nullable().parse(unwrap('the table servicetitan_connections', answer));
    },

    /** Ends runs whose instances are gone for good, all in one call; answers the instance ids of those that it ended. */
    async endGone(gone: GoneRun[]): Promise<string[]> {
      if (gone.length === 0) return [];
      const runs = gone.map(({ run, failure, unlessQueued }) => ({
        workspace_id: run.workspaceId,
        instance_id: run.instanceId,
        code: failure.code,
        error: toShown(failure.message),
        unless_queued: unlessQueued,
      }));
      return z.array(z.string()).parse(await call('end_servicetitan_gone_runs', { p_runs: runs }));
    },

    /** A run's row in the ledger; null when there is none. */
    async readRun(instanceId: string): Promise<LedgerRun | null> {
      const answer = await supabase.from('servicetitan_sync_runs').select().eq('instance_id', instanceId).maybeSingle();
      return runRowSchema.nullable().parse(unwrap('the table servicetitan_sync_runs', answer));
    },

    /**
     * How many customers of the workspace are set aside, and `limit` of them, those that stood the longest first. `source`
     * leaves out what a tenant connected before has left; null where it is not known yet.
     */
    async readQuarantine(workspaceId: string, source: string | null, limit: number) {
      const all = supabase
        .from('servicetitan_sync_errors')
        .select(QUARANTINE_COLUMNS, { count: 'exact' })
        .eq('workspace_id', workspaceId);
      const answer = await (source === null ? all : all.eq('source', source))
        .order('first_seen_at')
        .order('crm_id')
        .order('feed')
        .limit(limit);
      const rows = z.array(quarantineRowSchema).parse(unwrap('the table servicetitan_sync_errors', answer));
      return { count: answer.count ?? rows.length, rows };
    },

    /** R16: takes away what two witnesses lacked, and says when each customer is asked again. */
    async settleRechecks(run: FencedRun, { asked, suspects, isProven }: RecheckEvidence, place?: Place) {
      const parameters = { ...ofFenced(run), p_asked: asked, p_suspects: suspects, p_is_proven: isProven };
      return settledSchema.parse(await call('settle_servicetitan_rechecks', { ...parameters, p_place: place }));
    },

    /** Answers all that is in doubt, of the runs that it succeeds too. */
    async complete(run: FencedRun, commit: Commit | null, progress: Progress, place?: Place): Promise<DoubtRow[]> {
      const doubts = await call('complete_servicetitan_run', {
        ...ofFenced(run),
        p_place: place,
        p_commit: commit,
        p_pages: progress.pages,
        p_calls: progress.calls,
        p_steps: progress.steps,
        p_doubts: progress.doubts ?? [],
      });
      return z.array(doubtSchema).parse(doubts);
    },

    async fail(run: RunId, failure: { code: string; message: string }, progress: Progress) {
      await call('fail_servicetitan_run', {
        ...ofRun(run),
        p_code: failure.code,
        p_error: toShown(failure.message),
        p_pages: progress.pages,
        p_calls: progress.calls,
        p_steps: progress.steps,
        p_doubts: progress.doubts ?? [],
      });
    },
  };
}
