// R18: what is planted in the database, or goes at the source without a word, while all is at rest. The next pass has to
// name exactly these, each in its class, and mend what can be mended.
import type { Sql, TransactionSql } from 'postgres';
import type { Met } from './met.ts';
import type { Tenant } from './tenant.ts';

export const PLANTS = [
  'row taken',
  'row taken with its contact methods',
  'row as it was long ago',
  'field edited by hand',
  'phone or e-mail edited by hand',
  'stamp moved forward',
  'row given to another tenant',
  'row without a source',
  'row of nobody',
  'row of another product',
  'customer gone at the source',
  'contact gone at the source without a trace',
  'contact method added by hand',
] as const;

export interface Plant {
  /** An index of PLANTS. */
  plant: number;
  /** Chooses among the customers. */
  pick: number;
}

/** The classes of a proof that name customers. */
export const CLASSES = ['missing', 'stale', 'differing', 'went_back', 'gone'] as const;
export type Class = (typeof CLASSES)[number];

const LONG_AGO = '2001-01-01T00:00:00.0000000Z';
/** No tenant of a history has such ids. */
const NOBODY = 990_000_000;
const EDITS = [
  `name = 'By hand'`,
  `address_city = 'Elsewhere'`,
  `active = not coalesce(active, true)`,
  `metadata = jsonb_set(metadata, '{custom_fields,customer_type}', '"Nobody"')`,
];

interface Stored {
  crm_id: string;
  phone: string | null;
  email: string | null;
  may_vouch: boolean;
}

/** `isStrict`: without a fault. `mayRereadAll`: the live feed of the contacts may have been begun again (R12). */
interface ProvenIn {
  isStrict: boolean;
  mayRereadAll: boolean;
}

/** What a history has planted, and what the proof has to say of it. */
export class Planted {
  readonly named: Record<Class, Set<string>> = {
    missing: new Set(),
    stale: new Set(),
    differing: new Set(),
    went_back: new Set(),
    gone: new Set(),
  };
  /** Customers at whom something was planted, each once. */
  readonly customers = new Set<string>();
  /** Rows that have no customer, and stay. */
  readonly extras = new Set<string>();
  readonly #workspaceId: string;
  readonly #tenant: Tenant;
  readonly #met: Met;
  readonly #methods: number[] = [];

  constructor(workspaceId: string, tenant: Tenant, met: Met) {
    this.#workspaceId = workspaceId;
    this.#tenant = tenant;
    this.#met = met;
  }

  get source(): string {
    return `production/${this.#tenant.world.tenantId}`;
  }

  async plant(admin: Sql, plants: readonly Plant[]): Promise<void> {
    const stored = await admin<Stored[]>`
      select contact.crm_id, contact.phone, contact.email, contact.active and contact.merged_to_crm_id is null and exists (
        select from public.servicetitan_contact_methods as method
        where method.workspace_id = contact.workspace_id
          and method.source = contact.crm_source
          and method.crm_id = contact.crm_id
          and method.listed
          and method.active is not false
      ) as may_vouch
      from public.contacts as contact
      where contact.workspace_id = ${this.#workspaceId} and contact.crm_source = ${this.source}
      order by contact.crm_id
    `;
    // Where nobody is left who shows that a list is answered, nothing that it lacks is believed (R16, R18).
    const witness = stored.find(({ may_vouch }) => may_vouch);
    const free = stored.filter((one) => one !== witness);
    if (!witness) free.pop();
    await admin.begin(async (sql) => {
      // The triggers that watch the rules are for the product's own writes.
      await sql`set local session_replication_role = replica`;
      for (const { plant, pick } of plants) {
        const name = PLANTS[plant % PLANTS.length]!;
        const isWithCustomer = name !== 'row of nobody' && name !== 'row of another product';
        if (isWithCustomer && free.length === 0) continue;
        const one = isWithCustomer ? free[pick % free.length]! : null;
        if (!(await this.#plantOne(sql, name, one, pick, witness !== undefined))) continue;
        this.#met.add(name);
        if (one === null) continue;
        this.customers.add(one.crm_id);
        free.splice(free.indexOf(one), 1);
      }
    });
  }

  /** Answers whether it could be planted there. */
  async #plantOne(
    sql: TransactionSql,
    name: (typeof PLANTS)[number],
    stored: Stored | null,
    pick: number,
    isWitnessed: boolean,
  ): Promise<boolean> {
    const id = stored?.crm_id ?? String(NOBODY + this.extras.size);
    const update = (set: string) =>
      sql.unsafe(`update public.contacts set ${set} where workspace_id = $1 and crm_id = $2`, [this.#workspaceId, id]);
    const as = (kind: Class) => this.named[kind].add(id).has(id);
    switch (name) {
      case 'row taken with its contact methods':
        await sql`delete from public.servicetitan_contact_methods where workspace_id = ${this.#workspaceId} and crm_id = ${id}`;
      // falls through
      case 'row taken':
        await sql`delete from public.contacts where workspace_id = ${this.#workspaceId} and crm_id = ${id}`;
        return as('missing');
      case 'row as it was long ago':
        await update(`crm_modified_on = '${LONG_AGO}', name = 'As it was'`);
        return as('stale');
      case 'field edited by hand':
        await update(EDITS[pick % EDITS.length]!);
        return as('differing');
      case 'phone or e-mail edited by hand':
        if (stored!.phone === null && stored!.email === null) return false;
        await update(stored!.phone === null ? `email = 'by.hand@example.com'` : `phone = '+12025550199'`);
        return as('differing');
      case 'stamp moved forward':
        await update(`crm_modified_on = '2099-01-01T00:00:00.0000000Z', name = 'Ahead'`);
        return as('went_back');
      case 'row given to another tenant':
        await update(`crm_source = 'production/1'`);
        return as('missing');
      case 'row without a source':
        await update('crm_source = null');
        return as('missing');
      case 'row of nobody':
      case 'row of another product': {
        const crm_source = name === 'row of nobody' ? this.source : 'another product';
        const row = {
          workspace_id: this.#workspaceId,
          crm_id: id,
          crm_source,
          name: 'Nobody',
          crm_modified_on: LONG_AGO,
        };
        await sql`insert into public.contacts ${sql(row)}`;
        this.extras.add(id);
        return name === 'row of another product' || as('gone');
      }
      case 'customer gone at the source':
        if (this.#tenant.world.customers.length === 1) return false;
        this.#tenant.vanish(id);
        return as('gone');
      case 'contact gone at the source without a trace':
        return isWitnessed && this.#tenant.removeContact(id);
      case 'contact method added by hand': {
        if (!isWitnessed) return false;
        const method = NOBODY + this.#methods.push(NOBODY);
        const row = {
          workspace_id: this.#workspaceId,
          source: this.source,
          id: method,
          crm_id: id,
          modified_on: LONG_AGO,
        };
        const said = { type: 'Fax', value: '1', usability: 'unusable' };
        await sql`insert into public.servicetitan_contact_methods ${sql({ ...row, ...said })}`;
        return true;
      }
    }
  }

  /** What the proofs of the passes since `before` say otherwise, in words. `isStrict`: ServiceTitan told no lies meanwhile. */
  async readFaults(admin: Sql, before: string, { isStrict, mayRereadAll }: ProvenIn): Promise<string[]> {
    const proofs = await admin<{ ids: Partial<Record<Class, string[]>>; whole: boolean }[]>`
      select ids, whole from public.servicetitan_proofs
      where workspace_id = ${this.#workspaceId} and pass > ${before} and ended_at is not null
      order by pass
    `;
    const found = (kind: Class) => new Set(proofs.flatMap(({ ids }) => ids[kind] ?? []));
    const planted = new Set(CLASSES.flatMap((kind) => [...this.named[kind]]));
    const faults = CLASSES.flatMap((kind) => [
      // What the live feed of the contacts brings, begun again, the pass finds right.
      ...(mayRereadAll && kind === 'differing' ? [] : [...this.named[kind]])
        .filter((id) => !found(kind).has(id))
        .map((id) => `${id} is ${kind} and was not named`),
      ...(isStrict || kind !== 'went_back' ? [...found(kind)] : [])
        .filter((id) => !(isStrict ? this.named[kind] : planted).has(id))
        .map((id) => `${id} was named as ${kind} and is not`),
    ]);
    const left = await admin<{ what: string }[]>`
      select 'the contact method ' || id || ' of nobody stayed' as what
      from public.servicetitan_contact_methods
      where workspace_id = ${this.#workspaceId} and id >= ${NOBODY} and listed
      union all
      select 'the row ' || crm_id || ' of another product was changed'
      from public.contacts
      where workspace_id = ${this.#workspaceId}
        and crm_source = 'another product'
        and (name <> 'Nobody' or crm_missing_since is not null)
      union all
      select 'the contact ' || crm_id || ' is marked as gone or not, and should be otherwise'
      from public.contacts
      where workspace_id = ${this.#workspaceId}
        and crm_source = ${this.source}
        and (crm_missing_since is not null) <> (crm_id = any (${[...this.named.gone]}))
    `;
    return [...faults, ...left.map(({ what }) => what)].map((what) => `R18: ${what}`);
  }
}
