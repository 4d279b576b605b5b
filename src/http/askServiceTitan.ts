// One customer as ServiceTitan shows it now, for whoever compares it with the contact.
import type { Context } from 'hono';
import { openCredentials } from '../credentials/openCredentials.ts';
import { SyncError } from '../errors.ts';
import {
  type Contact,
  createServiceTitanApi,
  type Customer,
  type ListPage,
  ServiceTitanError,
} from '../serviceTitanApi.ts';
import type { Shown } from '../why/facts.ts';
import type { AppEnv } from './appEnv.ts';

/** What ServiceTitan shows now: in words of its own, and as read where it could be read. */
export interface Live {
  shown: Shown;
  customer: Customer | null;
  contacts: Pick<ListPage<Contact>, 'data' | 'rejected'>;
}

const NO_CONTACTS: Live['contacts'] = { data: [], rejected: [] };

/** Reads the customer and its contacts as they are now. A fault is part of the answer. */
export async function askServiceTitan(context: Context<AppEnv>, id: string, customerId: string): Promise<Live> {
  const unanswered = (reason: string): Live => ({ shown: { reason }, customer: null, contacts: NO_CONTACTS });
  try {
    const sealed = await context.get('ledger').readConnection(id);
    if (!sealed) return unanswered('The workspace is not connected to ServiceTitan');
    const api = createServiceTitanApi(await openCredentials(context.get('config'), id, sealed));
    const [page, contacts] = await Promise.all([
      api.customers({ ids: [customerId], page: 1, pageSize: 1, active: 'Any', sort: '+Id' }),
      api.contactsOfCustomer(customerId).catch((error: unknown) => {
        if (error instanceof ServiceTitanError && error.status === 404) return NO_CONTACTS;
        throw error;
      }),
    ]);
    const [customer] = page.data;
    if (customer) {
      const { modifiedOn, active, mergedToId } = customer;
      return { shown: { found: true, modifiedOn, active, mergedToId }, customer, contacts };
    }
    const [unreadable] = page.rejected;
    return unreadable
      ? unanswered(`ServiceTitan shows the customer in a form that can't be read (${unreadable.reason})`)
      : { shown: { found: false }, customer: null, contacts: NO_CONTACTS };
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    return unanswered(error.message);
  }
}
