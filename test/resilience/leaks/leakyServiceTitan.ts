// Stands in front of the simulated ServiceTitan: remembers the tokens it gave out, and refuses calls with bodies that repeat all they
// were sent, secrets and persons alike.
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface LeakyServiceTitan {
  url: string;
  tokens: string[];
  /** The next `times` calls whose path and query match are refused; the body repeats the call, and `alsoSaid`. */
  refuse: (match: RegExp, status: number, alsoSaid: string, times?: number) => void;
  /** From now on the tokens given out claim to be of the tenant of that name. */
  claim: (tenant: string | null) => void;
  stop: () => Promise<void>;
}

export async function startLeaky(serviceTitanUrl: string): Promise<LeakyServiceTitan> {
  const { hostname, port } = new URL(serviceTitanUrl);
  const tokens: string[] = [];
  let refused = 0;
  let claimed: string | null = null;
  /** Tokens as they are, by those with a claim. */
  const behind = new Map<string, string>();
  let refusals: { match: RegExp; status: number; alsoSaid: string; times: number }[] = [];
  const server = createServer(async (incoming, response) => {
    const { url = '/', method = 'GET', headers } = incoming;
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const sent = Buffer.concat(chunks);

    const refusal = refusals.find(({ match }) => match.test(url));
    if (refusal) {
      refusal.times -= 1;
      refusals = refusals.filter(({ times }) => times > 0);
      refused += 1;
      const sentAlong = `${headers.authorization} ${String(headers['st-app-key'])} ${decodeURIComponent(sent.toString())}`;
      // What comes first is not cut off.
      const said = refused % 2 === 0 ? `${sentAlong} ${refusal.alsoSaid}` : `${refusal.alsoSaid} ${sentAlong}`;
      response.writeHead(refusal.status, {
        // A status of success comes with a type of the server's own making and no JSON.
        'content-type': refusal.status < 300 ? `text/${String(headers['st-app-key'])}` : 'application/problem+json',
        'retry-after': encodeURIComponent(said).slice(0, 200),
        date: encodeURIComponent(said).slice(0, 200),
        'x-said': encodeURIComponent(said),
      });
      if (refusal.status < 300) return void response.end(said);
      const told = { type: said, title: said, error: said, error_description: said, detail: said, traceId: said };
      const errors = Object.fromEntries(['from', said, ...refusal.alsoSaid.split(' ')].map((field) => [field, [said]]));
      response.end(JSON.stringify({ ...told, status: refusal.status, errors, data: { said } }));
      return;
    }
    const token = behind.get(headers.authorization?.replace(/^Bearer /, '') ?? '');
    if (token !== undefined) headers.authorization = `Bearer ${token}`;
    const upstream = request(
      { hostname, port, path: url, method, headers: { ...headers, host: `${hostname}:${port}` } },
      async (answer) => {
        const answered: Buffer[] = [];
        for await (const chunk of answer) answered.push(chunk as Buffer);
        let body = Buffer.concat(answered);
        if (url.endsWith('/connect/token') && answer.statusCode === 200) {
          const given = JSON.parse(body.toString());
          if (claimed !== null) {
            const token = `x.${Buffer.from(JSON.stringify({ tenant: claimed })).toString('base64url')}.${tokens.length}`;
            behind.set(token, given.access_token);
            body = Buffer.from(JSON.stringify({ ...given, access_token: token, scope: claimed }));
          }
          tokens.push(given.access_token);
        }
        response.writeHead(answer.statusCode ?? 502, { ...answer.headers, 'content-length': body.length });
        response.end(body);
      },
    );
    upstream.on('error', () => response.destroy());
    upstream.end(sent);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tokens,
    refuse: (match, status, alsoSaid, times = 1) => refusals.push({ match, status, alsoSaid, times }),
    claim: (tenant) => {
      claimed = tenant;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
