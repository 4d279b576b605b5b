import type { Answer, Call } from '../call.ts';
import { leadsOf } from '../seed/leads.ts';
import { customersAskedFor } from './customersAskedFor.ts';
import { listRecords } from './records.ts';

const MOST_IDS = 50;

/** GET /crm/v2/…/leads, of one customer or of all. */
export function listLeads(call: Call): Answer {
  const { query } = call;
  const ids = query.ids('ids', MOST_IDS);
  const customerId = query.integer('customerId');
  const status = query.word('status', ['Open', 'Dismissed', 'Converted']);
  return listRecords(
    call,
    () => customersAskedFor(call, customerId).flatMap(leadsOf),
    (lead) => (ids === undefined || ids.has(lead.id)) && (status === undefined || lead.status === status),
  );
}
