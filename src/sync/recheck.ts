// The recheck list (R2, R16): customers asked for by id in a later run, because one answer takes nothing away.
import pMap from 'p-map';
import type { Recheck, Unreadable, Witness } from '../../supabase/functions/_shared/contactBatch.ts';
import { type Customer, RateLimitError } from '../serviceTitanApi.ts';
import type { Rechecks } from '../supabase/ledger.ts';
import { askByIds } from './askByIds.ts';
import { askCanaries, type Proof } from './canary.ts';
import { type BegunRun, placeOf, type ServiceTitan } from './context.ts';
import { askControl, customersByIdControl, otherCustomers } from './control.ts';
import { CONCURRENCY } from './customerContacts.ts';
import { mayBeOfOne, type Methods, readMethods } from './customerMethods.ts';
import { fetchPage } from './fetchStep.ts';
import type { Part } from './laterParts.ts';
import { type FetchResult, NO_ROWS } from './page.ts';
import { toResult, unreadableOf } from './readPages.ts';
import { LEDGER_STEP } from './steps.ts';
import { syncPage } from './syncStep.ts';
import { toContactMethodRow, toCustomerRow } from './toRows.ts';
import { addUnreadable } from './unreadable.ts';

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
      if (rechecks.failing !== null) progress.doubts.push({ code: 'rechecks_failing', ...rechecks.failing });
      const chunkSize = rechecks.due.length;
      if (chunkSize === 0 || time.leftMs === 0) return;
      const page = await fetchPage(context, 'recheck-fetch', { chunkSize }, (serviceTitan) =>
        readRechecks(serviceTitan, rechecks),
      );
      if (!('records' in page)) return;
      await syncPage(context, 'recheck-sync', page);
      const { held, unproven } = await steps.do('recheck-settle', LEDGER_STEP, () =>
        ledger.settleRechecks(context.run, page.rechecks!, placeOf(progress)),
      );
      if (held > 0) progress.doubts.push({ code: 'removals_held', count: held });
      if (unproven > 0) progress.doubts.push({ code: 'removals_unproven', count: unproven });
    },
  };
}

/** What was read of one customer: null where that could not be read, or was not asked for. */
interface Read {
  due: Due;
  customer: Customer | null;
  methods: Methods | null;
}

async function readRechecks(serviceTitan: ServiceTitan, { due, canaries }: Rechecks): Promise<FetchResult> {
  const proofs = new Map<Witness, Proof>();
  for (const { ask } of due) {
    if (!proofs.has(ask)) proofs.set(ask, await askCanaries(serviceTitan, canaries, ask));
  }
  const failed = new Set([...proofs.values()].flatMap(({ suspects }) => suspects));
  const unreadable: Unreadable = {};
  const reader = createReader(serviceTitan, proofs, failed, unreadable);

  let isEnough = false;
  const asked: string[] = [];
  const read: Read[] = [];
  await pMap(
    due,
    async (one) => {
      if (isEnough || serviceTitan.timeIsUp()) return;
      try {
        const customer = one.as_customer ? await reader.customer(one) : null;
        read.push({ due: one, customer, methods: await reader.methods(one) });
        asked.push(one.crm_id);
      } catch (error) {
        // Beginning again would ask for all of them again. The rest comes first next time.
        if (!(error instanceof RateLimitError) || read.length === 0) throw error;
        isEnough = true;
      }
    },
    { concurrency: CONCURRENCY },
  );

  // Any list with something in it proves that this way of asking works; a canary's that is empty, that it does not.
  const showsSome = (ask: Witness) => read.some(({ due: one, methods }) => one.ask === ask && methods?.contacts.length);
  const isProven = [...proofs].every(([ask, { isGood }]) => isGood ?? showsSome(ask));
  const suspects = [...proofs.values()].flatMap((proof) => proof.suspects);
  const rechecked = read
    .filter(({ customer, methods }) => customer !== null || methods !== null)
    .map((one) => toRecheck(one, proofs.get(one.due.ask)!.isGood ?? true));
  const rows = { ...NO_ROWS, ...unreadableOf(unreadable), rechecked };
  return toResult({ hasMore: false, date: null }, rows, { rechecks: { asked, suspects, isProven } });
}

function toRecheck({ due, customer, methods }: Read, isBelieved: boolean): Recheck {
  const { contacts, unreadIds } = methods ?? { contacts: null, unreadIds: [] };
  return {
    customer_id: due.crm_id,
    witness: contacts !== null && isBelieved ? due.ask : null,
    contact_methods: contacts && contacts.map(toContactMethodRow),
    ...(unreadIds.length === 0 ? {} : { unread_method_ids: unreadIds }),
    customer: customer && toCustomerRow(customer, null),
    is_whole: methods !== null && (customer !== null || !due.as_customer),
  };
}

/**
 * Reads a customer, and its contact methods, each for itself. Null where that can't be read while another customer is
 * answered: it waits like known poison (R10). Adds those to `failed`, whom no control asks for.
 */
function createReader(
  serviceTitan: ServiceTitan,
  proofs: ReadonlyMap<Witness, Proof>,
  failed: Set<string>,
  unreadable: Unreadable,
) {
  const { api, answered } = serviceTitan;
  const answeredIn = new Map([...proofs].map(([ask, proof]) => [ask, proof.answered]));
  return {
    async methods({ crm_id, ask }: Due): Promise<Methods | null> {
      try {
        const methods = await readMethods(api, crm_id, ask);
        answeredIn.set(ask, crm_id);
        addUnreadable(unreadable, methods.unreadable);
        return methods;
      } catch (error) {
        if (!mayBeOfOne(error)) throw error;
        failed.add(crm_id);
        const known = answeredIn.get(ask) ?? null;
        const controls = otherCustomers(serviceTitan, known, failed, (id) => readMethods(api, id, ask));
        await askControl(error, controls);
        return null;
      }
    },
    /** One that ServiceTitan does not return any more is null too: its contacts are asked for all the same. */
    async customer({ crm_id }: Due): Promise<Customer | null> {
      try {
        const { data, unreadable: leftOut } = await askByIds(api, [crm_id]);
        addUnreadable(unreadable, leftOut);
        if (data.length > 0) answered.customer = crm_id;
        return data[0] ?? null;
      } catch (error) {
        if (!mayBeOfOne(error)) throw error;
        failed.add(crm_id);
        await askControl(error, customersByIdControl(serviceTitan, failed));
        return null;
      }
    },
  };
}
