// Stands in front of a Supabase project and answers for its Edge Functions and its Data API what the hosted platform answers
// in cases that can't be brought about on one machine. Everything else it passes on.
import { createServer, type IncomingHttpHeaders, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HostedAnswer } from './hostedAnswers.ts';

/** Null passes the call on; a delay holds it before it is passed on. */
export type Interference = HostedAnswer | { delayMs: number } | null;

export interface FrontOfSupabase {
  url: string;
  /** How many calls of a function have come. */
  calls: () => number;
  /** The names of the SQL functions and tables that were called, in order. */
  dataApiCalls: string[];
  stop: () => Promise<void>;
}

/**
 * `interfere` decides for each call of an Edge Function, numbered from 1; `interfereInDataApi` for each of the Data API, by
 * the name of its SQL function or table, numbered from 1 for each name.
 */
export async function startFront(
  supabaseUrl: string,
  interfere: (call: number, headers: IncomingHttpHeaders) => Interference,
  interfereInDataApi: (name: string, call: number) => Interference = () => null,
): Promise<FrontOfSupabase> {
  const { hostname, port } = new URL(supabaseUrl);
  let calls = 0;
  const dataApiCalls: string[] = [];
  const decide = (url: string, headers: IncomingHttpHeaders) => {
    if (url.startsWith('/functions/')) return interfere((calls += 1), headers);
    const name = /^\/rest\/v1\/(?:rpc\/)?(\w+)/.exec(url)?.[1];
    if (name === undefined) return null;
    dataApiCalls.push(name);
    return interfereInDataApi(name, dataApiCalls.filter((called) => called === name).length);
  };
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
    const interference = decide(incoming.url ?? '/', incoming.headers);
    if (interference === null) return pass();
    if ('delayMs' in interference) return void setTimeout(pass, interference.delayMs);
    incoming.resume();
    incoming.on('end', () => answerWith(response, interference));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls: () => calls,
    dataApiCalls,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answerWith(response: ServerResponse, { status, body, headers }: HostedAnswer): void {
  const isHtml = typeof body === 'string';
  response.writeHead(status, { 'content-type': isHtml ? 'text/html' : 'application/json', ...headers });
  response.end(isHtml ? body : JSON.stringify(body));
}
