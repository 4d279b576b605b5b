// The recheck list (R2, R16): customers asked for by id in a later run, because one answer takes nothing away.
import pMap from 'p-map';
import type { Recheck, Witness } from '../../supabase/functions/_shared/contactBatch.ts';
import { PayloadError } from '../errors.ts';
import { type Contact, type Customer, RateLimitError, RequestError, type ServiceTitanApi } from '../serviceTitanApi.ts';
import type { Rechecks } from '../supabase/ledger.ts';
import { type BegunRun, placeOf, type ServiceTitan } from './context.ts';
import { askControl, CONTACTS_PER_PAGE, customersByIdControl, mayBeOfARecord, otherCustomers } from './control.ts';
import { CONCURRENCY } from './customerContacts.ts';
import { fetchPage } from './fetchStep.ts';
import type { Part } from './laterParts.ts';
import { type FetchResult, NO_ROWS } from './page.ts';
import { askByIds, GONE } from './quarantine.ts';
import { toResult } from './readPages.ts';
import { LEDGER_STEP } from './steps.ts';
import { syncPage } from './syncStep.ts';
import { toContactMethodRow, toCustomerRow } from './toRows.ts';

type Due = Rechecks['due'][number];

/**
 * Asks for the customers that are due, writes what they show, and has the database draw its conclusions. Those that the
 * part has no time for stay due.
 */
export function recheckPart({ rechecks }: BegunRun): Part {
  return {
    name: 'rechecks',
    async run(context) {
      const { steps, ledger, progress, time } = context;
      const chunkSize = rechecks.due.length;
      if (chunkSize === 0 || time.leftMs === 0) return;
      const page = await fetchPage(context, 'recheck-fetch', { chunkSize }, (serviceTitan) =>
        readRechecks(serviceTitan, rechecks),
      );
      if (!('records' in page)) return;
      await syncPage(context, 'recheck-sync', page);
      const { asked, isProven } = page.rechecks!;
      const { held } = await steps.do('recheck-settle', LEDGER_STEP, () =>
        ledger.settleRechecks(context.run, asked, isProven, placeOf(progress)),
      );
      if (held > 0) progress.doubts.push({ code: 'removals_held', count: held });
    },
  };
}

async function readRechecks(serviceTitan: ServiceTitan, { due, canary }: Rechecks): Promise<FetchResult> {
  const { api } = serviceTitan;
  // Asked by each way that the others are asked by. Its own failure is an outage, which ends the step.
  const ways = [...new Set(due.map(({ ask }) => ask))];
  const proofs = new Map<Witness, boolean>();
  for (const ask of canary === null ? [] : ways) proofs.set(ask, await hasMethods(api, canary!, ask));

  let isEnough = false;
  const suspects = new Set(due.map(({ crm_id }) => crm_id));
  const asked: string[] = [];
  const read: ({ due: Due; customer: Customer | null } & Methods)[] = [];
  await pMap(
    due,
    async (one) => {
      if (isEnough || serviceTitan.timeIsUp()) return;
      try {
        const customer = one.as_customer ? await readCustomer(serviceTitan, one.crm_id, suspects) : null;
        read.push({ due: one, customer, ...(await readMethodsOrControl(serviceTitan, one, canary, suspects)) });
        asked.push(one.crm_id);
      } catch (error) {
        if (error instanceof Unread) return void asked.push(one.crm_id);
        // Beginning again would ask for all of them again. The rest comes first next time.
        if (!(error instanceof RateLimitError) || read.length === 0) throw error;
        isEnough = true;
      }
    },
    { concurrency: CONCURRENCY },
  );
  // Any list with something in it proves that this way of asking works; a canary's that is empty, that it does not.
  const isBelieved = (ask: Witness) => proofs.get(ask) ?? true;
  const isProven = ways.every(
    (ask) => proofs.get(ask) ?? read.some(({ due: one, contacts }) => one.ask === ask && contacts.length > 0),
  );
  const rechecked = read.map(({ due: one, contacts, unreadIds, customer }): Recheck => ({
    customer_id: one.crm_id,
    witness: isBelieved(one.ask) ? one.ask : null,
    contact_methods: contacts.map(toContactMethodRow),
    ...(unreadIds.length === 0 ? {} : { unread_method_ids: unreadIds }),
    customer: customer && toCustomerRow(customer, null),
  }));
  return toResult({ hasMore: false, date: null }, { ...NO_ROWS, rechecked }, { rechecks: { asked, isProven } });
}

/** A customer that could not be read, while others can: it waits like known poison (R10). */
class Unread extends Error {}

/** Rejects with `Unread` where the list fails, or is not whole, and another customer's is answered. */
async function readMethodsOrControl(
  serviceTitan: ServiceTitan,
  { crm_id, ask }: Due,
  canary: string | null,
  suspects: ReadonlySet<string>,
): Promise<Methods> {
  try {
    return await readMethods(serviceTitan.api, crm_id, ask);
  } catch (error) {
    if (error instanceof NotWhole) throw new Unread();
    if (!mayBeOfARecord(error)) throw error;
    const control = otherCustomers(serviceTitan, canary, suspects, (id) => askMethods(serviceTitan.api, id, ask));
    await askControl(error, control);
    throw new Unread();
  }
}

/** What a customer's list shows; of a contact that can't be read its id alone (R20). */
interface Methods {
  contacts: Contact[];
  unreadIds: string[];
}

/** The answer does not hold all of the customer's contacts, or others' too. */
class NotWhole extends Error {}

function askMethods(api: ServiceTitanApi, customerId: string, ask: Witness) {
  return ask === 'own'
    ? api.contactsOfCustomer(customerId)
    : api.customerContacts({ customerIds: [customerId], pageSize: CONTACTS_PER_PAGE });
}

/** All contact methods of one customer, asked for that way. Rejects with `NotWhole` when they are not all. */
async function readMethods(api: ServiceTitanApi, customerId: string, ask: Witness): Promise<Methods> {
  const { data, rejected, ...list } = await askMethods(api, customerId, ask);
  const isOthers = [...data, ...rejected].some((contact) => contact.customerId !== customerId);
  const unreadIds = rejected.flatMap(({ contactId }) => contactId ?? []);
  if (list.hasMore || list.unowned > 0 || isOthers || unreadIds.length < rejected.length) throw new NotWhole();
  return { contacts: data, unreadIds };
}

/**
 * Whether the canary's list has something in it. A customer that ServiceTitan does not know, or whose list is not whole,
 * proves nothing.
 */
async function hasMethods(api: ServiceTitanApi, customerId: string, ask: Witness): Promise<boolean> {
  try {
    return (await readMethods(api, customerId, ask)).contacts.length > 0;
  } catch (error) {
    if (error instanceof RequestError || error instanceof PayloadError || error instanceof NotWhole) return false;
    throw error;
  }
}

/** Null when ServiceTitan does not return the customer any more: its contacts are asked for all the same. */
async function readCustomer(
  serviceTitan: ServiceTitan,
  customerId: string,
  suspects: ReadonlySet<string>,
): Promise<Customer | null> {
  try {
    const { data, rejected } = await askByIds(serviceTitan.api, [customerId]);
    if (data.length > 0 || rejected.every(({ reason }) => reason === GONE)) return data[0] ?? null;
  } catch (error) {
    if (!mayBeOfARecord(error)) throw error;
    await askControl(error, customersByIdControl(serviceTitan, suspects));
  }
  throw new Unread();
}
