import { holdSecrets } from '../secrets.ts';
import { parseAnswer } from './answers.ts';
import type { ServiceTitanConfig } from './config.ts';
import { type Grant, readGrant } from './grant.ts';
import { request, whereOf, type Transport } from './request.ts';
import { tokenSchema } from './schemas.ts';

/** Where tokens are given out. */
export const TOKEN_PATH = '/connect/token';

// A token is not used in its last minute, so that it doesn't end on the way.
const MARGIN_MS = 60_000;

/** A token and when it ends, in milliseconds since 1970. */
export interface Token {
  value: string;
  expiresAt: number;
}

/**
 * Where tokens are kept between clients, by a key that gives no secret away. A Map will do. It holds values and never
 * promises: workerd forbids waiting for I/O that another invocation began.
 */
export interface TokenCache {
  get(key: string): Token | undefined;
  set(key: string, token: Token): unknown;
  delete(key: string): unknown;
}

/** The isolate's own cache: ServiceTitan throttles token requests and asks for tokens to be reused. */
export const isolateTokens: TokenCache = new Map<string, Token>();

export interface TokenSource {
  /** A token good for a minute at least; callers who come while one is being fetched share it. */
  get(): Promise<string>;
  /** What a new token says of itself. */
  grant(): Promise<Grant>;
  /** Forgets a token that was refused, unless a newer one has taken its place. */
  drop(value: string): Promise<void>;
}

/** Client-credentials tokens of one app in one tenant. A failed fetch is not kept: the next caller asks again. */
export function createTokenSource(config: ServiceTitanConfig, transport: Transport, tokens: TokenCache): TokenSource {
  let flight: Promise<string> | null = null;

  async function fetchToken(key: string) {
    const askedAt = transport.now();
    const token = await requestToken(config, transport);
    holdSecrets(token.access_token);
    tokens.set(key, { value: token.access_token, expiresAt: askedAt + token.expires_in * 1000 });
    return token;
  }

  return {
    async get() {
      const key = await cacheKey(config);
      const cached = tokens.get(key);
      if (cached !== undefined && transport.now() < cached.expiresAt - MARGIN_MS) return cached.value;
      flight ??= fetchToken(key)
        .then(({ access_token }) => access_token)
        .finally(() => {
          flight = null;
        });
      return flight;
    },

    async grant() {
      const { access_token, scope } = await fetchToken(await cacheKey(config));
      return readGrant(access_token, scope);
    },

    async drop(value) {
      const key = await cacheKey(config);
      if (tokens.get(key)?.value === value) tokens.delete(key);
    },
  };
}

async function requestToken(config: ServiceTitanConfig, transport: Transport) {
  const call = {
    method: 'POST',
    url: `${config.authUrl}${TOKEN_PATH}`,
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: config.clientId,
      client_secret: config.clientSecret,
    }).toString(),
    scope: null,
  } as const;
  return parseAnswer({ ...(await request(call, transport)), where: whereOf(call) }, tokenSchema);
}

async function cacheKey({ authUrl, clientId, clientSecret }: ServiceTitanConfig): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify([authUrl, clientId, clientSecret]));
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
