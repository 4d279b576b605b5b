import { Refusal } from './problem.ts';
import type { World } from './tenant/world.ts';
import type { AccessTokens } from './tokens.ts';

/** What a call shows of who it comes from. */
export interface Presented {
  authorization: string | undefined;
  appKey: string | undefined;
}

/** Throws a Refusal: 401 for the token, 403 for the app key, the tenant or the scope. */
export function authorize(world: World, scope: string, presented: Presented, tokens: AccessTokens): void {
  const token = tokenOf(presented.authorization ?? '', world.switches.bearerOptional);
  const owner = tokens.worldOf(token);
  if (owner === undefined) throw new Refusal(401, 'The access token is missing, unknown or has expired.');
  if (owner !== world) throw new Refusal(403, 'The access token belongs to another tenant.');
  if (presented.appKey !== world.credentials.appKey) throw new Refusal(403, 'The application key is missing or wrong.');
  if (!world.credentials.scopes.includes(scope)) throw new Refusal(403, `The scope ${scope} is not granted.`);
}

function tokenOf(authorization: string, bearerOptional: boolean): string {
  const bearer = /^Bearer +(.*)$/i.exec(authorization)?.[1];
  return bearer ?? (bearerOptional ? authorization : '');
}
