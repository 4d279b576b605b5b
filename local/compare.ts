import type { SupabaseClient } from '@supabase/supabase-js';
import { isDeepStrictEqual } from 'node:util';
import type { ExpectedContact } from './expectation.ts';
import { StackError } from './stackError.ts';

/** A contact that is not as expected, without its values: they are a person's data. */
export interface Difference {
  crmId: string;
  /** The columns and custom fields that differ, or `missing` or `unexpected` for the row as a whole. */
  fields: string[];
}

export interface Comparison {
  expected: number;
  stored: number;
  differences: Difference[];
}

/** A row of `contacts`. */
export type StoredContact = Omit<ExpectedContact, 'custom_fields'> & {
  metadata: { custom_fields?: Record<string, unknown> } | null;
};

// What the Data API gives at most in one answer.
const ROWS_PER_PAGE = 1000;

/** Those of the sync's own columns in contacts that can be compared as they stand; beside them there is metadata. */
export const COLUMNS = [
  'crm_id',
  'crm_source',
  'name',
  'email',
  'phone',
  'active',
  'merged_to_crm_id',
  'crm_modified_on',
  'address_street',
  'address_unit',
  'address_city',
  'address_state',
  'address_zip',
  'address_country',
  'address_country_code',
  'address_latitude',
  'address_longitude',
] as const satisfies (keyof ExpectedContact)[];

/**
 * Compares every contact of the workspace with what it has to be, field by field and both ways: none missing, none too
 * many. Rows of a tenant that was connected before stay out of it.
 */
export async function compareContacts(
  supabase: SupabaseClient,
  workspaceId: string,
  source: string,
  expected: ExpectedContact[],
): Promise<Comparison> {
  return compareRows(await readContacts(supabase, workspaceId), source, expected);
}

/** The same for rows that have been read already. */
export function compareRows(rows: StoredContact[], source: string, expected: ExpectedContact[]): Comparison {
  const stored = new Map<string, StoredContact>();
  const doubled: Difference[] = [];
  for (const row of rows) {
    if (stored.has(row.crm_id)) doubled.push({ crmId: row.crm_id, fields: ['doubled'] });
    stored.set(row.crm_id, row);
  }
  const wanted = new Set(expected.map((contact) => contact.crm_id));
  const ofThisSource = [...stored.values()].filter((row) => row.crm_source === source);
  const unexpected = ofThisSource
    .filter((row) => !wanted.has(row.crm_id))
    .map((row) => ({ crmId: row.crm_id, fields: ['unexpected'] }));
  const different = expected.flatMap((contact) => {
    const row = stored.get(contact.crm_id);
    const fields = row ? differingFields(contact, row) : ['missing'];
    return fields.length > 0 ? [{ crmId: contact.crm_id, fields }] : [];
  });
  return {
    expected: expected.length,
    stored: ofThisSource.length,
    differences: [...different, ...unexpected, ...doubled],
  };
}

function differingFields(contact: ExpectedContact, row: StoredContact): string[] {
  const columns = COLUMNS.filter((column) => contact[column] !== row[column]);
  const fields = row.metadata?.custom_fields ?? {};
  const names = new Set([...Object.keys(contact.custom_fields), ...Object.keys(fields)]);
  const customFields = [...names].filter((name) => !isDeepStrictEqual(contact.custom_fields[name], fields[name]));
  return [...columns, ...customFields.map((name) => `metadata.custom_fields.${name}`)];
}

async function readContacts(supabase: SupabaseClient, workspaceId: string): Promise<StoredContact[]> {
  const contacts: StoredContact[] = [];
  for (;;) {
    const { data, error } = await supabase
      .from('contacts')
      .select([...COLUMNS, 'metadata'].join(', '))
      .eq('workspace_id', workspaceId)
      .gt('crm_id', contacts.at(-1)?.crm_id ?? '')
      .order('crm_id')
      .limit(ROWS_PER_PAGE)
      .overrideTypes<StoredContact[], { merge: false }>();
    if (error) throw new StackError(`The contacts could not be read for the comparison: ${error.message}`);
    contacts.push(...data);
    if (data.length < ROWS_PER_PAGE) return contacts;
  }
}
