// Stands between a form and a server: counts calls and bytes, and answers each call so much later as the network would.
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** In `byPath` the claim of a tick. It is no call of a run, because it is for many workspaces at once. */
export const CLAIM = 'claim_servicetitan_runs';

/** What went through since the last `take`. */
export interface Traffic {
  calls: number;
  /** Calls by the last part of their path. */
  byPath: Record<string, number>;
  bytesSent: number;
  bytesReceived: number;
  mostAtOnce: number;
}

export interface CountingProxy {
  url: string;
  take(): Traffic;
  stop(): Promise<void>;
}

const NOTHING: Omit<Traffic, 'byPath'> = { calls: 0, bytesSent: 0, bytesReceived: 0, mostAtOnce: 0 };

export async function startCountingProxy(target: string, delayMs: number): Promise<CountingProxy> {
  const { hostname, port } = new URL(target);
  const agent = new Agent({ keepAlive: true, timeout: 60_000 });
  let traffic: Traffic = { ...NOTHING, byPath: {} };
  let atOnce = 0;

  const server = createServer((incoming, response) => {
    const name = new URL(incoming.url ?? '/', target).pathname.split('/').at(-1)!;
    traffic.calls += 1;
    traffic.byPath[name] = (traffic.byPath[name] ?? 0) + 1;
    traffic.mostAtOnce = Math.max(traffic.mostAtOnce, ++atOnce);
    response.once('close', () => (atOnce -= 1));
    void (async () => {
      if (delayMs > 0) await delay(delayMs);
      const { connection: _, ...headers } = incoming.headers;
      const upstream = request(
        {
          hostname,
          port,
          agent,
          path: incoming.url,
          method: incoming.method ?? 'GET',
          headers: { ...headers, host: `${hostname}:${port}` },
        },
        (answer) => {
          response.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.on('data', (chunk: Buffer) => (traffic.bytesReceived += chunk.length));
          answer.pipe(response);
        },
      );
      upstream.on('error', () => response.destroy());
      incoming.on('data', (chunk: Buffer) => (traffic.bytesSent += chunk.length));
      incoming.pipe(upstream);
    })();
  });
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    take: () => {
      const taken = traffic;
      traffic = { ...NOTHING, byPath: {} };
      return taken;
    },
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      agent.destroy();
      await closed;
    },
  };
}
