// Services that answer everything with a redirect, one for each status, and the host where they send their callers. For
// tests in workerd too, which can't start a server of their own.
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Redirectors {
  urls: { elsewhere: string; from: Record<string, string> };
  stop: () => Promise<void>;
}

const STATUSES = [300, 301, 302, 303, 307, 308];

/** A body that a caller who takes a redirect's own for an answer would believe. */
const NOTHING = { workspaces: [], next_after: null, created: 0, updated: 0, unchanged: 0, stale: 0, errors: [] };
const TOKEN = { access_token: 'of-another-host', expires_in: 900, page: 1, pageSize: 50, hasMore: false, data: [] };

/**
 * `from` has a service for each status, and one of 302 without a Location. `elsewhere` believes everybody; `GET
 * /arrived?<marker>` of it answers how many calls came there that held the marker in the path, a header or the body.
 */
export async function startRedirectors(): Promise<Redirectors> {
  const arrived: string[] = [];
  const servers: ReturnType<typeof createServer>[] = [];
  const listen = async (answer: RequestListener) => {
    const server = createServer(answer);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  // An empty list for the calls that answer one, an empty page or batch for the others.
  const body = (path = '') =>
    JSON.stringify(/claim|sync_(?:runs|errors)/.test(path) ? [] : { ...NOTHING, ...TOKEN, continueFrom: 'x' });

  const elsewhere = await listen(async (request, response) => {
    const { url = '/', headers } = request;
    let sent = '';
    for await (const chunk of request) sent += String(chunk);
    const asked = /^\/arrived\?(.+)$/.exec(url)?.[1];
    if (asked === undefined) arrived.push(`${url}\n${JSON.stringify(headers)}\n${sent}`);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(
      asked === undefined ? body(url) : JSON.stringify(arrived.filter((call) => call.includes(asked)).length),
    );
  });
  const from: Record<string, string> = {};
  const redirect = (status: number, location: boolean): RequestListener => {
    return (request, response) => {
      request.resume();
      request.on('end', () => {
        const to = location ? { location: `${elsewhere}${request.url}` } : {};
        response.writeHead(status, { 'content-type': 'application/json', ...to }).end(body(request.url));
      });
    };
  };
  for (const status of STATUSES) from[String(status)] = await listen(redirect(status, true));
  from['302 without a Location'] = await listen(redirect(302, false));
  return {
    urls: { elsewhere, from },
    stop: async () => {
      for (const server of servers) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
}
