import { AuthError } from './errors.ts';
import type { LocatedAnswer } from './answers.ts';
import type { ServiceTitanConfig } from './config.ts';
import type { Grant } from './grant.ts';
import { request, whereOf, type Answer, type HttpCall, type Transport } from './request.ts';
import { createTokenSource, type TokenCache } from './token.ts';

/** A request to the API: `path` from the area on, with `{tenant}` for the tenant; absent query values are left out. */
export interface ApiCall {
  method?: 'GET' | 'POST';
  path: string;
  query?: Record<string, string | number | boolean | null | undefined>;
  body?: unknown;
  scope: string;
}

export interface Session {
  /** Sends the call; after a 401 once more with a new token. Also gives method and path, for errors. */
  send(call: ApiCall): Promise<LocatedAnswer>;
  /** Asks for a new token; answers what it says of itself. */
  grant(): Promise<Grant>;
}

/** Requests of one tenant under its own token. */
export function createSession(config: ServiceTitanConfig, transport: Transport, cache: TokenCache): Session {
  const tokens = createTokenSource(config, transport, cache);

  async function sendWith(token: string, call: Omit<HttpCall, 'headers'>): Promise<Answer> {
    const headers: Record<string, string> = {
      Authorization: `Bearer ${token}`,
      'ST-App-Key': config.appKey,
      Accept: 'application/json',
    };
    if (call.body !== null) headers['Content-Type'] = 'application/json';
    return request({ ...call, headers }, transport);
  }

  return {
    grant: () => tokens.grant(),

    async send({ method = 'GET', path, query = {}, body, scope }) {
      const url = `${config.apiUrl}${path.replace('{tenant}', config.tenantId)}${search(query)}`;
      const call = { method, url, body: body === undefined ? null : JSON.stringify(body), scope };
      const token = await tokens.get();
      try {
        return { ...(await sendWith(token, call)), where: whereOf(call) };
      } catch (error) {
        if (!(error instanceof AuthError) || error.tokenEndpoint || error.status !== 401) throw error;
        await tokens.drop(token);
        return { ...(await sendWith(await tokens.get(), call)), where: whereOf(call) };
      }
    },
  };
}

// URLSearchParams writes the plus of `+Id` as %2B; left bare it would decode to a blank and sort nothing.
function search(query: NonNullable<ApiCall['query']>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null) parameters.set(name, String(value));
  }
  return parameters.size === 0 ? '' : `?${parameters}`;
}
