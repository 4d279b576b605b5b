// R10: customers set aside earlier are fetched again by id, never replayed, and leave the quarantine when they pass.
import pMap from 'p-map';
import type { SyncError } from '../errors.ts';
import { askByIds, join } from './askByIds.ts';
import type { BegunRun, ServiceTitan } from './context.ts';
import { askControl, customersByIdControl, isTimeToNarrow, mayBeOfARecord } from './control.ts';
import { CONCURRENCY, type CustomerContacts, readContactsApart, readCustomerContacts } from './customerContacts.ts';
import { fetchPage } from './fetchStep.ts';
import type { Part, PartContext } from './laterParts.ts';
import type { FetchResult } from './page.ts';
import { type AnsweredCustomers, toResult, toRowsWith } from './readPages.ts';
import { numbered } from './steps.ts';
import { syncPage } from './syncStep.ts';

/** Fewer than the vendor's cap of most lists of ids. */
const IDS_PER_PAGE = 49;

/** Those known to make their call fail come last: they may take what time there is. */
export function quarantinePart({ quarantined, poison, poisoned_contacts }: BegunRun): Part {
  const poisoned = new Set([...poison, ...poisoned_contacts]);
  return {
    name: 'quarantine',
    async run(context) {
      for (let at = 0; at < quarantined.length && context.time.leftMs > 0; at += IDS_PER_PAGE) {
        const number = at / IDS_PER_PAGE + 1;
        const some = quarantined.slice(at, at + IDS_PER_PAGE);
        await retry(context, numbered('quarantine-fetch', number), false, (serviceTitan) =>
          readQuarantined(serviceTitan, some, poisoned),
        );
      }
      if (poison.length === 0 || context.time.leftMs === 0) return;
      await retry(context, 'poison-fetch', true, (serviceTitan) => readPoison(serviceTitan, poison, poisoned));
    },
  };
}

/** What a step has no time for stays as it is, and comes first next time. */
async function retry(
  context: PartContext,
  name: string,
  isHurried: boolean,
  read: (serviceTitan: ServiceTitan) => Promise<FetchResult>,
): Promise<void> {
  const page = await fetchPage(context, name, { chunkSize: IDS_PER_PAGE, isHurried }, read);
  if ('records' in page) await syncPage(context, name.replace('-fetch', '-sync'), page);
}

/** By lists of ids. One that fails is asked one by one, and whoever fails alone is asked alone from then on. */
async function readQuarantined(
  serviceTitan: ServiceTitan,
  ids: string[],
  poisoned: ReadonlySet<string>,
): Promise<FetchResult> {
  const page = await readById(serviceTitan, ids, poisoned);
  return toRetried(page, await readCustomerContacts(serviceTitan, idsOf(page), { poisoned, mayBeBad: true }));
}

async function readPoison(
  serviceTitan: ServiceTitan,
  ids: string[],
  poisoned: ReadonlySet<string>,
): Promise<FetchResult> {
  const page = await readApart(serviceTitan, ids, poisoned);
  return toRetried(page, await readContactsApart(serviceTitan, idsOf(page), poisoned));
}

function idsOf({ data }: AnsweredCustomers): string[] {
  return [...new Set(data.map(({ id }) => id))];
}

/** Those whose contacts the step had no time for are left out: without them they would leave the quarantine half-read. */
function toRetried(page: AnsweredCustomers, contacts: CustomerContacts): FetchResult {
  const left = new Set(contacts.unasked);
  const asked = { ...page, data: page.data.filter(({ id }) => !left.has(id)) };
  return toResult({ hasMore: false, date: null }, toRowsWith(asked, contacts), { retriesQuarantined: true });
}

async function readById(
  serviceTitan: ServiceTitan,
  ids: string[],
  poisoned: ReadonlySet<string>,
): Promise<AnsweredCustomers> {
  try {
    return await askByIds(serviceTitan.api, ids);
  } catch (error) {
    if (!mayBeOfARecord(error) || !isTimeToNarrow(serviceTitan, error)) throw error;
    await askControl(error, customersByIdControl(serviceTitan, poisoned));
  }
  return readApart(serviceTitan, ids, poisoned);
}

/** Each alone, as far as the step's time goes. */
async function readApart(
  serviceTitan: ServiceTitan,
  ids: string[],
  poisoned: ReadonlySet<string>,
): Promise<AnsweredCustomers> {
  const suspects = new Set(poisoned);
  const pages = await pMap(
    ids,
    async (id): Promise<AnsweredCustomers> => {
      // It was not asked, and stays as it is.
      if (serviceTitan.timeIsUp()) return { data: [], rejected: [], unreadable: {} };
      try {
        return await askByIds(serviceTitan.api, [id]);
      } catch (error) {
        if (!mayBeOfARecord(error)) throw error;
        await askControl(error, customersByIdControl(serviceTitan, suspects.add(id)));
        const { message: reason } = error as SyncError;
        return { data: [], rejected: [{ customerId: id, reason, callFailed: true }], unreadable: {} };
      }
    },
    { concurrency: CONCURRENCY },
  );
  return join(...pages);
}
