// Whether ServiceTitan still grants what a connected workspace needs, asked as cheaply as it can be: for a
// token, and for one record of each scope.
import type { Config } from '../config.ts';
import { AuthError, createServiceTitanApi, type Fetch, type ServiceTitanConfig } from '../serviceTitanApi.ts';
import { refusalOfToken } from './connectionRefusal.ts';
import type { Environment } from './openCredentials.ts';
import { checkScope, FIRST_CUSTOMER, type Scope, type ScopeCheck, SCOPES } from './scopes.ts';

export interface TriedScopes {
  /** Why there is no token; then no scope was tried. */
  refused: string | null;
  checks: ScopeCheck[];
  /** ServiceTitan's clock, if it answered with one, and the Worker's around that; milliseconds since 1970. */
  clock: { serviceTitan: number; from: number; to: number } | null;
}

/** What does something for this Worker: the calls of the debug routes only where these are open. */
function wantedOf({ DEBUG_ENDPOINTS }: Config): Scope[] {
  return SCOPES.filter(({ required, name }) => required || name === 'tag types' || DEBUG_ENDPOINTS);
}

/**
 * Six calls at most, while no token ends. Rejects with ServiceTitan's own error where that says nothing about
 * credentials and scopes: an outage, a limit.
 */
export async function tryScopes(
  config: Config,
  opened: ServiceTitanConfig,
  environment: Environment,
  deps: { fetch?: Fetch; now: () => number; signal: AbortSignal },
): Promise<TriedScopes> {
  // A token from before the app was given a scope does not have it.
  const api = createServiceTitanApi(opened, { ...deps, tokens: new Map() });
  const grant = await api.grant().catch((error: unknown) => {
    if (error instanceof AuthError) return error;
    throw error;
  });
  if (grant instanceof AuthError)
    return { refused: refusalOfToken(grant, environment, null).message, checks: [], clock: null };

  let clock: TriedScopes['clock'] = null;
  const askCustomers: Scope['calls'] = [
    async () => {
      const from = deps.now();
      const { date } = await api.customers(FIRST_CUSTOMER);
      if (date !== null) clock = { serviceTitan: Date.parse(date), from, to: deps.now() };
    },
  ];
  const asked = { api, customerId: '1', tomorrow: '' };
  const outcomes = await Promise.all(
    wantedOf(config).map((wanted) => {
      const calls = wanted.name === 'customers' ? askCustomers : wanted.calls.slice(0, 1);
      return checkScope({ ...wanted, calls }, asked, grant, opened);
    }),
  );
  return { refused: null, checks: outcomes.map(({ check }) => check), clock };
}
