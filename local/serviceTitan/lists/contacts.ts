import type { Answer, Call } from '../call.ts';
import { Refusal } from '../problem.ts';
import type { ContactRecord } from '../tenant/records.ts';
import type { Version } from '../tenant/table.ts';
import type { World } from '../tenant/world.ts';
import { shownById } from './customers.ts';
import { listPage, partOf, readPaging } from './page.ts';
import { isOpen, isWithin, Query, type TimeRange } from './query.ts';
import { seeing } from './seen.ts';
import { select } from './select.ts';
import { shownContact } from './shownContact.ts';

/** GET …/customers/contacts. It has to be narrowed by customers or by the modified range; it knows no `sort`. */
export function listContacts(call: Call): Answer {
  const { world, query, fault } = call;
  requireNarrowing(call);
  const isOutsideWindow = fault.wrongWindow ?? false;
  const paging = readPaging(call);
  const customerIds = query.ids('customerIds');
  const created = query.created();
  const modified = query.modified();
  query.check();

  const isAsked = (version: Version<ContactRecord>) =>
    isWithin(modified, version.modified) && (customerIds === undefined || customerIds.has(version.record.customerId));
  const matches = (version: Version<ContactRecord>) =>
    isAsked(version) !== isOutsideWindow && isWithin(created, version.created) && isListed(version, world);
  const rows =
    customerIds === undefined || isOutsideWindow
      ? inRange(call, isOutsideWindow ? { onOrAfter: undefined, before: undefined } : modified, matches)
      : ofCustomers(call, customerIds).filter(matches);
  return { body: listPage(paging, partOf(rows, paging), (version) => listed(version, world)) };
}

/** GET …/customers/{id}/contacts, which leaves out `customerId`. */
export function contactsOfCustomer(call: Call): Answer {
  const { world, query, id } = call;
  const customerId = id('customerId');
  if (shownById(call, customerId) === undefined) throw new Refusal(404, 'The customer was not found.');
  const paging = readPaging(call);
  query.check();
  const rows = ofCustomers(call, new Set([customerId])).filter((version) => isListed(version, world));
  const show = (version: Version<ContactRecord>) => {
    const { customerId: _, ...contact } = listed(version, world);
    return contact;
  };
  return { body: listPage(paging, partOf(rows, paging), show) };
}

/** Held against what was sent, also where a switch or a fault leaves the filters unused. */
function requireNarrowing({ parameters, world }: Call): void {
  const sent = new Query(parameters, { readId: (text) => world.wireIds.read(text) });
  if (sent.ids('customerIds') !== undefined || !isOpen(sent.modified())) return;
  sent.check();
  throw new Refusal(400, 'One or more validation errors occurred.', {
    errors: { customerIds: ['CustomerIds, ModifiedOnOrAfter or ModifiedBefore must be given.'] },
  });
}

// Newest first: no order is promised, and nobody should lean on ascending ids.
function ofCustomers(call: Call, customerIds: ReadonlySet<number>): Version<ContactRecord>[] {
  const { world } = call;
  const { byId } = world.visibleContacts;
  const see = seeContacts(call);
  const ids = new Set([...customerIds].flatMap((customerId) => world.contactIdsOf(customerId)));
  const versions = [...ids]
    .map((id) => byId.get(id))
    .map((version) => (version === undefined || see === undefined ? version : see(version)))
    .filter((version) => version !== undefined)
    // One that moved is listed with the customer whose it is now.
    .filter(({ record }) => customerIds.has(record.customerId));
  return versions.sort((left, right) => right.id - left.id);
}

const seeContacts = (call: Call) => seeing<ContactRecord>(call, 'contact', (id) => call.world.formersOfContact(id));

function inRange(call: Call, between: TimeRange, matches: (version: Version<ContactRecord>) => boolean) {
  const { order } = call.world.visibleContacts;
  const range = { index: order.modified, between };
  return select({ order: order.id, descending: true, tieOrder: 'idAscending', range, see: seeContacts(call), matches });
}

function isListed({ record }: Version<ContactRecord>, { switches }: World): boolean {
  return record.active || switches.inactiveContactsInLists;
}

/** A contact as the lists show it: only the export feed says `active`. */
function listed(version: Version<ContactRecord>, { switches }: World) {
  const { active: _, ...contact } = shownContact(version, switches);
  return contact;
}
