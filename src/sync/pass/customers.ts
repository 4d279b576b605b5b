// R18: the customers of a pass, by the list in the order of their ids and without a bound. New ones come last, so it is the
// steadiest paging there is, and a page of it can be narrowed (R10).
import type { ServiceTitan } from '../context.ts';
import { listControl } from '../control.ts';
import { type FetchedPage, fetchPage } from '../fetchStep.ts';
import { commitEmpty } from '../followExport.ts';
import { type ListPlace, offsetOf, placeAfter, smallerPlace } from '../listPlace.ts';
import type { ReadPage } from '../page.ts';
import { readAhead } from '../readAhead.ts';
import { orTooMuch, readAgainWhenEmpty, toCustomerRows, toResult } from '../readPages.ts';
import { LEDGER_STEP, numbered } from '../steps.ts';
import { syncPage } from '../syncStep.ts';
import { passPage, type Slice } from './slice.ts';

/** ServiceTitan's longest page. */
const LONGEST = 5000;
/** Their contacts are not re-read with them, so a page costs one call where a page of the live reader costs two. */
const TIMES_LIVE = 100;

/** Where the list goes on. `whole`: the size of a page that was not narrowed, kept over the whole reading (R5). */
type Place = ListPlace & { whole: number; number: number; isHurried: boolean };

/** Reads on to the end of the list, else as far as the slice goes. */
export async function readCustomers(slice: Slice, turn: number): Promise<void> {
  const { context, pass, maxPages } = slice;
  const { progress, config, steps, ledger, run } = context;
  const name = turn === 1 ? 'pass-customers' : `pass-customers ${turn}`;
  let unread = 0;
  let isEndless = false;
  const pages = readAhead<Place>({
    from: placeIn(pass.continue_from, Math.min(LONGEST, config.INCREMENTAL_PAGE_SIZE * TIMES_LIVE)),
    maxPages,
    progress,
    read: (place) =>
      fetchPage(
        context,
        numbered(`${name}-fetch`, place.number),
        { chunkSize: config.INITIAL_CHUNK_SIZE, isHurried: place.isHurried, endsOnWait: place.number > 1 },
        (serviceTitan) => readPage(serviceTitan, place),
      ),
    next: (place, fetched) => {
      const behind = placeBehind(place, fetched);
      if ('note' in fetched && 'tooMuch' in fetched.note && place.size === 1) unread += 1;
      if (behind === null || 'note' in fetched || fetched.expected === null) return behind;
      // R19: a list that goes on far behind what it counts never ends.
      isEndless = offsetOf(behind) > 3 * fetched.expected + 10_000;
      return isEndless ? null : behind;
    },
  });
  for await (const { place, fetched, next, isCapped } of pages) {
    if (isEndless || unread > 0) {
      const whyNot = [
        ...(unread > 0 ? [{ code: 'customers_unread', count: unread }] : []),
        ...(isEndless ? [{ code: 'list_endless' }] : []),
      ];
      await steps.do(numbered(`${name}-doubt`, place.number), LEDGER_STEP, () => ledger.doubtPass(run, whyNot));
    }
    const commit = {
      feed: 'pass_customers' as const,
      continue_from: next && textOf(next),
      done: next === null,
      read_at: null,
    };
    if (fetched !== null) {
      const page = {
        ...passPage(slice, 'customers', place.number),
        listed: fetched.expected,
        ...(fetched.unnamed > 0 ? { unnamed: fetched.unnamed } : {}),
      };
      await syncPage(context, numbered(`${name}-sync`, place.number), { ...fetched, pass: page }, commit);
    }
    if (fetched === null || fetched.records === 0)
      await commitEmpty(context, numbered(`${name}-commit`, place.number), commit);
    if (isCapped || context.time.leftMs === 0) return;
  }
}

async function readPage(serviceTitan: ServiceTitan, { page, size }: Place): Promise<ReadPage> {
  const asked = { page, pageSize: size, active: 'Any', sort: '+Id', includeTotal: true } as const;
  const read = await orTooMuch(serviceTitan, listControl(serviceTitan), () =>
    readAgainWhenEmpty(() => serviceTitan.api.customers(asked)),
  );
  const rows = toCustomerRows(read, () => null);
  return toResult(read, rows, { expected: read.totalCount, unnamed: read.unowned });
}

/** Null at the end of the list, and where ServiceTitan wants to be asked later. */
function placeBehind(place: Place, fetched: FetchedPage): Place | null {
  const number = place.number + 1;
  if ('note' in fetched) {
    if (!('tooMuch' in fetched.note)) return null;
    const smaller = smallerPlace(place);
    if (smaller !== null) return { ...place, ...smaller, number, isHurried: true };
  } else if (!fetched.hasMore) {
    return null;
  }
  const behind = placeAfter(place, place.whole);
  return { ...place, ...behind, number, isHurried: behind.size < place.whole };
}

/** As the database keeps it: page, its size, and the size of a whole one. */
function textOf({ page, size, whole }: Place): string {
  return [page, size, whole].join('/');
}

function placeIn(text: string | null, whole: number): Place {
  const [page, size, kept] = (text ?? '').split('/').map(Number);
  return page && size && kept
    ? { page, size, whole: kept, number: 1, isHurried: size < kept }
    : { page: 1, size: whole, whole, number: 1, isHurried: false };
}
