import { randomBytes } from 'node:crypto';
import type { World } from './tenant/world.ts';

interface AccessToken {
  world: World;
  expiresAtMs: number;
}

/** The access tokens that were given out. They live in memory: a restart ends them, and clients ask for new ones. */
export class AccessTokens {
  readonly #tokens = new Map<string, AccessToken>();

  /** A new token of the tenant in the shape of a JWT; good by the tenant's clock. */
  issue(world: World): { access_token: string; expires_in: number; token_type: 'Bearer'; scope: string } {
    const { clientId, scopes } = world.credentials;
    const { tokenLifetimeSeconds } = world.switches;
    const nowMs = world.clock.unixMs();
    const nowSeconds = Math.floor(nowMs / 1000);
    const claims = {
      nbf: nowSeconds,
      exp: nowSeconds + tokenLifetimeSeconds,
      iss: 'https://auth.example.com',
      client_id: clientId,
      tenant: world.tenantId,
      jti: randomBytes(16).toString('hex').toUpperCase(),
      iat: nowSeconds,
      scope: scopes,
    };
    // Nobody outside can check the seal, so it is noise.
    const seal = randomBytes(64).toString('base64url');
    const access_token = [encoded({ alg: 'RS256', typ: 'at+jwt' }), encoded(claims), seal].join('.');
    this.#tokens.set(access_token, { world, expiresAtMs: nowMs + tokenLifetimeSeconds * 1000 });
    return { access_token, expires_in: tokenLifetimeSeconds, token_type: 'Bearer', scope: scopes.join(' ') };
  }

  /** Whose token it is; undefined when it is unknown, ended or revoked. */
  worldOf(token: string): World | undefined {
    const known = this.#tokens.get(token);
    return known && known.world.clock.unixMs() < known.expiresAtMs ? known.world : undefined;
  }

  /** Ends all tokens of the tenant. */
  revoke(world: World): void {
    for (const [text, token] of this.#tokens) if (token.world === world) this.#tokens.delete(text);
  }
}

function encoded(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
