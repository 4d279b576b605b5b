import type { Config } from '../config.ts';
import { SERVICETITAN_HOSTS, type ServiceTitanConfig } from '../serviceTitanApi.ts';
import { open, type SealedFor } from './seal.ts';
import { credentialsKeys } from './sealingKeys.ts';

export type Environment = keyof typeof SERVICETITAN_HOSTS;

/** A connection as the database keeps it. */
export interface SealedCredentials {
  tenant_id: string;
  environment: Environment;
  client_id: string;
  credentials_id: string;
  client_secret_sealed: string;
  app_key_sealed: string;
}

// The vendor's pages name the whole address, its hosts table the base; both are taken.
const TOKEN_PATH = /\/connect\/token\/?$/;

/**
 * Opens a connection's secrets, right where they are used: neither the result nor any part of it may become a step result,
 * a log field or an error text. Throws `ConfigError` when they don't open.
 */
export async function openCredentials(
  config: Config,
  workspaceId: string,
  sealed: SealedCredentials,
): Promise<ServiceTitanConfig> {
  const keys = await credentialsKeys(config);
  const connection = sealedFor(workspaceId, sealed);
  return {
    ...hostsOf(config, sealed.environment),
    tenantId: sealed.tenant_id,
    clientId: sealed.client_id,
    clientSecret: await open(keys, connection, 'client_secret', sealed.client_secret_sealed),
    appKey: await open(keys, connection, 'app_key', sealed.app_key_sealed),
  };
}

/** What the secrets in this row of the database are bound to. */
export function sealedFor(
  workspaceId: string,
  row: Omit<SealedCredentials, 'client_secret_sealed' | 'app_key_sealed'>,
): SealedFor {
  return {
    workspaceId,
    environment: row.environment,
    tenantId: row.tenant_id,
    clientId: row.client_id,
    credentialsId: row.credentials_id,
  };
}

/** Where this environment's ServiceTitan is: the vendor's hosts, unless the settings name others. */
export function hostsOf(config: Config, environment: Environment): Pick<ServiceTitanConfig, 'authUrl' | 'apiUrl'> {
  const hosts = SERVICETITAN_HOSTS[environment];
  return {
    authUrl: config.SERVICETITAN_AUTH_URL?.replace(TOKEN_PATH, '') ?? hosts.authUrl,
    apiUrl: config.SERVICETITAN_API_URL ?? hosts.apiUrl,
  };
}
