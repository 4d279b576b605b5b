import { timingSafeEqual } from 'node:crypto';
import { Agent, type IncomingMessage, type ServerResponse } from 'node:http';
import { forward, type Target } from '../forward.ts';
import { listenOnLoopback, type Listener } from '../loopback.ts';
import type { FunctionSocket } from './functions.ts';
import { roleToken, type Keys, type Role } from './keys.ts';

export interface GatewayOptions {
  port: number;
  keys: Keys;
  jwtSecret: string;
  restSocket: string;
  functionSocket: FunctionSocket;
}

/**
 * What stands in front of a Supabase project, for this machine alone. `/rest/v1` needs an API key, which becomes the
 * database role (secret: service_role, publishable: anon) unless a signed-in user's token comes with it.
 * `/functions/v1/<name>` goes to the function, which checks its callers itself (`verify_jwt = false`).
 */
export async function startGateway(options: GatewayOptions): Promise<Listener> {
  const tokens: Record<Role, string> = {
    anon: roleToken('anon', options.jwtSecret),
    service_role: roleToken('service_role', options.jwtSecret),
  };
  // Not only faster: with a connection a request, PostgREST 12 closes one early now and then (EPIPE).
  const agent = new Agent({ keepAlive: true, maxSockets: 32, timeout: 20_000 });

  const pass = (incoming: IncomingMessage, response: ServerResponse, target: Omit<Target, 'agent'>) =>
    forward(incoming, response, { ...target, agent }, (error) =>
      refuse(response, 502, `The service behind the gateway failed: ${error.message}`),
    );

  function roleOf(key: string): Role | undefined {
    if (Object.values(options.keys.secret).some((secret) => isSame(secret, key))) return 'service_role';
    if (Object.values(options.keys.publishable).some((publishable) => isSame(publishable, key))) return 'anon';
    return undefined;
  }

  function answerRest(incoming: IncomingMessage, response: ServerResponse, url: URL): void {
    const key = incoming.headers['apikey'] ?? url.searchParams.get('apikey');
    if (typeof key !== 'string') return refuse(response, 401, 'No API key found in request');
    const role = roleOf(key);
    if (role === undefined) return refuse(response, 401, 'Invalid API key');
    if (role === 'service_role' && incoming.headers['user-agent']?.startsWith('Mozilla/')) {
      return refuse(response, 401, 'Forbidden use of secret API key in browser');
    }
    const own = incoming.headers.authorization?.replace(/^Bearer /i, '');
    const isUserToken = own !== undefined && !own.startsWith('sb_');
    const { apikey: _, ...headers } = incoming.headers;
    headers.authorization = `Bearer ${isUserToken ? own : tokens[role]}`;
    url.searchParams.delete('apikey');
    const path = (url.pathname.slice('/rest/v1'.length) || '/') + url.search;
    pass(incoming, response, { socketPath: options.restSocket, path, headers });
  }

  async function answerFunction(incoming: IncomingMessage, response: ServerResponse, url: URL, name: string) {
    const socketPath = await options.functionSocket(name);
    if (socketPath === undefined) return refuse(response, 404, 'Requested function was not found');
    const path = url.pathname.slice('/functions/v1'.length) + url.search;
    pass(incoming, response, { socketPath, path, headers: incoming.headers });
  }

  const listener = await listenOnLoopback(options.port, (incoming, response) => {
    const url = URL.parse(incoming.url ?? '/', 'http://127.0.0.1');
    if (url === null) return refuse(response, 400, 'the path is no path');
    const functionName = /^\/functions\/v1\/([\w-]+)(?:\/|$)/.exec(url.pathname)?.[1];
    if (functionName !== undefined) {
      answerFunction(incoming, response, url, functionName).catch((error: Error) =>
        refuse(response, 503, error.message),
      );
    } else if (/^\/rest\/v1(\/|$)/.test(url.pathname)) {
      answerRest(incoming, response, url);
    } else {
      refuse(response, 404, 'no Route matched with those values');
    }
  });
  return {
    url: listener.url,
    stop: async () => {
      await listener.stop();
      agent.destroy();
    },
  };
}

function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ message }));
}

function isSame(expected: string, given: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(given)];
  return a.length === b.length && timingSafeEqual(a, b);
}
