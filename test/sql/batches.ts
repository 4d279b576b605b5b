// Batches as the Edge Function sends them, all invented.
import { call, rowsOf, type Row } from '../support/database.ts';
import type { Run, Workspace } from './workspaces.ts';

export const MODIFIED_ON = '2026-02-08T10:00:00.1234567Z';

export interface Written {
  created: number;
  updated: number;
  unchanged: number;
  stale: number;
  renormalize: Row[];
  committed: boolean;
}

export interface Batch {
  page?: number;
  part?: string;
  country?: string;
  customers?: Row[];
  contact_methods?: Row[];
  rejected?: Row[];
  rechecked?: Row[];
  retries_quarantined?: boolean;
  unreadable?: Record<string, number>;
  pass?: Row;
  commit?: Row | null;
}

export function customer(crmId: string, fields: Row = {}): Row {
  return {
    crm_id: crmId,
    name: `Customer ${crmId}`,
    active: true,
    merged_to_crm_id: null,
    crm_modified_on: MODIFIED_ON,
    address_street: '1 Main St',
    address_unit: null,
    address_city: 'Boise',
    address_state: 'ID',
    address_zip: '83702',
    address_country: 'USA',
    address_country_code: 'US',
    address_latitude: 43.6,
    address_longitude: -116.2,
    custom_fields: { customer_type: 'Residential', balance: 12.5 },
    methods_reread: false,
    ...fields,
  };
}

/** A phone as the list shows it: without the word whether it is active. */
export function phone(id: string, crmId: string, fields: Row = {}): Row {
  return {
    id,
    crm_id: crmId,
    type: 'MobilePhone',
    value: `208555${id.padStart(4, '0')}`,
    normalized: `+1208555${id.padStart(4, '0')}`,
    usability: 'valid',
    extension: null,
    home_country: 'US',
    country_code: null,
    memo: null,
    do_not_text: null,
    marketing: null,
    active: null,
    modified_on: MODIFIED_ON,
    ...fields,
  };
}

export function email(id: string, crmId: string, fields: Row = {}): Row {
  const address = `person${id}@example.com`;
  return phone(id, crmId, { type: 'Email', value: address, normalized: address, ...fields });
}

/** Sends one batch; a part of its own for each call unless named, on page 1 unless told. */
export async function sync(run: Run, batch: Batch): Promise<Written> {
  parts += 1;
  const { page = 1, part = String(parts), country = 'US', ...content } = batch;
  return call('sync_servicetitan_contacts', {
    p_batch: {
      run: { workspace_id: run.workspaceId, instance_id: run.instanceId, fence: run.fence, page, part, country },
      customers: [],
      contact_methods: [],
      rejected: [],
      commit: null,
      ...content,
    },
  });
}
let parts = 0;

/** The contact's row, undefined when there is none. */
export async function contactOf({ workspaceId }: Workspace, crmId: string): Promise<Row | undefined> {
  return (await rowsOf('contacts', { workspace_id: workspaceId, crm_id: crmId }, 'id'))[0];
}

export async function methodOf({ workspaceId, source }: Workspace, id: string): Promise<Row | undefined> {
  return (await rowsOf('servicetitan_contact_methods', { workspace_id: workspaceId, source, id }, 'id'))[0];
}

/** The recheck list, by customer. */
export async function rechecksOf({ workspaceId }: Workspace): Promise<Row[]> {
  return rowsOf('servicetitan_rechecks', { workspace_id: workspaceId }, 'crm_id');
}

export async function quarantineOf({ workspaceId }: Workspace): Promise<Row[]> {
  return rowsOf('servicetitan_sync_errors', { workspace_id: workspaceId }, 'crm_id, feed');
}
