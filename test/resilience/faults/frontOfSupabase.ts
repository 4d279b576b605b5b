// Stands in front of a Supabase project and answers for its Edge Functions what the hosted platform answers in cases that
// can't be brought about on one machine. Everything else it passes on.
import { createServer, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Null passes the call on; a delay holds it before it is passed on. */
export type Interference = { status: number; body: object } | { delayMs: number } | null;

export interface FrontOfSupabase {
  url: string;
  /** How many calls of a function have come. */
  calls: () => number;
  stop: () => Promise<void>;
}

/** `interfere` decides for each call of an Edge Function, numbered from 1. */
export async function startFront(
  supabaseUrl: string,
  interfere: (call: number) => Interference,
): Promise<FrontOfSupabase> {
  const { hostname, port } = new URL(supabaseUrl);
  let calls = 0;
  const server = createServer((incoming, response) => {
    const pass = () => {
      const { url = '/', method = 'GET', headers } = incoming;
      const upstream = request(
        { hostname, port, path: url, method, headers: { ...headers, host: `${hostname}:${port}` } },
        (answer) => {
          response.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(response);
        },
      );
      upstream.on('error', () => response.destroy());
      incoming.pipe(upstream);
    };
    if (!incoming.url?.startsWith('/functions/')) return pass();
    const interference = interfere((calls += 1));
    if (interference === null) return pass();
    if ('delayMs' in interference) return void setTimeout(pass, interference.delayMs);
    incoming.resume();
    incoming.on('end', () => answerWith(response, interference));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls: () => calls,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answerWith(response: ServerResponse, { status, body }: { status: number; body: object }): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
