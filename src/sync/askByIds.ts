// Customers asked for by id, and which of them ServiceTitan does not return any more.
import type { Unreadable } from '../../supabase/functions/_shared/contactBatch.ts';
import { PayloadError } from '../errors.ts';
import type { ServiceTitanApi } from '../serviceTitanApi.ts';
import type { AnsweredCustomers } from './readPages.ts';
import { addUnreadable } from './unreadable.ts';

const GONE = 'ServiceTitan does not return this customer any more.';

/**
 * Customers by id. Who is not returned is asked for again, because ServiceTitan may honour only the first of a list of ids, and
 * is refused as missing where another customer behind him is returned, or where he was asked for alone.
 */
export async function askByIds(api: ServiceTitanApi, ids: string[]): Promise<AnsweredCustomers> {
  const page = await askOnce(api, ids);
  const answered = answeredIn(page);
  const missing = ids.filter((id) => !answered.has(id));
  if (missing.length === 0) return page;
  if (ids.length === 1) return join(page, gone(missing));
  const known = [...answered].at(-1) ?? (await firstOf(api));
  return join(page, await askMissing(api, missing, missing.includes(known ?? '') ? null : known));
}

async function askMissing(api: ServiceTitanApi, ids: string[], known: string | null): Promise<AnsweredCustomers> {
  const page = await askOnce(api, known === null ? ids : [...ids, known]);
  const answered = answeredIn(page);
  const own = {
    ...page,
    data: page.data.filter(({ id }) => id !== known),
    rejected: page.rejected.filter(({ customerId }) => customerId !== known),
  };
  const missing = ids.filter((id) => !answered.has(id));
  if (ids.length === 1 || (known !== null && answered.has(known))) return join(own, gone(missing));
  if (missing.length < ids.length) {
    return missing.length === 0 ? own : join(own, await askMissing(api, missing, known));
  }
  const middle = Math.ceil(ids.length / 2);
  const half = await askMissing(api, ids.slice(0, middle), known);
  return join(half, await askMissing(api, ids.slice(middle), known));
}

/** By one call. Who is not in the answer may be gone, or the list was cut. Rejects where others are in it (R7). */
export async function askOnce(api: ServiceTitanApi, ids: string[]): Promise<AnsweredCustomers> {
  const page = await api.customers({ ids, page: 1, pageSize: ids.length, active: 'Any', sort: '+Id' });
  if (answeredIn(page).difference(new Set(ids)).size > 0) {
    // It may be one record that is shown under another id.
    throw new PayloadError(
      'ServiceTitan does not apply the filter ids, for it returned customers that were not asked for: nothing of this page was written; open a case with ServiceTitan, and the next run asks again.',
      true,
    );
  }
  return page;
}

async function firstOf(api: ServiceTitanApi): Promise<string | null> {
  const { data } = await api.customers({ page: 1, pageSize: 1, active: 'Any', sort: '+Id' });
  return data[0]?.id ?? null;
}

function answeredIn({ data, rejected }: AnsweredCustomers): Set<string> {
  return new Set([...data.map(({ id }) => id), ...rejected.map(({ customerId }) => customerId)]);
}

function gone(ids: string[]): AnsweredCustomers {
  return { data: [], rejected: ids.map((customerId) => ({ customerId, reason: GONE })), unreadable: {} };
}

/** What several calls answered. */
export function join(...pages: AnsweredCustomers[]): AnsweredCustomers {
  const unreadable: Unreadable = {};
  for (const page of pages) addUnreadable(unreadable, page.unreadable);
  return {
    data: pages.flatMap(({ data }) => data),
    rejected: pages.flatMap(({ rejected }) => rejected),
    unreadable,
  };
}
