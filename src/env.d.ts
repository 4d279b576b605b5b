// What `import { env, exports } from 'cloudflare:workers'` holds.
declare namespace Cloudflare {
  interface GlobalProps {
    mainModule: typeof import('./index.ts');
  }
  interface Env extends Record<string, unknown> {
    SERVICETITAN_SYNC: Workflow<import('./config.ts').SyncParams>;
    CALLS: RateLimit;
    FAILED_AUTHENTICATIONS: RateLimit;
  }
}
