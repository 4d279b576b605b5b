import { Refusal } from './problem.ts';
import type { World } from './tenant/world.ts';
import type { AccessTokens } from './tokens.ts';

/** What a call shows of who it comes from. */
export interface Presented {
  authorization: string | undefined;
  appKey: string | undefined;
}

/**
 * Throws a Refusal: 401 for the token, 403 for the app key (401 where the gateway looks at it), the tenant or
 * the scope.
 */
export function authorize(world: World, scope: string, presented: Presented, tokens: AccessTokens): void {
  const token = tokenOf(presented.authorization ?? '', world.switches.bearerOptional);
  const owner = tokens.worldOf(token);
  if (owner === undefined) throw new Refusal(401, 'The access token is missing, unknown or has expired.');
  if (owner !== world) throw new Refusal(403, 'The access token belongs to another tenant.');
  if (presented.appKey !== world.credentials.appKey) throw wrongAppKey(world.switches.gatewayErrors);
  if (!world.credentials.scopes.includes(scope)) throw new Refusal(403, `The scope ${scope} is not granted.`);
}

function wrongAppKey(isOfGateway: boolean): Refusal {
  if (!isOfGateway) return new Refusal(403, 'The application key is missing or wrong.');
  const title = 'Access denied due to invalid subscription key.';
  return new Refusal(401, title, { isOfGateway });
}

function tokenOf(authorization: string, bearerOptional: boolean): string {
  const bearer = /^Bearer +(.*)$/i.exec(authorization)?.[1];
  return bearer ?? (bearerOptional ? authorization : '');
}
