// The scopes of ServiceTitan that a connection needs, and whether one is granted.
import { SyncError } from '../errors.ts';
import { AuthError, type Grant, RequestError, type ServiceTitanApi } from '../serviceTitanApi.ts';
import { lacks, type Refusal, refusalOfCall } from './connectionRefusal.ts';

export interface ScopeCheck {
  name: string;
  scope: string;
  /** For the sync; the others are for the debug routes. */
  required: boolean;
  result: 'granted' | 'missing' | 'unknown';
  /** Why it is not granted, and what to do. */
  message: string | null;
}

export interface Asked {
  api: ServiceTitanApi;
  customerId: string;
  tomorrow: string;
}

export interface Scope extends Pick<ScopeCheck, 'name' | 'scope' | 'required'> {
  /** The calls that need it, each for as little as it can be asked for. */
  calls: ((asked: Asked) => Promise<unknown>)[];
}

const CUSTOMERS_READ = 'tn.crm.customers:r';
export const FIRST_CUSTOMER = { page: 1, pageSize: 1, active: 'Any', sort: '+Id' } as const;

export const SCOPES: readonly Scope[] = [
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

/** Rejects where a required one could not be tried. */
export async function checkScope(
  { name, scope, required, calls }: Scope,
  asked: Asked,
  grant: Grant,
  credentials: { tenantId: string },
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

/** ServiceTitan said no, and not only that it can't. */
export function isRefusal(error: unknown): error is AuthError | RequestError {
  return error instanceof AuthError || error instanceof RequestError;
}
