/** What the set-up hands to the tests. */
export interface ProvidedStack {
  supabaseUrl: string;
  secretKey: string;
  publishableKey: string;
  jwtSecret: string;
  dbUrl: string;
  serviceTitanUrl: string;
  logsFolder: string;
  credentialsKey: string;
}

declare module 'vitest' {
  export interface ProvidedContext {
    /** For tests in Node. */
    stack: ProvidedStack;
    /** For tests in workerd. */
    workerStack: ProvidedStack;
    /** Services that redirect: redirectors.ts. */
    redirectors: { elsewhere: string; from: Record<string, string> };
    workerSettings: Record<string, string>;
    /** For tests in the browser, whose `stack` is one of their own. */
    browser: { endpoint: string; workerUrl: string; closedUrl: string; apiToken: string };
  }
}
