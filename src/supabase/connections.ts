// Connections in Postgres: typed calls of their SQL functions, one method each. What is secret comes and goes sealed.
import type { SupabaseClient } from '@supabase/supabase-js';
import { z } from 'zod';
import { callFunction } from './client.ts';

const sealedSecretsSchema = z.object({ client_secret_sealed: z.string(), app_key_sealed: z.string() });

const toResealSchema = z.object({
  connections: z.array(sealedSecretsSchema.extend({ workspace_id: z.string() })),
  next_after: z.string().nullable(),
});

/** A workspace's two secrets. */
export type SealedSecrets = z.infer<typeof sealedSecretsSchema>;

export interface ResealedConnection extends SealedSecrets {
  workspace_id: string;
  was: SealedSecrets;
}

/** All may reject with `DatabaseError`; each may be repeated after a lost answer. */
export type Connections = ReturnType<typeof createConnections>;

export function createConnections(supabase: SupabaseClient) {
  const call = (name: string, parameters: object) => callFunction(supabase, name, parameters);

  return {
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
