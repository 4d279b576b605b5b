// Stands in front of a Supabase project, and of an alert receiver: remembers nothing, and refuses calls with answers of 20,000
// characters that repeat all they were sent, in every place that an answer has.
import { createServer, request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface LeakySupabase {
  url: string;
  /** The next call whose path matches is refused by the Data API, `code` included, which is made of what was said. */
  refuseData: (match: RegExp, status: number, code: (said: string) => string) => void;
  /** The next batch is refused by the function. */
  refuseBatch: (status: number, code: (said: string) => string) => void;
  /** What is left of the refusals. */
  left: () => number;
  stop: () => Promise<void>;
}

const LENGTH = 20_000;

export async function startLeakySupabase(supabaseUrl: string, alsoSaid: string): Promise<LeakySupabase> {
  const { hostname, port } = new URL(supabaseUrl);
  let refusals: { match: RegExp; status: number; body: (said: string) => object }[] = [];
  const server = createServer(async (incoming, response) => {
    const { url = '/', method = 'GET', headers } = incoming;
    const sent = await bytesOf(incoming);
    const refusal = refusals.find(({ match }) => match.test(url));
    if (refusal) {
      refusals = refusals.filter((other) => other !== refusal);
      const said = repeat(`${alsoSaid} ${headers.apikey} ${headers.authorization} ${sent.toString()}`);
      response.writeHead(refusal.status, { 'content-type': 'application/json', ...echo(said) });
      response.end(JSON.stringify(refusal.body(said)));
      return;
    }
    const own = { ...headers, host: `${hostname}:${port}` };
    const upstream = request({ hostname, port, path: url, method, headers: own }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    upstream.on('error', () => response.destroy());
    upstream.end(sent);
  });
  return {
    url: await listen(server),
    refuseData: (match, status, code) =>
      refusals.push({
        match,
        status,
        body: (said) => ({ code: code(said), message: said, hint: said, details: said }),
      }),
    refuseBatch: (status, code) =>
      refusals.push({
        match: /^\/functions\//,
        status,
        body: (said) => {
          const fields = [{ path: [said], fault: said, expected: said }];
          const parts = { sqlstate: said, column: said, constraint: alsoSaid, fields, sql_function: said };
          const details = { ...parts, status: said, customers: said, error_name: said, limit_mib: said, body: said };
          return { error: { code: code(said), message: said, details, said }, errors: [said], message: said };
        },
      }),
    left: () => refusals.length,
    stop: () => stop(server),
  };
}

/** Refuses every alert, repeating it and its headers. */
export async function startLeakyReceiver(): Promise<{ url: string; received: string[]; stop: () => Promise<void> }> {
  const received: string[] = [];
  const server = createServer(async (incoming, response) => {
    const sent = (await bytesOf(incoming)).toString();
    received.push(sent);
    const said = repeat(`${JSON.stringify(incoming.headers)} ${sent}`);
    const status = received.length % 2 === 0 ? 302 : 500;
    response.writeHead(status, said.slice(0, 200).replaceAll(/[^\x20-\x7e]/g, ''), {
      ...echo(said),
      location: `http://127.0.0.1:9/${encodeURIComponent(said.slice(0, 500))}`,
    });
    response.end(said);
  });
  return { url: await listen(server), received, stop: () => stop(server) };
}

function repeat(said: string): string {
  return `${said} `.repeat(Math.ceil(LENGTH / said.length)).slice(0, LENGTH);
}

function echo(said: string): Record<string, string> {
  return { 'x-said': encodeURIComponent(said.slice(0, 1000)), 'sb-error': encodeURIComponent(said.slice(0, 1000)) };
}

async function bytesOf(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function listen(server: ReturnType<typeof createServer>): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function stop(server: ReturnType<typeof createServer>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
