// Names that workerd has everywhere and Node's types lack; the code shared with the Worker uses them.
type Workflow<Params = unknown> = import('@cloudflare/workers-types/index.ts').Workflow<Params>;
type RateLimit = import('@cloudflare/workers-types/index.ts').RateLimit;
type CryptoKey = import('node:crypto').webcrypto.CryptoKey;
