import type { Ticks } from '../ticks.ts';
import { SortedIndex } from './sortedIndex.ts';

// Enough for what is shown late, and few enough for a tenant that changes for days.
const FORMERS_KEPT = 8;

/** A record at one moment. A change makes a new version; a version itself never changes. */
export interface Version<Record> {
  readonly id: number;
  readonly record: Record;
  /** Fields put over the record on the wire as they stand. */
  readonly raw?: Readonly<{ [field: string]: unknown }> | undefined;
  readonly created: Ticks;
  readonly modified: Ticks;
  /** The last change of any kind, accounting ones included: what the modified filters go by. */
  readonly touched: Ticks;
  /** The last change that was not an accounting one. */
  readonly edited: Ticks;
  /** By the world's clock, whatever stamp the record was given. */
  readonly writtenAt: Ticks;
}

/** The records of one kind as a list reads them, with their orders. */
export class View<Record> {
  readonly #idKey: (id: number) => number | bigint;
  readonly byId = new Map<number, Version<Record>>();
  readonly order = {
    id: new SortedIndex<Version<Record>>((version) => this.#idKey(version.id)),
    created: new SortedIndex<Version<Record>>((version) => version.created),
    modified: new SortedIndex<Version<Record>>((version) => version.modified),
    touched: new SortedIndex<Version<Record>>((version) => version.touched),
    edited: new SortedIndex<Version<Record>>((version) => version.edited),
  };

  /** `idKey` tells by what a record stands in the order of ids. */
  constructor(idKey: (id: number) => number | bigint) {
    this.#idKey = idKey;
  }

  put(version: Version<Record>): void {
    const former = this.byId.get(version.id);
    this.byId.set(version.id, version);
    for (const index of Object.values(this.order)) index.replace(former, version);
  }
}

/** The records of one kind: their truth, and the view of the lists, which may lag behind it. */
export class Table<Record> {
  readonly #truth = new Map<number, Version<Record>>();
  readonly #view: View<Record>;
  readonly #formers = new Map<number, Version<Record>[]>();
  readonly #unpublished: Version<Record>[] = [];
  /** In order of `modifiedOn`, without lag: what an export feed walks along. */
  readonly feed = new SortedIndex<Version<Record>>((version) => version.modified);

  constructor(idKey: (id: number) => number | bigint = (id) => id) {
    this.#view = new View(idKey);
  }

  write(version: Version<Record>): void {
    const former = this.#truth.get(version.id);
    if (former !== undefined)
      this.#formers.set(version.id, [...this.formersOf(version.id), former].slice(-FORMERS_KEPT));
    this.feed.replace(former, version);
    this.#truth.set(version.id, version);
    this.#unpublished.push(version);
  }

  get(id: number): Version<Record> | undefined {
    return this.#truth.get(id);
  }

  /** The last versions before this one, oldest first. */
  formersOf(id: number): readonly Version<Record>[] {
    return this.#formers.get(id) ?? [];
  }

  /** Has a record found in its place again after its key in the order of ids changed. */
  reindex(id: number): void {
    const version = this.#view.byId.get(id);
    if (version !== undefined) this.#view.put({ ...version });
  }

  versions(): Iterable<Version<Record>> {
    return this.#truth.values();
  }

  /** The view with all that was written until then. */
  visible(until: Ticks): View<Record> {
    let published = 0;
    for (const version of this.#unpublished) {
      if (version.writtenAt > until) break;
      this.#view.put(version);
      published++;
    }
    this.#unpublished.splice(0, published);
    return this.#view;
  }
}

/** The record as it goes out, with what was put over it. */
export function shown<Record extends object>(version: Version<Record>): Record {
  return version.raw === undefined ? version.record : { ...version.record, ...version.raw };
}
