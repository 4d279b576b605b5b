import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { createServiceTitanApi, type ServiceTitanDependencies } from '../../../src/serviceTitanApi.ts';

/** A request as the server saw it; `url` is undecoded. */
export interface Seen {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
}

export interface Reply {
  status?: number;
  headers?: Record<string, string>;
  /** Sent as it is when text, else as JSON. */
  body?: unknown;
}

/** Answers one request; a `null` reply leaves the response to the handler. */
export type Handler = (seen: Seen, response: ServerResponse) => Reply | null;

export const CONFIG = { tenantId: '410387862', clientId: 'cid.app', clientSecret: 'cs1.secret', appKey: 'ak1.key' };
export const TENANT_PATH = '/crm/v2/tenant/410387862';

/** A list's envelope around these records. */
export function listOf(data: unknown[], rest: Record<string, unknown> = {}) {
  return { page: 1, pageSize: 50, hasMore: false, totalCount: null, data, ...rest };
}

/** An HTTP server for one test: tokens `token-1`, `token-2`, … at the token endpoint, the handler for the rest. */
export async function startServer(handler: Handler, tokenHandler?: Handler) {
  const calls: Seen[] = [];
  const tokenCalls: Seen[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const seen = { method: request.method!, url: request.url!, headers: request.headers, body };
    const isToken = seen.url === '/connect/token';
    (isToken ? tokenCalls : calls).push(seen);
    const issue: Handler = () => ({ body: { access_token: `token-${tokenCalls.length}`, expires_in: 900 } });
    const reply = (isToken ? (tokenHandler ?? issue) : handler)(seen, response);
    if (reply === null) return;
    const { status = 200, headers = {}, body: content } = reply;
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
    response.end(typeof content === 'string' ? content : JSON.stringify(content));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const connect = (deps: ServiceTitanDependencies = {}) =>
    createServiceTitanApi({ authUrl: url, apiUrl: url, ...CONFIG }, { tokens: new Map(), ...deps });
  return { url, calls, tokenCalls, connect, api: connect() };
}

/** The error a promise rejects with. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('The promise was expected to reject and did not.');
}
