// R5: what ServiceTitan counted of a window of customers, against what the runs that read it were shown. The answers are read
// on their way to the product, as it gets them.

interface Reading {
  told: number;
  shown: Set<string>;
}

interface Answer {
  totalCount?: unknown;
  data?: { id?: unknown }[];
}

export class Windows {
  readonly #readings = new Map<string, Reading>();
  readonly #last = new Map<string, Reading>();

  /** Takes an answer into account that an instance was given. */
  see(instanceId: string, url: URL, text: string): void {
    const { searchParams: query } = url;
    const since = query.get('modifiedOnOrAfter');
    // Only a window asks for a total; what is asked to know about other calls does not.
    if (!url.pathname.endsWith('/customers') || since === null || query.get('includeTotal') !== 'true') return;
    const answer = read(text);
    if (!answer) return;
    const { totalCount, data } = answer;
    const window = `${url.pathname} ${since}`;
    const mine = `${instanceId} ${window}`;
    // A successor goes on with the window of the run before it. A single row may be asked for as a control at any time.
    const begins = query.get('page') === '1' && query.get('pageSize') !== '1';
    const before = this.#readings.get(mine) ?? (begins ? undefined : this.#last.get(window));
    const reading = before ?? { told: Infinity, shown: new Set<string>() };
    // Asked for again, the first page may have another count.
    if (query.get('page') === '1')
      reading.told = Math.min(reading.told, typeof totalCount === 'number' ? totalCount : 0);
    for (const [index, { id }] of data.entries()) reading.shown.add(String(id ?? `${query.get('page')} ${index}`));
    this.#readings.set(mine, reading);
    this.#last.set(window, reading);
  }

  /** Windows of the instance that showed fewer customers than ServiceTitan counted, in words. */
  shortOf(instanceId: string): string[] {
    return [...this.#readings].flatMap(([key, { told, shown }]) =>
      key.startsWith(`${instanceId} `) && told < Infinity && shown.size < told
        ? [`${told} counted, ${shown.size} shown`]
        : [],
    );
  }
}

function read(text: string): (Answer & { data: { id?: unknown }[] }) | null {
  try {
    const answer = JSON.parse(text) as Answer;
    return Array.isArray(answer.data) ? { ...answer, data: answer.data } : null;
  } catch {
    return null;
  }
}
