// Why ServiceTitan does not take credentials, as far as its answers let one tell, in words that the firm's admin can act on.
import type { AuthError, Grant, RequestError } from '../serviceTitanApi.ts';
import type { Environment } from './openCredentials.ts';

export interface Refusal {
  code: string;
  message: string;
}

const APP_ACCESS = "the firm's admin, in ServiceTitan under Settings > Integrations > API Application Access,";

/** The token endpoint refused. `knownIn`: the environment that does know the client, if one was found. */
export function refusalOfToken(error: AuthError, environment: Environment, knownIn: Environment | null): Refusal {
  if (knownIn !== null) {
    return {
      code: 'wrong_environment',
      message: `The client id and the client secret are those of the environment "${knownIn}", not of "${environment}": connect with "environment": "${knownIn}", or get credentials for "${environment}".`,
    };
  }
  return {
    code: 'credentials_refused',
    message: `ServiceTitan does not know this client id with this client secret in the environment "${environment}"${traceOf(error)}: copy both again; should the secret be lost, ${APP_ACCESS} generates a new one.`,
  };
}

/** A call with a good token was refused. */
export function refusalOfCall(
  error: AuthError | RequestError,
  scope: string,
  { tenantId }: { tenantId: string },
  grant: Grant,
): Refusal {
  if (grant.tenantId !== null && grant.tenantId !== tenantId) {
    return {
      code: 'wrong_tenant',
      message: `The client id and the client secret belong to the tenant ${grant.tenantId}, not to ${tenantId}: correct the tenant id, or take the credentials that the tenant ${tenantId} shows.`,
    };
  }
  if (error.status === 401) {
    return {
      code: 'app_not_allowed',
      message: `ServiceTitan gives the app a token and then refuses it${traceOf(error)}: ${APP_ACCESS} has to allow the app again; check the tenant id too.`,
    };
  }
  if (error.status !== 403) return { code: error.code, message: `${error.message} Check the tenant id.` };
  if (grant.scopes === null) {
    return {
      code: 'permission_missing',
      message: `ServiceTitan refuses ${scope}${traceOf(error)}. Either the app lacks the scope or its new version is not accepted: ${APP_ACCESS} accepts it; or the app key is that of another app, or the tenant id is wrong.`,
    };
  }
  if (grant.scopes.includes(scope)) {
    return {
      code: 'app_key_refused',
      message: `The credentials carry the scope ${scope}, and ServiceTitan refuses the call all the same${traceOf(error)}: copy the app key of this very app from the developer portal, and check the tenant id.`,
    };
  }
  return lacks(scope);
}

/** The token does not carry the scope. */
export function lacks(scope: string): Refusal {
  return {
    code: 'permission_missing',
    message: `The app lacks the scope ${scope}: its developer adds it in the developer portal, then ${APP_ACCESS} accepts the app's new version; until then the scope does not count.`,
  };
}

function traceOf({ traceId }: AuthError | RequestError): string {
  return traceId === null ? '' : ` (traceId ${traceId})`;
}
