import type { Config, Env } from '../config.ts';
import type { Connections } from '../supabase/connections.ts';
import type { Ledger } from '../supabase/ledger.ts';
import type { Reports } from '../supabase/reports.ts';
import type { Caller } from './auth.ts';

/** What every route has at hand. */
export interface AppEnv {
  Bindings: Env;
  Variables: { config: Config; ledger: Ledger; connections: Connections; reports: Reports; caller: Caller };
}
