// Changing CREDENTIALS_KEY without downtime: as long as CREDENTIALS_KEY_PREVIOUS is set, every tick seals anew what the old
// key sealed, and says how much of it is left.
import type { Config } from '../config.ts';
import { sealedFor } from '../credentials/openCredentials.ts';
import { tellError } from '../errors.ts';
import { open, seal, type SecretField } from '../credentials/seal.ts';
import { credentialsKeys, type SealingKeys } from '../credentials/sealingKeys.ts';
import type { Connections, ConnectionToReseal, ResealedConnection } from '../supabase/connections.ts';

const CONNECTIONS_PER_PAGE = 200;

export interface ResealContext {
  config: Config;
  connections: Connections;
  log: (entry: object) => void;
  /** What is not begun by now is left to the next tick. */
  timeIsUp?: () => boolean;
}

/**
 * Goes through all connections. What does not open, or was changed meanwhile, is left as it is and counted. Answers whether it
 * came to the end. Never rejects.
 */
export async function resealConnections({
  config,
  connections,
  log,
  timeIsUp = () => false,
}: ResealContext): Promise<boolean> {
  if (config.CREDENTIALS_KEY_PREVIOUS === undefined) return true;
  let resealed = 0;
  let left = 0;
  try {
    const keys = await credentialsKeys(config);
    let after: string | null = null;
    do {
      if (timeIsUp()) {
        log({ event: 'reseal_out_of_time', resealed, advice: 'the next tick goes on' });
        return false;
      }
      const page = await connections.listToReseal(keys[0].id, after, CONNECTIONS_PER_PAGE);
      const sealedAnew: ResealedConnection[] = [];
      for (const connection of page.connections) {
        try {
          sealedAnew.push(await sealAnew(keys, connection));
        } catch (error) {
          log({ event: 'reseal_failed', workspaceId: connection.workspace_id, reason: tellError(error) });
        }
      }
      const replaced = sealedAnew.length === 0 ? 0 : await connections.reseal(sealedAnew);
      resealed += replaced;
      left += page.connections.length - replaced;
      after = page.next_after;
    } while (after !== null);
  } catch (error) {
    log({ event: 'reseal_failed', resealed, reason: tellError(error) });
    return false;
  }
  const advice =
    left === 0
      ? 'Nothing in the database is sealed with CREDENTIALS_KEY_PREVIOUS any more: it can go when the runs that began with it have ended.'
      : 'Keep CREDENTIALS_KEY_PREVIOUS: the next tick goes on. What does not open has to be connected again.';
  log({ event: 'credentials_resealed', resealed, left, advice });
  return true;
}

async function sealAnew(keys: SealingKeys, connection: ConnectionToReseal): Promise<ResealedConnection> {
  const { workspace_id, credentials_id, client_secret_sealed, app_key_sealed } = connection;
  const boundTo = sealedFor(workspace_id, connection);
  const again = async (field: SecretField, sealed: string) =>
    seal(keys, boundTo, field, await open(keys, boundTo, field, sealed));
  return {
    workspace_id,
    credentials_id,
    client_secret_sealed: await again('client_secret', client_secret_sealed),
    app_key_sealed: await again('app_key', app_key_sealed),
    was: { client_secret_sealed, app_key_sealed },
  };
}
