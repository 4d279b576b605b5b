// Connections in Postgres: typed calls of their SQL functions, one method each. What is secret comes and goes sealed.
import type { SupabaseClient } from '@supabase/supabase-js';
import { z } from 'zod';
import type { SealedCredentials } from '../credentials/openCredentials.ts';
import { callFunction } from './client.ts';
import { describeObstacles } from './obstacles.ts';
import { storedMessage, storedName } from './storedText.ts';

const connectionSchema = z.object({
  workspace_id: z.string(),
  name: storedName.nullable(),
  time_zone: z.string().nullable(),
  country: z.string().nullable(),
  environment: z.enum(['production', 'integration']),
  tenant_id: z.string(),
  client_id: z.string(),
  enabled: z.boolean(),
  connected_at: z.string(),
  updated_at: z.string(),
  /** Fingerprints of the keys that sealed its secrets. */
  key_ids: z.array(z.string()),
  sync: z.object({
    status: z.string(),
    instance_id: z.string().nullable(),
    initial_sync_completed: z.boolean(),
    last_modified_cursor: z.string().nullable(),
    last_completed_at: z.string().nullable(),
    next_attempt_at: z.string().nullable(),
    last_error: storedMessage.nullable(),
  }),
});

const sealedSecretsSchema = z.object({ client_secret_sealed: z.string(), app_key_sealed: z.string() });

const toResealSchema = z.object({
  connections: z.array(
    sealedSecretsSchema.extend({
      workspace_id: z.string(),
      tenant_id: z.string(),
      environment: z.enum(['production', 'integration']),
      client_id: z.string(),
      credentials_id: z.string(),
    }),
  ),
  next_after: z.string().nullable(),
});

/** A connection without its secrets, and how its sync stands. */
export type Connection = z.infer<typeof connectionSchema>;

export interface NewConnection extends SealedCredentials {
  workspace_id: string;
  /** Null leaves the name, zone or country that the workspace has. */
  name: string | null;
  time_zone: string | null;
  country: string | null;
}

/** A connection as it is listed to be sealed anew: its secrets, and all they are bound to. */
export type ConnectionToReseal = z.infer<typeof toResealSchema>['connections'][number];

/** A workspace's two secrets. */
export type SealedSecrets = z.infer<typeof sealedSecretsSchema>;

export interface ResealedConnection extends SealedSecrets {
  workspace_id: string;
  /** The saving of the credentials that they belong to, before and after. */
  credentials_id: string;
  was: SealedSecrets;
}

/** All may reject with `DatabaseError`; each may be repeated after a lost answer. */
export type Connections = ReturnType<typeof createConnections>;

export function createConnections(supabase: SupabaseClient) {
  const call = (name: string, parameters: object) => callFunction(supabase, name, parameters);

  return {
    /**
     * Stores the connection; a run of another tenant is stopped. Repeating it replaces the credentials. Rejects with
     * `TablesError` where the product's tables could take no row; answers what is so although rows are there already.
     */
    async save(connection: NewConnection): Promise<string[]> {
      return describeObstacles(await call('save_servicetitan_connection', { p_connection: connection }));
    },

    /** Null when the workspace is not connected. */
    async read(workspaceId: string): Promise<Connection | null> {
      const answer = await call('read_servicetitan_connection', { p_workspace_id: workspaceId });
      return connectionSchema.nullable().parse(answer);
    },

    /** Pauses or resumes; pausing stops the run under way. Answers whether the workspace is connected. */
    async enable(workspaceId: string, enabled: boolean): Promise<boolean> {
      const parameters = { p_workspace_id: workspaceId, p_enabled: enabled };
      return z.boolean().parse(await call('enable_servicetitan_connection', parameters));
    },

    /** Removes the connection with its secrets and stops its run. Answers whether there was one. */
    async remove(workspaceId: string): Promise<boolean> {
      return z.boolean().parse(await call('delete_servicetitan_connection', { p_workspace_id: workspaceId }));
    },

    /** One page of those that another key than `keyId` sealed; ask again with `next_after` until it is null. */
    async listToReseal(keyId: string, after: string | null, limit: number) {
      const parameters = { p_key_id: keyId, p_after: after, p_limit: limit };
      return toResealSchema.parse(await call('list_servicetitan_connections_to_reseal', parameters));
    },

    /** Replaces what still is what it was; answers how many. */
    async reseal(resealed: ResealedConnection[]): Promise<number> {
      return z.number().parse(await call('reseal_servicetitan_connections', { p_connections: resealed }));
    },
  };
}
