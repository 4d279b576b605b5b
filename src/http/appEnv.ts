import type { Config, Settings } from '../config.ts';
import type { Connections } from '../supabase/connections.ts';
import type { Ledger } from '../supabase/ledger.ts';
import type { Reports } from '../supabase/reports.ts';

/** Which token a call showed. The fingerprint tells tokens apart and opens nothing. */
export interface Caller {
  token: 'current' | 'previous';
  fingerprint: string;
}

/** What every route has at hand. */
export interface AppEnv {
  Bindings: Env;
  Variables: {
    /** From the first on; what follows comes once the caller is known and the Worker is set up. */
    settings: Settings;
    caller: Caller;
    config: Config;
    ledger: Ledger;
    connections: Connections;
    reports: Reports;
  };
}
