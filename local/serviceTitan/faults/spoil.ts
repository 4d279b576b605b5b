import type { CallFault } from '../faults.ts';
import type { World } from '../tenant/world.ts';
import { names, type ObservedCall } from './callMatch.ts';
import { parseExactly } from './exactJson.ts';
import { kindOf } from './operation.ts';

type Fields = { [name: string]: unknown };

/** The answer as text, with what the faults put over its records, then over what is around them. */
export function spoilt(body: object, world: World, call: ObservedCall, fault: CallFault): string {
  if (fault.body === 'wrongShape') return JSON.stringify({ records: [], next: null });
  const answer: Fields = { ...body };
  const isList = Array.isArray(answer['data']);
  if (isList) answer['data'] = (answer['data'] as Fields[]).map((record) => spoiltRecord(record, world, call, fault));
  const shown = isList ? answer : spoiltRecord(answer, world, call, fault);
  if (fault.body === 'empty-hasMore') Object.assign(shown, { hasMore: true, data: [] });
  if (typeof shown['continueFrom'] === 'string') turnInCircles(shown, fault);
  const text = JSON.stringify(withFields(shown, fault.answer));
  return fault.body === 'truncated' ? text.slice(0, text.length / 2) : text;
}

function spoiltRecord(record: Fields, world: World, call: ObservedCall, { onRecords }: CallFault): Fields {
  const own = idsOf(record, call);
  const shown = world.wireIds.onto(record);
  return onRecords.reduce((done, { match, fields }) => (names(match, own) ? withFields(done, fields) : done), shown);
}

/** Which customer and which contact a record of an answer is about, as far as rules can name it. */
export function idsOf(
  record: Fields,
  call: Pick<ObservedCall, 'operation' | 'customers'>,
): { customer?: number; contact?: number } {
  const { id, customerId } = record as { id: number; customerId?: number };
  if (kindOf(call.operation) === 'customer') return { customer: id };
  // A customer's own list leaves out whose it is.
  const [customer = customerId] = call.operation === 'ownContacts' ? call.customers : [];
  const contact = kindOf(call.operation) === 'contact' ? { contact: id } : {};
  return customer === undefined ? contact : { ...contact, customer };
}

/** The first tokens go out as they are; from then on they come again, in their order. */
function turnInCircles(answer: Fields, { tokenCycle, cycle }: CallFault): void {
  if (tokenCycle === undefined || cycle === undefined) return;
  cycle.push(cycle.length < tokenCycle ? String(answer['continueFrom']) : cycle[cycle.length - tokenCycle]!);
  answer['continueFrom'] = cycle.at(-1);
  answer['hasMore'] = true;
}

function withFields(record: Fields, fields: { [path: string]: string | null } | undefined): Fields {
  if (fields === undefined) return record;
  // Numbers beyond 2^53 stand in it as they go out, and can't be cloned.
  const copy = parseExactly(JSON.stringify(record)) as Fields;
  for (const [path, text] of Object.entries(fields)) put(copy, path.split('.'), text);
  return copy;
}

function put(into: Fields, [name = '', ...rest]: string[], text: string | null): void {
  if (rest.length > 0) {
    if (typeof into[name] !== 'object' || into[name] === null) into[name] = {};
    put(into[name] as Fields, rest, text);
  } else if (text === null) delete into[name];
  else into[name] = parseExactly(text);
}
