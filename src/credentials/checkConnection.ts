// Whether credentials do what a connection is for, tried against ServiceTitan scope by scope.
import type { Config } from '../config.ts';
import { AuthError, createServiceTitanApi, type Fetch, type Grant, type ServiceTitanApi } from '../serviceTitanApi.ts';
import { type Refusal, refusalOfToken } from './connectionRefusal.ts';
import { type Environment, hostsOf } from './openCredentials.ts';
import { checkScope, FIRST_CUSTOMER, isRefusal, type ScopeCheck, SCOPES } from './scopes.ts';

/** Credentials as a person hands them in. */
export interface Credentials {
  tenantId: string;
  environment: Environment;
  clientId: string;
  clientSecret: string;
  appKey: string;
}

export interface CheckedConnection {
  /** Null: all that the sync needs is granted. */
  refusal: Refusal | null;
  checks: ScopeCheck[];
}

/** Somebody waits for the answer. */
const DEADLINE_MS = 30_000;
const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Asks for a token, then makes the calls of the sync and of the debug routes. Rejects with ServiceTitan's own error where that
 * says nothing about the credentials: an outage, a limit, no answer.
 */
export async function checkConnection(
  config: Config,
  credentials: Credentials,
  deps: { fetch?: Fetch } = {},
): Promise<CheckedConnection> {
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const connect = (environment: Environment) =>
    // With a token of its own: one from before the app was given a scope does not have it.
    createServiceTitanApi({ ...credentials, ...hostsOf(config, environment) }, { ...deps, tokens: new Map(), signal });
  const api = connect(credentials.environment);
  let grant: Grant;
  try {
    grant = await api.grant();
  } catch (error) {
    if (!(error instanceof AuthError)) throw error;
    const knownIn = await otherEnvironment(config, credentials.environment, connect);
    return { refusal: refusalOfToken(error, credentials.environment, knownIn), checks: [] };
  }

  const asked = {
    api,
    customerId: await firstCustomerId(api),
    tomorrow: new Date(Date.now() + DAY_MS).toISOString().slice(0, 10),
  };
  const outcomes = await Promise.all(SCOPES.map((scope) => checkScope(scope, asked, grant, credentials)));
  return {
    refusal: outcomes.find(({ check, refusal }) => check.required && refusal)?.refusal ?? null,
    checks: outcomes.map(({ check }) => check),
  };
}

/** The environment that does know the client; null when neither does, or when the settings name one ServiceTitan for both. */
async function otherEnvironment(
  config: Config,
  asked: Environment,
  connect: (environment: Environment) => ServiceTitanApi,
): Promise<Environment | null> {
  const other = asked === 'production' ? 'integration' : 'production';
  if (hostsOf(config, other).authUrl === hostsOf(config, asked).authUrl) return null;
  return connect(other)
    .grant()
    .then(
      () => other,
      () => null,
    );
}

/** A customer to ask for; any id will do where there is none or none is shown. */
async function firstCustomerId(api: ServiceTitanApi): Promise<string> {
  try {
    const { data } = await api.customers(FIRST_CUSTOMER);
    return data[0]?.id ?? '1';
  } catch (error) {
    if (isRefusal(error)) return '1';
    throw error;
  }
}
