import { WorldError } from './tenant/worldError.ts';
import { World } from './tenant/world.ts';
import type { TenantOptions } from './tenant/options.ts';

/** The tenants of one simulated ServiceTitan. */
export class Worlds {
  readonly #byTenant = new Map<string, World>();

  get tenantIds(): string[] {
    return [...this.#byTenant.keys()];
  }

  /** Throws a WorldError when the tenant exists, or its client id is another tenant's: a token has to tell whose it is. */
  create(options: TenantOptions, journalFile?: string): World {
    const { tenantId, clientId } = options;
    if (this.#byTenant.has(tenantId)) throw new WorldError('conflict', `Tenant ${tenantId} exists already.`);
    if (this.ofClient(clientId) !== undefined) {
      throw new WorldError('conflict', 'The client id is taken by another tenant: give each tenant its own.');
    }
    const world = new World(options, journalFile);
    this.#byTenant.set(tenantId, world);
    return world;
  }

  find(tenantId: string): World | undefined {
    return this.#byTenant.get(tenantId);
  }

  /** Throws a WorldError when there is no such tenant. */
  get(tenantId: string): World {
    const world = this.find(tenantId);
    if (world === undefined) throw new WorldError('unknown', `There is no tenant ${tenantId}.`);
    return world;
  }

  ofClient(clientId: string): World | undefined {
    for (const world of this.#byTenant.values()) if (world.credentials.clientId === clientId) return world;
    return undefined;
  }

  remove(tenantId: string): void {
    this.#byTenant.delete(tenantId);
  }
}
