// Names that workerd has everywhere and Node's types lack; the code shared with the Worker uses them.

/**
 * The bindings of src/env.d.ts alone. The rest of that file needs workerd's types, and its `ProcessEnv` promises
 * variables that Node may not have.
 */
interface Env {
  SERVICETITAN_SYNC: Workflow<import('../src/config.ts').SyncParams>;
  CALLS: RateLimit;
  FAILED_AUTHENTICATIONS: RateLimit;
}

type Workflow<Params = unknown> = import('@cloudflare/workers-types/index.ts').Workflow<Params>;
type RateLimit = import('@cloudflare/workers-types/index.ts').RateLimit;
type CryptoKey = import('node:crypto').webcrypto.CryptoKey;
declare const scheduler: { wait(milliseconds: number): Promise<void> };
