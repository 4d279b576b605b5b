import { appendFileSync, existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import type { ContactRecord, CustomerRecord, NoteRecord } from './records.ts';
import type { Version } from './table.ts';
import { WorldError } from './worldError.ts';

/** Something that was written to a tenant's records. */
export type Entry =
  | { customer: Version<CustomerRecord> }
  | { contact: Version<ContactRecord> }
  | { note: NoteRecord; customerId: number };

/** What a tenant begins with; a journal only fits the beginning it was written upon. */
export interface Beginning {
  seed: number;
  customers: number;
}

/** What happened to a tenant since its beginning, in a file, one line an entry, so that it outlasts a restart. */
export class Journal {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  /** The entries so far; a last line that a kill left unfinished is cut off. Throws a WorldError when the beginning differs. */
  open(beginning: Beginning): Entry[] {
    const header = JSON.stringify(beginning);
    const text = existsSync(this.#file) ? readFileSync(this.#file, 'utf8') : '';
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    if (whole === '') {
      writeFileSync(this.#file, `${header}\n`, { mode: 0o600 });
      return [];
    }
    truncateSync(this.#file, Buffer.byteLength(whole));
    const [first, ...lines] = whole.split('\n').slice(0, -1);
    if (first !== header) {
      throw new WorldError('conflict', `${this.#file} belongs to ${first}, not to ${header}: remove it to begin anew.`);
    }
    return lines.map(parseEntry);
  }

  append(entry: Entry): void {
    appendFileSync(this.#file, `${JSON.stringify(entry, ticksAsText)}\n`);
  }
}

const TICKS = ['created', 'modified', 'touched', 'edited', 'writtenAt'] as const;

const ticksAsText = (_key: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value);

function parseEntry(line: string): Entry {
  const entry = JSON.parse(line) as Entry;
  if ('customer' in entry) return { customer: withTicks(entry.customer) };
  if ('contact' in entry) return { contact: withTicks(entry.contact) };
  return entry;
}

function withTicks<Record>(version: Version<Record>): Version<Record> {
  return { ...version, ...Object.fromEntries(TICKS.map((name) => [name, BigInt(version[name])])) };
}
