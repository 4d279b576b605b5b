// A workspace of its own for a test: a tenant in the simulated ServiceTitan, connected to Supabase. Runs in Node and in
// workerd alike.
import type { SupabaseClient } from '@supabase/supabase-js';
import { inject } from 'vitest';
import { connectWorkspace } from '../../local/connect.ts';
import { createSupabase } from '../../src/supabase/client.ts';
import type { ProvidedStack } from './provided.ts';

export interface ServiceTitanCall {
  method: string;
  path: string;
  query: Record<string, string>;
  status: number | null;
}

export interface TestWorkspace {
  stack: ProvidedStack;
  workspaceId: string;
  tenantId: string;
  supabase: SupabaseClient;
  /** Calls the simulator's control plane for this tenant; answers its JSON. */
  simulator: <Answer = unknown>(method: string, path: string, body?: unknown) => Promise<Answer>;
  /** The row of the reference's own query. */
  state: () => Promise<Record<string, unknown>>;
  /** contacts by crm_id. */
  contacts: () => Promise<Map<string, Record<string, unknown>>>;
  /** Calls that ServiceTitan has seen from this tenant, tokens included. */
  calls: () => Promise<ServiceTitanCall[]>;
}

export interface WorkspaceOptions {
  /** A stack of the test's own, to break. */
  stack?: ProvidedStack;
  customers?: number;
  switches?: Record<string, unknown>;
  /** What ServiceTitan has granted; left out, everything. */
  scopes?: string[];
  timeZone?: string | null;
  /** As PUT /connections takes it. */
  country?: string;
  seed?: number;
  /** Connects this existing workspace to the new tenant instead of a new one. */
  connectAs?: string;
  /** Seals its credentials with another key than the stack's. */
  credentialsKey?: string;
}

export interface TestTenant {
  stack: ProvidedStack;
  tenantId: string;
  clientId: string;
  clientSecret: string;
  appKey: string;
  simulator: TestWorkspace['simulator'];
}

/** A tenant in the simulated ServiceTitan, and the credentials that are right for it; not connected. */
export async function createTenant(
  options: Pick<WorkspaceOptions, 'stack' | 'customers' | 'seed' | 'switches' | 'credentialsKey' | 'scopes'> = {},
): Promise<TestTenant> {
  const shared = options.stack ?? inject(navigator.userAgent === 'Cloudflare-Workers' ? 'workerStack' : 'stack');
  const stack = { ...shared, credentialsKey: options.credentialsKey ?? shared.credentialsKey };
  // Of 15 digits, so that it can be sent as a number too.
  const tenantId = String(1e14 + Math.floor(Math.random() * 8e14));
  const credentials = {
    clientId: `client-${tenantId}`,
    clientSecret: `secret-${tenantId}`,
    appKey: `app-${tenantId}`,
  };
  await control(stack, 'POST', '/simulator/tenants', {
    tenantId,
    ...credentials,
    seed: options.seed ?? 1,
    customers: options.customers ?? 20,
    switches: options.switches ?? {},
    ...(options.scopes ? { scopes: options.scopes } : {}),
  });
  const simulator: TestWorkspace['simulator'] = (method, path, body) =>
    control(stack, method, `/simulator/tenants/${tenantId}${path}`, body);
  return { stack, tenantId, ...credentials, simulator };
}

/** Creates and connects one. `customers` are those the tenant begins with. */
export async function createWorkspace(options: WorkspaceOptions = {}): Promise<TestWorkspace> {
  const { stack, tenantId, simulator, ...credentials } = await createTenant(options);
  const workspaceId = options.connectAs ?? `w${tenantId}`;
  await connectWorkspace(
    { supabaseUrl: stack.supabaseUrl, supabaseSecretKey: stack.secretKey, credentialsKey: stack.credentialsKey },
    {
      workspaceId,
      name: `Workspace ${tenantId}`,
      timeZone: options.timeZone === undefined ? 'America/Denver' : options.timeZone,
      tenantId,
      environment: 'production',
      ...credentials,
      ...(options.country === undefined ? {} : { country: options.country }),
    },
  );

  const supabase = createSupabase({ SUPABASE_URL: stack.supabaseUrl, SUPABASE_SECRET_KEY: stack.secretKey });
  const select = async (table: string) => {
    const { data, error } = await supabase
      .from(table)
      .select()
      .eq('workspace_id', workspaceId)
      .order('workspace_id')
      .limit(1000);
    if (error) throw new Error(`${table}: ${error.code}`);
    return data as Record<string, unknown>[];
  };
  return {
    stack,
    workspaceId,
    tenantId,
    supabase,
    simulator,
    state: async () => (await select('servicetitan_sync_state'))[0]!,
    contacts: async () => new Map((await select('contacts')).map((row) => [String(row.crm_id), row])),
    calls: async () => (await simulator<{ requests: ServiceTitanCall[] }>('GET', '/requests')).requests,
  };
}

async function control<Answer>(stack: ProvidedStack, method: string, path: string, body?: unknown): Promise<Answer> {
  const response = await fetch(`${stack.serviceTitanUrl}${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`The simulator answered ${response.status} to ${method} ${path}: ${text}`);
  return (text === '' ? undefined : JSON.parse(text)) as Answer;
}
