// Runs a Worker in the server of `wrangler dev`, in a process of its own. The command itself always opens two debuggers and
// a port for other Workers: any web page could attach to one of them and read the Worker's secrets.
import { unstable_readConfig as readConfig, unstable_startWorker as startWorker } from 'wrangler';

/** What the process is started with: JSON in the environment variable DEV_SERVER, because it holds secrets. */
export interface DevServerOptions {
  port: number;
  persistTo: string;
  secrets: Record<string, string>;
  variables: Record<string, string>;
}

// The limits of wrangler.toml are made for many networks. Here all callers are one, and the status page asks all the time.
const CALLS_A_MINUTE = 1_000_000;

const { port, persistTo, secrets, variables } = JSON.parse(process.env['DEV_SERVER'] ?? '') as DevServerOptions;
delete process.env['DEV_SERVER'];
const config = 'wrangler.toml';

const bindingsOf = <Type extends string>(type: Type, values: Record<string, string>) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { type, value }]));

const calls = readConfig({ config }).ratelimits?.find(({ name }: { name: string }) => name === 'CALLS');
const worker = await startWorker({
  config,
  // None, so that the secrets of .dev.vars or .env stay out of this stack.
  envFiles: [],
  bindings: {
    ...bindingsOf('plain_text', variables),
    ...bindingsOf('secret_text', secrets),
    ...(calls && {
      CALLS: { ...calls, type: 'ratelimit', simple: { ...calls.simple, limit: CALLS_A_MINUTE } },
    }),
  },
  dev: {
    remote: false,
    server: { hostname: '127.0.0.1', port },
    persist: persistTo,
    watch: false,
    inspector: false,
    registry: undefined,
    // With a custom domain in wrangler.toml the Worker would take every call for one to that domain.
    inferOriginFromRoutes: false,
  },
});
await worker.ready;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void worker.dispose().finally(() => process.exit()));
}
