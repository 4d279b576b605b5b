// Which export pages were read again, and because of what: counted in ServiceTitan's log, for each event by itself.

/** The Worker was ended when ServiceTitan had answered so many calls. */
export interface Mark {
  what: 'resumed' | 'deploy' | 'taken over';
  at: number;
}

export interface ReadAgain {
  /** The event; `nothing` for pages that no event explains. */
  what: Mark['what'] | 'nothing';
  pages: number;
  /** R12: a run that goes on reads the page again that it was reading, another one also the page that was not yet written. */
  atMost: number;
}

const AT_MOST = { resumed: 1, deploy: 1, 'taken over': 2 };

/**
 * `asked` are the calls of the log in order: the export page each asked for, or null for any other call. What a run asks for
 * twice counts for the last event before it, which has to be one after which this run goes on; what another run had read
 * counts for the take-over that this run began with.
 */
export function readAgain(asked: readonly (string | null)[], marks: readonly Mark[]): ReadAgain[] {
  const counted: ReadAgain[] = marks.map(({ what }) => ({ what, pages: 0, atMost: AT_MOST[what] }));
  const unexplained: ReadAgain = { what: 'nothing', pages: 0, atMost: 0 };
  const byOthers = new Set<string>();
  let byThisRun = new Set<string>();
  let [passed, last, first] = [0, unexplained, unexplained];
  for (const [at, page] of asked.entries()) {
    for (; passed < marks.length && marks[passed]!.at <= at; passed += 1) {
      last = counted[passed]!;
      if (last.what !== 'taken over') continue;
      for (const read of byThisRun) byOthers.add(read);
      byThisRun = new Set();
      [first, last] = [last, unexplained];
    }
    if (page === null) continue;
    if (byThisRun.has(page)) last.pages += 1;
    else if (byOthers.has(page)) first.pages += 1;
    byThisRun.add(page);
  }
  return [...counted, ...(unexplained.pages > 0 ? [unexplained] : [])];
}
