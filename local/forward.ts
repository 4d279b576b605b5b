import { request, type Agent, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';

/** Where a request goes on to, by its host and port or by its socket. */
export interface Target {
  hostname?: string;
  port?: string;
  socketPath?: string;
  path: string;
  headers: IncomingHttpHeaders;
  agent: Agent;
}

// PostgREST and wrangler's explorer send CORS headers of their own accord. The others are about that connection alone.
const NOT_PASSED_BACK = /^(?:access-control-.*|connection|keep-alive)$/;

/**
 * Passes a request on, and its answer back without what would open it to pages of other origins. `onFault` answers when
 * there is no answer to pass.
 */
export function forward(
  incoming: IncomingMessage,
  response: ServerResponse,
  target: Target,
  onFault: (error: Error) => void,
): void {
  const { connection: _, ...headers } = target.headers;
  const upstream = request({ ...target, headers, method: incoming.method ?? 'GET' }, (answer) => {
    const passed = Object.entries(answer.headers).filter(([name]) => !NOT_PASSED_BACK.test(name));
    response.writeHead(answer.statusCode ?? 502, Object.fromEntries(passed));
    answer.pipe(response);
    answer.on('error', () => response.destroy());
  });
  upstream.on('error', (error) => {
    if (response.headersSent) response.destroy();
    else onFault(error);
  });
  response.on('close', () => {
    if (!response.writableFinished) upstream.destroy();
  });
  incoming.pipe(upstream);
}
