/** A call as it was answered. */
export interface LoggedRequest {
  method: string;
  path: string;
  /** Decoded, by parameter. */
  query: { [name: string]: string };
  /** Null when the connection was ended without an answer. */
  status: number | null;
  /** By this machine's clock. */
  at: string;
}

const MOST_KEPT = 20_000;

/** The calls of one tenant, in order of their answers; of very many the newest. */
export class RequestLog {
  #entries: LoggedRequest[] = [];

  get entries(): readonly LoggedRequest[] {
    return this.#entries;
  }

  add(entry: LoggedRequest): void {
    this.#entries.push(entry);
    if (this.#entries.length >= 2 * MOST_KEPT) this.#entries = this.#entries.slice(-MOST_KEPT);
  }

  clear(): void {
    this.#entries = [];
  }
}
