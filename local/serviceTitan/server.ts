import { getRequestListener } from '@hono/node-server';
import { listenOnLoopback } from '../loopback.ts';
import { createApp } from './app.ts';
import type { TenantOptions } from './tenant/options.ts';
import type { World } from './tenant/world.ts';
import { Worlds } from './worlds.ts';

export type { FaultRule } from './faults.ts';
export type { Operation } from './operations.ts';
export type { ScheduledChange } from './scheduledChanges.ts';
export type { Switches } from './switches.ts';
export type { TenantOptions } from './tenant/options.ts';
export type { ContactRecord, CustomerRecord, NoteRecord } from './tenant/records.ts';
export type { World } from './tenant/world.ts';

export interface SimulatedServiceTitan {
  /** Base of the token endpoint, the API and the control plane alike, without a slash at the end. */
  url: string;
  /** Throws a WorldError when there is no such tenant. */
  world(tenantId: string): World;
  /**
   * With a journal file, what happens to the tenant's records outlasts a restart with the same seed and number of customers.
   * Throws a WorldError when the tenant exists, its client id is taken or the journal is another's, and a ZodError for
   * options that can't be.
   */
  createTenant(options: TenantOptions, journalFile?: string): World;
  stop(): Promise<void>;
}

/**
 * Starts a simulated ServiceTitan for this machine alone, without tenants; port 0 takes a free one. Rejects when the port can't be
 * opened.
 */
export async function startServiceTitan({ port = 0 }: { port?: number } = {}): Promise<SimulatedServiceTitan> {
  const worlds = new Worlds();
  // The globals stay as they are: tests run in the same process.
  const answer = getRequestListener(createApp(worlds).fetch, { overrideGlobalObjects: false });
  const { url, stop } = await listenOnLoopback(port, (incoming, response) => void answer(incoming, response));
  return {
    url,
    world: (tenantId) => worlds.get(tenantId),
    createTenant: (options, journalFile) => worlds.create(options, journalFile),
    stop,
  };
}
