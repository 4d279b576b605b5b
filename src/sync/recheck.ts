// The recheck list (R2, R16): customers asked for by id in a later run, because one answer takes nothing away. Comes last.
import pMap from 'p-map';
import type { Recheck, Witness } from '../../supabase/functions/_shared/contactBatch.ts';
import { PayloadError } from '../errors.ts';
import { type Contact, type Customer, RateLimitError, RequestError, type ServiceTitanApi } from '../serviceTitanApi.ts';
import type { Rechecks } from '../supabase/ledger.ts';
import type { BegunContext, ServiceTitan } from './context.ts';
import { fetchPage } from './fetchStep.ts';
import { type FetchResult, NO_ROWS } from './page.ts';
import { GONE, readById } from './quarantine.ts';
import { toResult } from './readPages.ts';
import { LEDGER_STEP } from './steps.ts';
import { syncPage } from './syncStep.ts';
import { toContactMethodRow, toCustomerRow } from './toRows.ts';

const CONCURRENCY = 3;
const PAGE_SIZE = 5000;

type Due = Rechecks['due'][number];

/** Asks for the customers that are due, writes what they show, and has the database draw its conclusions. */
export async function recheck(context: BegunContext, rechecks: Rechecks): Promise<void> {
  if (rechecks.due.length === 0) return;
  const page = await fetchPage(context, 'recheck-fetch', rechecks.due.length, (serviceTitan) =>
    readRechecks(serviceTitan, rechecks),
  );
  await syncPage(context, 'recheck-sync', page);
  const { failed, isProven } = page.rechecks!;
  await context.steps.do('recheck-settle', LEDGER_STEP, () =>
    context.ledger.settleRechecks(context.run, failed, isProven),
  );
}

async function readRechecks(serviceTitan: ServiceTitan, { due, canary }: Rechecks): Promise<FetchResult> {
  const { api } = serviceTitan;
  // Asked by each way that the others are asked by. Its own failure is an outage, which ends the step.
  const ways = [...new Set(due.map(({ ask }) => ask))];
  const proofs = new Map<Witness, boolean>();
  for (const ask of canary === null ? [] : ways) proofs.set(ask, await hasMethods(api, canary!, ask));

  let isEnough = false;
  const failed: string[] = [];
  const read: ({ due: Due; customer: Customer | null } & Methods)[] = [];
  await pMap(
    due,
    async (one) => {
      if (isEnough) return;
      try {
        const customer = one.as_customer ? await readCustomer(api, one.crm_id) : null;
        read.push({ due: one, customer, ...(await readMethods(api, one.crm_id, one.ask)) });
      } catch (error) {
        if (!(error instanceof RateLimitError)) return void failed.push(one.crm_id);
        // Beginning again would ask for all of them again. The rest comes first next time.
        if (read.length === 0) throw error;
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
  const rechecked = read.map(({ due: one, contacts, customer }): Recheck => ({
    customer_id: one.crm_id,
    witness: isBelieved(one.ask) ? one.ask : null,
    contact_methods: contacts.map(toContactMethodRow),
    customer: customer && toCustomerRow(customer, null),
  }));
  const more = { rechecks: { failed, isProven } };
  return toResult(serviceTitan, { hasMore: false, date: null }, { ...NO_ROWS, rechecked }, more);
}

/** What a customer's list shows; of a contact that can't be read its id alone (R20). */
interface Methods {
  contacts: Contact[];
  unreadIds: string[];
}

/** All contact methods of one customer, asked for that way. Rejects when they are not the whole. */
async function readMethods(api: ServiceTitanApi, customerId: string, ask: Witness): Promise<Methods> {
  const { data, rejected, ...list } =
    ask === 'own'
      ? await api.contactsOfCustomer(customerId)
      : await api.customerContacts({ customerIds: [customerId], pageSize: PAGE_SIZE });
  const isOthers = [...data, ...rejected].some((contact) => contact.customerId !== customerId);
  const unreadIds = rejected.flatMap(({ contactId }) => contactId ?? []);
  if (list.hasMore || list.unowned > 0 || isOthers || unreadIds.length < rejected.length) {
    throw new PayloadError(
      'The contacts of a customer on the recheck list were not answered whole: a later run asks again.',
    );
  }
  return { contacts: data, unreadIds };
}

/** Whether the canary's list has something in it. A customer that ServiceTitan does not know proves nothing. */
async function hasMethods(api: ServiceTitanApi, customerId: string, ask: Witness): Promise<boolean> {
  try {
    return (await readMethods(api, customerId, ask)).contacts.length > 0;
  } catch (error) {
    if (error instanceof RequestError || error instanceof PayloadError) return false;
    throw error;
  }
}

/** Null when ServiceTitan does not return the customer any more: its contacts are asked for all the same. */
async function readCustomer(api: ServiceTitanApi, customerId: string): Promise<Customer | null> {
  const { data, rejected } = await readById(api, [customerId]);
  if (data.length === 0 && rejected.some(({ reason }) => reason !== GONE)) {
    throw new PayloadError('A customer on the recheck list can not be read: a later run asks again.');
  }
  return data[0] ?? null;
}
