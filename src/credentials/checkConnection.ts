// Whether credentials do what a connection is for, tried against ServiceTitan scope by scope.
import type { Config } from '../config.ts';
import { SyncError } from '../errors.ts';
import {
  AuthError,
  createServiceTitanApi,
  type Fetch,
  type Grant,
  RequestError,
  type ServiceTitanApi,
} from '../serviceTitanApi.ts';
import { lacks, type Refusal, refusalOfCall, refusalOfToken } from './connectionRefusal.ts';
import { type Environment, hostsOf } from './openCredentials.ts';

/** Credentials as a person hands them in. */
export interface Credentials {
  tenantId: string;
  environment: Environment;
  clientId: string;
  clientSecret: string;
  appKey: string;
}

export interface ScopeCheck {
  name: string;
  scope: string;
  /** For the sync; the others are for the debug routes. */
  required: boolean;
  result: 'granted' | 'missing' | 'unknown';
  /** Why it is not granted, and what to do. */
  message: string | null;
}

export interface CheckedConnection {
  /** Null: all that the sync needs is granted. */
  refusal: Refusal | null;
  checks: ScopeCheck[];
}

interface Asked {
  api: ServiceTitanApi;
  customerId: string;
  tomorrow: string;
}

interface Scope extends Pick<ScopeCheck, 'name' | 'scope' | 'required'> {
  /** The calls that need it, each for as little as it can be asked for. */
  calls: ((asked: Asked) => Promise<unknown>)[];
}

const CUSTOMERS_READ = 'tn.crm.customers:r';
const FIRST_CUSTOMER = { page: 1, pageSize: 1, active: 'Any', sort: '+Id' } as const;

const SCOPES: Scope[] = [
  {
    name: 'customers',
    scope: CUSTOMERS_READ,
    required: true,
    calls: [({ api }) => api.customers(FIRST_CUSTOMER), ({ api, tomorrow }) => api.exportCustomers({ from: tomorrow })],
  },
  {
    name: 'contacts',
    scope: CUSTOMERS_READ,
    required: true,
    calls: [
      ({ api, customerId }) => api.customerContacts({ customerIds: [customerId], pageSize: 1 }),
      ({ api, tomorrow }) => api.exportContacts({ from: tomorrow, includeRecentChanges: true }),
    ],
  },
  // Only a new note would show it, so the token is taken at its word.
  { name: 'notes', scope: 'tn.crm.customers:w', required: false, calls: [] },
  {
    name: 'jobs',
    scope: 'tn.jpm.jobs:r',
    required: false,
    calls: [({ api, customerId }) => api.jobs({ customerId, pageSize: 1 })],
  },
  {
    name: 'leads',
    scope: 'tn.crm.leads:r',
    required: false,
    calls: [({ api, customerId }) => api.leads({ customerId, pageSize: 1 })],
  },
  {
    name: 'tag types',
    scope: 'tn.stt.tagtypes:r',
    required: false,
    calls: [({ api }) => api.tagTypes({ active: 'Any', pageSize: 1 })],
  },
];

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

async function checkScope(
  { name, scope, required, calls }: Scope,
  asked: Asked,
  grant: Grant,
  credentials: Credentials,
): Promise<{ check: ScopeCheck; refusal: Refusal | null }> {
  const outcome = (result: ScopeCheck['result'], refusal: Refusal | null, message = refusal?.message ?? null) => ({
    check: { name, scope, required, result, message },
    refusal,
  });
  if (calls.length === 0) {
    if (grant.scopes === null)
      return outcome('unknown', null, 'ServiceTitan does not say; the first note will show it.');
    return grant.scopes.includes(scope) ? outcome('granted', null) : outcome('missing', lacks(scope));
  }
  try {
    await Promise.all(calls.map((call) => call(asked)));
    return outcome('granted', null);
  } catch (error) {
    if (isRefusal(error)) return outcome('missing', refusalOfCall(error, scope, credentials, grant));
    if (required) throw error;
    return outcome('unknown', null, error instanceof SyncError ? error.message : 'It could not be tried.');
  }
}

function isRefusal(error: unknown): error is AuthError | RequestError {
  return error instanceof AuthError || error instanceof RequestError;
}
