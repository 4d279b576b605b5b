import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An HTTP server of the stack, on 127.0.0.1. */
export interface Listener {
  /** Without a slash at the end. */
  url: string;
  stop(): Promise<void>;
}

/**
 * Starts an HTTP server that only this machine's own programs and pages can use. A web page of any other origin, a name
 * that was rebound to 127.0.0.1, and every preflight get 403 before `listener` sees them. Port 0 takes a free one.
 * Rejects when the port can't be opened.
 */
export async function listenOnLoopback(port: number, listener: RequestListener): Promise<Listener> {
  const server = createServer((incoming, response) => {
    const reason = refusalOf(incoming, (server.address() as AddressInfo).port);
    if (reason === undefined) listener(incoming, response);
    else refuse(response, 403, 'not_local', reason);
  });
  // Longer than any client keeps one: a connection closed by this side may be in use by the other already.
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Answers with an error in the Worker's own form. */
export function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ success: false, error: { code, message } }));
}

/** Why the request is not one of this machine's own; undefined when it is. */
function refusalOf(incoming: IncomingMessage, port: number): string | undefined {
  const all = (name: string) => incoming.headersDistinct[name] ?? [];
  const isOwn = (host: string) => new RegExp(`^(?:127\\.0\\.0\\.1|localhost|\\[::1\\]):${port}$`, 'i').test(host);
  const hosts = all('host');
  if (hosts.length !== 1 || !isOwn(hosts[0]!)) {
    return `Call it as 127.0.0.1:${port}: another Host may be a web page's name for this machine.`;
  }
  if (!all('origin').every((origin) => origin.startsWith('http://') && isOwn(origin.slice('http://'.length)))) {
    return 'A web page of another origin may not call this.';
  }
  // A browser that names no origin still says whether the request came from elsewhere.
  if (!all('sec-fetch-site').every((site) => site === 'same-origin' || site === 'none')) {
    return 'A web page of another site may not call this: type the address instead of following a link.';
  }
  if (all('access-control-request-method').length > 0) return 'Nothing here answers across origins.';
  return undefined;
}
