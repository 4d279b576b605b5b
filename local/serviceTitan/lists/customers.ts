import type { Answer, Call } from '../call.ts';
import { Refusal } from '../problem.ts';
import type { CustomerRecord } from '../tenant/records.ts';
import type { Version } from '../tenant/table.ts';
import type { World } from '../tenant/world.ts';
import { listPage, partOf, readPaging } from './page.ts';
import { isOpen, isWithin, type Query } from './query.ts';
import { seeing } from './seen.ts';
import { select, type Selection } from './select.ts';
import { shownCustomer } from './shownCustomer.ts';
import { digitsOf, matcher } from './textMatch.ts';

const ADDRESS_TEXTS = ['street', 'unit', 'city', 'state', 'zip', 'country'] as const;

/** GET …/customers: inactive ones hide unless asked for, and without `sort` the newest id comes first. */
export function listCustomers(call: Call): Answer {
  const { world, query } = call;
  const paging = readPaging(call);
  const selection = readSelection(call);
  const show = readShow(query, world);
  query.check();
  return { body: listPage(paging, partOf(select(selection), paging), show) };
}

/** GET …/customers/{id}, active or not. */
export function customerById(call: Call): Answer {
  const { world, query, id } = call;
  const version = shownById(call, id('customerId'));
  if (version === undefined) throw new Refusal(404, 'The customer was not found.');
  return { body: readShow(query, world)(version) };
}

/** The customer as the call shows it, if it does. */
export function shownById(call: Call, id: number): Version<CustomerRecord> | undefined {
  const version = call.world.visibleCustomers.byId.get(id);
  const see = seeCustomers(call);
  return version === undefined || see === undefined ? version : see(version);
}

const seeCustomers = (call: Call) => seeing<CustomerRecord>(call, 'customer', (id) => call.world.formersOfCustomer(id));

function readSelection(call: Call): Selection<CustomerRecord> {
  const { query, world, fault } = call;
  const isOutsideWindow = fault.wrongWindow ?? false;
  const { order } = world.visibleCustomers;
  const sort = query.sort(['Id', 'ModifiedOn', 'CreatedOn']) ?? { field: 'Id', descending: true };
  const created = query.created();
  const modified = query.modified();
  const touches = query.flag('excludeAccountingChangesFromModifiedDateRange') ? 'edited' : 'touched';
  const ids = query.ids('ids');
  const active = query.active();
  const matchesText = readTexts(query, world);

  const matches = (version: Version<CustomerRecord>) =>
    (isOpen(modified) || isWithin(modified, version[touches]) !== isOutsideWindow) &&
    isWithin(created, version.created) &&
    (active === undefined || version.record.active === active) &&
    (ids === undefined || ids.has(version.id)) &&
    matchesText.every((matchesOne) => matchesOne(version.record));
  return {
    order: { Id: order.id, ModifiedOn: order.modified, CreatedOn: order.created }[sort.field]!,
    descending: sort.descending,
    tieOrder: world.switches.tieOrder,
    ...(isOpen(modified) || isOutsideWindow ? {} : { range: { index: order[touches], between: modified } }),
    see: seeCustomers(call),
    matches,
  };
}

function readTexts(query: Query, world: World): ((record: CustomerRecord) => boolean)[] {
  const tests: ((record: CustomerRecord) => boolean)[] = [];
  const name = query.text('name');
  if (name !== undefined) {
    const matches = matcher(name, world.switches.nameMatch);
    tests.push((record) => matches(record.name));
  }
  for (const field of ADDRESS_TEXTS) {
    const text = query.text(field);
    if (text === undefined) continue;
    const matches = matcher(text, 'exact');
    tests.push((record) => matches(record.address[field] ?? ''));
  }
  for (const field of ['latitude', 'longitude'] as const) {
    const value = query.decimal(field);
    if (value !== undefined) tests.push((record) => record.address[field] === value);
  }
  const phone = query.text('phone');
  if (phone !== undefined) {
    const owners = ownersOf(phone, world);
    tests.push((record) => owners.has(record.id));
  }
  // No customer of the simulation has data of an application.
  if (query.text('externalDataKey') !== undefined) tests.push(() => false);
  return tests;
}

/** The customers that have the phone among their contacts, whatever it is written with. */
function ownersOf(phone: string, world: World): Set<number> {
  const matches = matcher(digitsOf(phone), world.switches.phoneMatch);
  const owners = new Set<number>();
  for (const { record } of world.visibleContacts.byId.values()) {
    if (record.active && record.type !== 'Email' && matches(digitsOf(record.value))) owners.add(record.customerId);
  }
  return owners;
}

function readShow(query: Query, { switches }: World): (version: Version<CustomerRecord>) => CustomerRecord {
  const isAskedFor = query.text('externalDataApplicationGuid') !== undefined;
  return (version) => shownCustomer(version, isAskedFor ? [] : switches.externalData);
}
