import { ConfigError } from '../errors.ts';
import { isSafeAddress } from '../outgoing.ts';

/** Where ServiceTitan lives, per environment. */
export const SERVICETITAN_HOSTS = {
  production: { authUrl: 'https://auth.servicetitan.io', apiUrl: 'https://api.servicetitan.io' },
  integration: {
    authUrl: 'https://auth-integration.servicetitan.io',
    apiUrl: 'https://api-integration.servicetitan.io',
  },
} as const;

/** Both addresses are bases: `/connect/token` and `/crm/v2/tenant/…` are put behind them. */
export interface ServiceTitanConfig {
  authUrl: string;
  apiUrl: string;
  tenantId: string;
  clientId: string;
  clientSecret: string;
  appKey: string;
}

/** Client id, secret and app key travel in headers and forms. A line break pasted along would make fetch throw an error that repeats the secret. */
export const CREDENTIAL = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

/** Gives the config back without trailing slashes; throws a `ConfigError` that names every field that can't be used. */
export function checkConfig(config: ServiceTitanConfig): ServiceTitanConfig {
  const wrong: string[] = [];
  for (const field of ['authUrl', 'apiUrl'] as const) {
    if (!isBaseUrl(config[field]))
      wrong.push(`${field} must be an https address (http on this machine alone) without user, query or fragment`);
  }
  if (!/^\d{1,19}$/.test(config.tenantId)) wrong.push('tenantId must be digits');
  for (const field of ['clientId', 'clientSecret', 'appKey'] as const) {
    if (!CREDENTIAL.test(config[field])) {
      wrong.push(`${field} must be printable ASCII, not empty, with no blank or line break around it`);
    }
  }
  if (wrong.length > 0) {
    throw new ConfigError(
      `The ServiceTitan connection can't be used: ${wrong.join('; ')}. Correct it and save it again.`,
    );
  }
  return { ...config, authUrl: withoutSlash(config.authUrl), apiUrl: withoutSlash(config.apiUrl) };
}

function isBaseUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && isSafeAddress(url) && !/[?#]/.test(text);
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '');
}
