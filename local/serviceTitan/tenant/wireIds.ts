import { parseExactly } from '../faults/exactJson.ts';

const FIELDS = ['id', 'customerId', 'mergedToId'];
const INTEGER = /^[+-]?\d{1,18}$/;

/**
 * Ids that records go by outside, where a number of JavaScript can't hold them. Inside, and in rules and
 * operations, a record keeps the id that it was made with.
 */
export class WireIds {
  readonly #texts = new Map<number, string>();
  readonly #ids = new Map<string, number>();

  give(id: number, text: string): void {
    this.#ids.delete(this.#texts.get(id) ?? '');
    this.#texts.set(id, text);
    this.#ids.set(text, id);
  }

  /** The record that an id out of a call means; undefined for a text that is no id. */
  read(text: string): number | undefined {
    return this.#ids.get(text) ?? (INTEGER.test(text) ? Number(text) : undefined);
  }

  /** What the lists are in order of. */
  keyOf(id: number): number | bigint {
    const text = this.#texts.get(id);
    return text === undefined ? id : BigInt(text);
  }

  /** The record as it goes out. */
  onto<Record extends object>(record: Record): Record {
    if (this.#texts.size === 0) return record;
    const entries = Object.entries(record).map(([name, value]) => {
      const text = FIELDS.includes(name) ? this.#texts.get(value as number) : undefined;
      return [name, text === undefined ? value : parseExactly(text)];
    });
    return Object.fromEntries(entries) as Record;
  }
}
