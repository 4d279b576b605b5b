// What is held against the truth: the cursor's claim whenever it moves, and everything at the end.
import type { Sql } from 'postgres';
import { compareRows, type StoredContact } from '../../../local/compare.ts';
import type { Tenants } from './connection.ts';
import type { Tenant } from './tenant.ts';

/**
 * R4, R1: every version shown before the cursor is in contacts, or newer, or its customer is in the quarantine. Answers those
 * that are not because their page fails: the run has to say so (R10). Those that the live readers may have lost go to `lost`:
 * the settled reader has to bring them (R17). At whom something is `planted` is the pass's to find (R18).
 */
export async function checkClaim(
  admin: Sql,
  workspaceId: string,
  tenants: Tenants,
  endsInitial: boolean,
  behindMs: number,
  lost: Set<string>,
  planted: ReadonlySet<string>,
): Promise<string[]> {
  const [state] = await admin<
    { source: string; cursor: Date; contacts: Record<string, string>; quarantined: string[] }[]
  >`
    select
      state.source,
      state.last_modified_cursor as cursor,
      (
        select coalesce(jsonb_object_agg(crm_id, crm_modified_on), '{}')
        from public.contacts
        where workspace_id = state.workspace_id and crm_source = state.source
      ) as contacts,
      array(select crm_id from public.servicetitan_sync_errors where workspace_id = state.workspace_id and source = state.source) as quarantined
    from public.servicetitan_sync_state as state
    where state.workspace_id = ${workspaceId}
  `;
  const { source, cursor, contacts, quarantined } = state!;
  const tenant = tenants.find(({ world }) => source === `production/${world.tenantId}`)!;
  const unread: string[] = [];
  const claim = tenant.claimOf(cursor.getTime(), behindMs);
  for (const [id, modifiedOn] of tenant.shownBefore(claim, endsInitial)) {
    if ((contacts[id] ?? '') >= modifiedOn || quarantined.includes(id)) continue;
    if (tenant.isHidden(id, cursor.getTime()) || planted.has(id)) continue;
    const key = `${source} ${id} of ${modifiedOn}`;
    if (lost.has(key) || tenant.mayBeLost(id, modifiedOn, behindMs)) {
      lost.add(key);
      continue;
    }
    if (tenant.mayBeUnread(id, cursor.getTime())) {
      unread.push(`${id} of ${modifiedOn}`);
      continue;
    }
    const what = `the cursor moved to ${cursor.toISOString()} without customer ${id} of ${modifiedOn} (stored: ${contacts[id] ?? 'none'})`;
    await admin`insert into histories.breaches (workspace_id, rule, what) values (${workspaceId}, 'R4', ${what})`;
  }
  return unread;
}

/** R10: whom a cursor passes unread is told by a doubt, with the cursor itself. */
export async function checkDoubts(
  admin: Sql,
  workspaceId: string,
  instanceId: string,
  unread: string[],
): Promise<void> {
  const [run] = await admin<{ codes: string[] }[]>`
    select array(select doubt ->> 'code' from jsonb_array_elements(doubts) as doubt) as codes
    from public.servicetitan_sync_runs where instance_id = ${instanceId}
  `;
  if (run!.codes.some((code) => code === 'place_unread' || code === 'span_unread')) return;
  const what = `the cursor passed customer ${unread.join(', ')} unread, and the run does not say so`;
  await admin`insert into histories.breaches (workspace_id, rule, what) values (${workspaceId}, 'R10', ${what})`;
}

/** R5: a run that ends well says so where its window showed fewer customers than ServiceTitan had counted. */
export async function checkCount(admin: Sql, workspaceId: string, instanceId: string, short: string[]): Promise<void> {
  if (short.length === 0) return;
  const [run] = await admin`select doubts from public.servicetitan_sync_runs where instance_id = ${instanceId}`;
  if ((run!['doubts'] as unknown[]).length > 0) return;
  const what = `${instanceId} completed without a doubt: ${short.join('; ')}`;
  await admin`insert into histories.breaches (workspace_id, rule, what) values (${workspaceId}, 'R5', ${what})`;
}

/** A contact as it was when rows of our own table were deleted; nulls where the customer was not stored yet. */
export interface Harmed {
  crm_id: string;
  crm_source: string;
  phone: string | null;
  email: string | null;
}

/** R16: a contact whose phone or e-mail went with rows of ours, though ServiceTitan shows it as ever. */
export async function readTaken(
  admin: Sql,
  workspaceId: string,
  tenant: Tenant,
  harmed: readonly Harmed[],
): Promise<string[]> {
  const rows = await admin<Harmed[]>`
    select crm_id, crm_source, phone, email from public.contacts where workspace_id = ${workspaceId}
  `;
  const expected = new Map(tenant.expected().map((contact) => [`${contact.crm_source} ${contact.crm_id}`, contact]));
  return harmed.flatMap((before) => {
    const now = rows.find(({ crm_id, crm_source }) => crm_id === before.crm_id && crm_source === before.crm_source);
    const truth = expected.get(`${before.crm_source} ${before.crm_id}`);
    if (!now || !truth) return [];
    return (['phone', 'email'] as const)
      .filter((field) => now[field] === null && truth[field] !== null && truth[field] === before[field])
      .map((field) => `R16: contact ${before.crm_id} lost its ${field} with rows of ours`);
  });
}

/** What the triggers noted. */
export async function readBreaches(admin: Sql, workspaceId: string): Promise<string[]> {
  const rows =
    await admin`select rule, what from histories.breaches where workspace_id = ${workspaceId} order by id limit 10`;
  return rows.map(({ rule, what }) => `${rule}: ${what}`);
}

/** R1: contacts that differ from ServiceTitan, and what else has to be in order when all is at rest. Rows of nobody stay. */
export async function readDifferences(
  admin: Sql,
  workspaceId: string,
  tenant: Tenant,
  extras: ReadonlySet<string>,
): Promise<string[]> {
  const source = `production/${tenant.world.tenantId}`;
  const rows = await admin<{ contact: StoredContact }[]>`
    select to_jsonb(contacts) as contact from public.contacts where workspace_id = ${workspaceId}
  `;
  const { differences } = compareRows(
    rows.map(({ contact }) => contact),
    source,
    tenant.expected(),
  );
  const [state] = await admin`
    select
      sync_status, last_error, run_instance_id, checkpoint, source,
      array(select crm_id || ' ' || feed || ': ' || reason from public.servicetitan_sync_errors where workspace_id = state.workspace_id and source = state.source) as quarantined
    from public.servicetitan_sync_state as state
    where workspace_id = ${workspaceId}
  `;
  const { quarantined, ...own } = state!;
  const expected = { sync_status: 'completed', last_error: null, run_instance_id: null, checkpoint: null, source };
  return [
    ...differences
      .filter(({ crmId }) => !extras.has(crmId))
      .map(({ crmId, fields }) => `R1: contact ${crmId} differs in ${fields.join(', ')}`),
    ...(quarantined as string[]).map((error) => `R10: still in the quarantine: ${error}`),
    ...Object.entries(expected).flatMap(([name, value]) =>
      own[name] === value ? [] : [`${name} is ${JSON.stringify(own[name])} at rest`],
    ),
  ];
}
