import { join } from 'node:path';
import { readArguments } from './arguments.ts';
import type { Port } from './ports.ts';
import { ignoredLine, settingsOfStacks } from './shellValues.ts';
import { StackError } from './stackError.ts';
import { stateFolderFor } from './stateFolder.ts';
import { readStateEnv } from './stateSecrets.ts';

/** A Supabase that runs already: `supabase start`, or a hosted project. */
export interface OwnSupabase {
  url: string;
  secretKey: string;
  /** For the migrations; without it they are taken to be applied. */
  dbUrl: string | undefined;
}

/** A ServiceTitan other than the built-in one, by its base URLs. */
export interface OtherServiceTitan {
  authUrl: string;
  apiUrl: string;
}

/** The workspace that the stack connects, and the credentials it does so with. */
export interface DemoWorkspace {
  workspaceId: string;
  name: string;
  timeZone: string;
  tenantId: string;
  environment: 'production' | 'integration';
  clientId: string;
  clientSecret: string;
  appKey: string;
}

export interface Settings {
  /** Initial sync, changes, incremental sync, comparison; then the end. */
  once: boolean;
  /** Throw the state away first. */
  fresh: boolean;
  stateFolder: string;
  ports: { worker: Port; supabase: Port; postgres: Port; serviceTitan: Port };
  ownSupabase: OwnSupabase | undefined;
  otherServiceTitan: OtherServiceTitan | undefined;
  workspace: DemoWorkspace;
  /** Customers of the built-in ServiceTitan. */
  customers: number;
  tickSeconds: number;
  /** Undefined: the state folder's own. */
  credentialsKey: string | undefined;
  /** Settings in the environment that do not count, because they are a local stack's. */
  ignored: string[];
  /** Settings of the Worker taken over from the environment, or set for this machine. */
  workerVariables: Record<string, string>;
}

const WORKER_SETTINGS = [
  'INCREMENTAL_PAGE_SIZE',
  'INCREMENTAL_MAX_PAGES',
  'EDGE_FUNCTION_CHUNK_SIZE',
  'INITIAL_CHUNK_SIZE',
  'CURSOR_OVERLAP_SECONDS',
  'SETTLED_EVERY_MINUTES',
  'FULL_PASS_DAYS',
  'BUSINESS_HOURS_START',
  'BUSINESS_HOURS_END',
];

/** Reads the command line and the environment; throws a StackError that names the argument or variable at fault. */
export function readSettings(args: string[], env: NodeJS.ProcessEnv, projectFolder: string): Settings {
  const { once, fresh } = readArguments(args);
  const stateFolder = stateFolderFor(env, projectFolder);
  const ignored = settingsOfStacks(env, readStateEnv(stateFolder));
  const text = (name: string): string | undefined =>
    ignored.includes(name) ? undefined : env[name]?.trim() || undefined;
  const number = (name: string, byDefault: number, from: number, to: number): number => {
    const value = text(name) ?? String(byDefault);
    if (/^\d+$/.test(value) && Number(value) >= from && Number(value) <= to) return Number(value);
    throw new StackError(`${name} has to be a whole number from ${from} to ${to}.`);
  };
  const port = (variable: string, name: string, byDefault: number): Port => ({
    port: number(variable, byDefault, 1, 65_535),
    name,
    variable,
  });
  const url = (name: string): string | undefined => {
    const value = text(name);
    if (value !== undefined && !/^https?:\/\//.test(value))
      throw new StackError(`${name} has to be a URL (https://…).`);
    return value?.replace(/\/+$/, '');
  };

  const note = ignored.length === 0 ? '' : ` ${ignoredLine(ignored)}`;
  const ownSupabase = readOwnSupabase(
    { url: url('SUPABASE_URL'), secretKey: text('SUPABASE_SECRET_KEY'), dbUrl: text('SUPABASE_DB_URL') },
    note,
  );
  const otherServiceTitan = readOtherServiceTitan(url('SERVICETITAN_AUTH_URL'), url('SERVICETITAN_API_URL'));
  if (once && otherServiceTitan) {
    throw new StackError(
      '--once compares with what the built-in ServiceTitan holds: leave it out, or unset SERVICETITAN_AUTH_URL and SERVICETITAN_API_URL.',
    );
  }
  if (ownSupabase && text('SERVICETITAN_CLIENT_SECRET') && !text('CREDENTIALS_KEY')) {
    throw new StackError(
      'CREDENTIALS_KEY is missing: real credentials in a Supabase of your own outlive the key in the state folder. ' +
        `Set it to what \`openssl rand -base64 32\` prints, and keep it.${note}`,
    );
  }
  const taken = WORKER_SETTINGS.flatMap((name) => {
    const value = text(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    once,
    fresh,
    stateFolder: once ? join(stateFolder, 'once') : stateFolder,
    ports: {
      worker: port('WORKER_PORT', 'the Worker', 8787),
      supabase: port('SUPABASE_PORT', 'the Supabase API', 54321),
      postgres: port('POSTGRES_PORT', 'PostgreSQL', 54322),
      serviceTitan: port('SERVICETITAN_PORT', 'the simulated ServiceTitan', 8790),
    },
    ownSupabase,
    otherServiceTitan,
    workspace: {
      workspaceId: '45963',
      name: 'Demo workspace',
      timeZone: 'America/Denver',
      // What --once finds in a database of one's own is older than its simulated world; to another tenant nothing old counts.
      tenantId: text('SERVICETITAN_TENANT_ID') ?? (once && ownSupabase ? String(Date.now()) : '410387862'),
      environment: text('SERVICETITAN_ENVIRONMENT') === 'integration' ? 'integration' : 'production',
      clientId: text('SERVICETITAN_CLIENT_ID') ?? 'local-client-id',
      clientSecret: text('SERVICETITAN_CLIENT_SECRET') ?? 'local-client-secret',
      appKey: text('SERVICETITAN_APP_KEY') ?? 'local-app-key',
    },
    customers: number('LOCAL_CUSTOMERS', 5000, 1, 1_000_000),
    tickSeconds: number('LOCAL_TICK_SECONDS', 60, 1, 86_400),
    credentialsKey: text('CREDENTIALS_KEY'),
    ignored,
    // At any hour: whoever starts the stack in the evening wants to see it work.
    workerVariables: { BUSINESS_HOURS_START: '0', BUSINESS_HOURS_END: '24', ...Object.fromEntries(taken) },
  };
}

function readOwnSupabase(
  { url, secretKey, dbUrl }: { [Part in keyof OwnSupabase]: string | undefined },
  note: string,
): OwnSupabase | undefined {
  if (url === undefined && secretKey === undefined) return undefined;
  if (url === undefined || secretKey === undefined) {
    throw new StackError(
      `SUPABASE_URL and SUPABASE_SECRET_KEY go together, and ${url === undefined ? 'SUPABASE_URL' : 'SUPABASE_SECRET_KEY'} is missing: ` +
        `set both for a Supabase of your own, or neither for the built-in one.${note}`,
    );
  }
  return { url, secretKey, dbUrl };
}

function readOtherServiceTitan(authUrl: string | undefined, apiUrl: string | undefined) {
  if (authUrl === undefined && apiUrl === undefined) return undefined;
  if (authUrl === undefined || apiUrl === undefined) {
    throw new StackError(
      `SERVICETITAN_AUTH_URL and SERVICETITAN_API_URL go together, and ${authUrl === undefined ? 'SERVICETITAN_AUTH_URL' : 'SERVICETITAN_API_URL'} is missing: ` +
        'set both for another ServiceTitan, or neither for the built-in one.',
    );
  }
  return { authUrl, apiUrl };
}
