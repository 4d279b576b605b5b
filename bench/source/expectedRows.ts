// What both tables have to hold, written to files in the form that COPY reads: the parity gate's truth, and the rows that
// the limit form merges. By local/expectation.ts, which shares no line with the product's own mapping.
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { expectContact } from '../../local/expectation.ts';
import type { ContactRecord, CustomerRecord } from '../../local/serviceTitan/tenant/records.ts';
import type { World } from '../../local/serviceTitan/tenant/world.ts';
import { sevenDigits } from '../../local/sevenDigits.ts';
import { CONTACT_COLUMNS, METHOD_COLUMNS } from '../tables.ts';

export interface ExpectedFiles {
  contacts: string;
  methods: string;
}

/** Writes the customers of these ids (all when absent), one line each, and their contact methods. */
export async function writeExpectedRows(world: World, source: string, files: ExpectedFiles, ids?: number[]) {
  const contacts = createWriteStream(files.contacts);
  const methods = createWriteStream(files.methods);
  for (const id of ids ?? world.customerIds) {
    const customer = world.customer(id)!;
    const own = world.contactsOf(id);
    const { custom_fields, ...columns } = expectContact(customer, own, source);
    const row = { ...columns, metadata: JSON.stringify({ custom_fields }) };
    const flushed = contacts.write(toLine(CONTACT_COLUMNS.map((column) => row[column])));
    for (const method of own) {
      const methodRow = toMethodRow(method, customer, source);
      methods.write(toLine(METHOD_COLUMNS.map((column) => methodRow[column])));
    }
    if (!flushed) await once(contacts, 'drain');
  }
  contacts.end();
  methods.end();
  await Promise.all([finished(contacts), finished(methods)]);
}

function toMethodRow(method: ContactRecord, customer: CustomerRecord, source: string) {
  // Alone, and switched on, a method is its customer's best: so its normal form is what the contact would show. A fax is read
  // as a phone is, and never shown.
  const type = method.type === 'Fax' ? 'Phone' : method.type;
  const { phone, email, custom_fields } = expectContact(customer, [{ ...method, type, active: true }], source);
  return {
    id: method.id,
    crm_id: method.customerId,
    type: method.type,
    value: method.value,
    // Simulated offices type no area code that nobody has opened.
    usability: phone === null && email === null ? 'unusable' : 'valid',
    normalized: phone ?? email,
    extension: custom_fields['phone_extension'] as string | null,
    memo: method.memo,
    do_not_text: method.phoneSettings?.doNotText ?? null,
    marketing: method.preferences?.marketingUpdatesEnabled ?? null,
    active: method.active,
    modified_on: sevenDigits(method.modifiedOn),
  };
}

const ESCAPES: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

function toLine(values: (string | number | boolean | null)[]): string {
  const fields = values.map((value) =>
    value === null ? '\\N' : String(value).replace(/[\\\t\n\r]/g, (character) => ESCAPES[character]!),
  );
  return `${fields.join('\t')}\n`;
}
