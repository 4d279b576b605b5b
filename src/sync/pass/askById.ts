// R18: who was not seen is asked for by id, and gone is only who ServiceTitan says does not exist. Beside each call's ids goes a
// canary: a customer that the pass has just read. An answer without it is not believed.
import pMap from 'p-map';
import type { Rejected, Customer } from '../../serviceTitanApi.ts';
import { RequestError } from '../../serviceTitanApi.ts';
import { askOnce } from '../askByIds.ts';
import type { ServiceTitan } from '../context.ts';
import { askControl, customersByIdControl, isTimeToNarrow, mayBeOfARecord } from '../control.ts';
import { CONCURRENCY, readCustomerContacts } from '../customerContacts.ts';
import { fetchPage } from '../fetchStep.ts';
import type { Asked, FetchResult } from '../page.ts';
import { toResult, toRowsWith } from '../readPages.ts';
import { LEDGER_STEP, numbered } from '../steps.ts';
import { syncPage } from '../syncStep.ts';
import { addUnreadable } from '../unreadable.ts';
import { isOver, passPage, type Slice } from './slice.ts';

/** With the canary as many as most lists of the vendor's take. */
const IDS_PER_CALL = 49;

/** Asks as far as the slice goes. Who is answered is written, with all contact methods. */
export async function askById(slice: Slice): Promise<void> {
  const { context, pass } = slice;
  const { steps, ledger, run } = context;
  for (let at = 0; at < pass.to_ask.length && !isOver(slice); at += IDS_PER_CALL) {
    const number = at / IDS_PER_CALL + 1;
    const ids = pass.to_ask.slice(at, at + IDS_PER_CALL);
    const options = { chunkSize: IDS_PER_CALL, endsOnWait: number > 1 };
    const page = await fetchPage(context, numbered('pass-ask-fetch', number), options, (serviceTitan) =>
      readAsked(serviceTitan, ids, pass.canary),
    );
    if (!('records' in page)) return;
    await syncPage(context, numbered('pass-ask-sync', number), { ...page, pass: passPage(slice, 'asked', number) });
    await steps.do(numbered('pass-ask-settle', number), LEDGER_STEP, () => ledger.settlePass(run, page.asked!));
  }
}

interface Answer extends Asked {
  customers: Customer[];
  rejected: Rejected[];
}

async function readAsked(serviceTitan: ServiceTitan, ids: string[], canary: string | null): Promise<FetchResult> {
  const answer: Answer = { customers: [], rejected: [], answered: [], gone: [], unread: [] };
  const unreadable = {};
  const absent = canary === null ? [] : await askTogether(serviceTitan, ids, canary, answer, unreadable);
  if (canary === null) answer.unread.push(...ids);
  if (absent.length > 0) await askEach(serviceTitan, absent, canary!, answer);

  const contacts = await readCustomerContacts(
    serviceTitan,
    answer.customers.map(({ id }) => id),
  );
  // Those whose contacts the step had no time for are asked for again.
  const left = new Set(contacts.unasked);
  const data = answer.customers.filter(({ id }) => !left.has(id));
  const rows = toRowsWith({ data, rejected: answer.rejected, unreadable }, contacts);
  const asked: Asked = {
    answered: [...data.map(({ id }) => id), ...answer.rejected.map(({ customerId }) => customerId)],
    gone: answer.gone,
    unread: answer.unread,
  };
  return toResult({ hasMore: false, date: null }, rows, { asked });
}

/** By one list; half as many at a time where it fails or comes without the canary. Answers who was not shown. */
async function askTogether(
  serviceTitan: ServiceTitan,
  ids: string[],
  canary: string,
  answer: Answer,
  unreadable: object,
): Promise<string[]> {
  if (serviceTitan.timeIsUp()) return [];
  const page = await askOnce(serviceTitan.api, [...ids, canary]).catch(async (error: unknown) => {
    if (!mayBeOfARecord(error) || !isTimeToNarrow(serviceTitan, error)) throw error;
    await askControl(error, customersByIdControl(serviceTitan, new Set(ids)));
    return null;
  });
  if (page === null || !page.data.some(({ id }) => id === canary)) {
    if (ids.length === 1) {
      answer.unread.push(...ids);
      return [];
    }
    const middle = Math.ceil(ids.length / 2);
    const first = await askTogether(serviceTitan, ids.slice(0, middle), canary, answer, unreadable);
    return [...first, ...(await askTogether(serviceTitan, ids.slice(middle), canary, answer, unreadable))];
  }
  addUnreadable(unreadable, page.unreadable);
  const customers = page.data.filter(({ id }) => id !== canary);
  answer.customers.push(...customers);
  answer.rejected.push(...page.rejected);
  const shown = new Set([...customers.map(({ id }) => id), ...page.rejected.map(({ customerId }) => customerId)]);
  return ids.filter((id) => !shown.has(id));
}

/** Each alone, after the canary was: a 404 says that there is no such customer. */
async function askEach(serviceTitan: ServiceTitan, ids: string[], canary: string, answer: Answer): Promise<void> {
  const { api } = serviceTitan;
  await api.customer(canary);
  await pMap(
    ids,
    async (id) => {
      if (serviceTitan.timeIsUp()) return;
      try {
        await api.customer(id);
        // It exists, and no list shows it.
        answer.unread.push(id);
      } catch (error) {
        if (error instanceof RequestError && error.status === 404) answer.gone.push(id);
        else if (mayBeOfARecord(error) && isTimeToNarrow(serviceTitan, error)) answer.unread.push(id);
        else throw error;
      }
    },
    { concurrency: CONCURRENCY },
  );
}
