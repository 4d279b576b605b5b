import { z } from 'zod';
import { OPERATIONS, type Operation } from './operation.ts';

const operation = z.enum(OPERATIONS);
const ids = z.exactOptional(z.array(z.int()));

/**
 * Which calls a rule is about; what is left out matches any. Token requests of the tenant's client count too.
 */
export const callMatch = z.strictObject({
  operation: z.exactOptional(z.union([operation, z.array(operation).readonly()])),
  method: z.exactOptional(z.string()),
  pathIncludes: z.exactOptional(z.string()),
  /** Looked for in the query as sent and as decoded. */
  queryIncludes: z.exactOptional(z.string()),
  /** What an export is asked to go on from. */
  from: z.exactOptional(z.enum(['none', 'date', 'token'])),
  /**
   * Calls that ask for one of these customers by id (in the path, in `ids`, in `customerIds`), and calls
   * whose answer would hold one of them or of their contacts.
   */
  customers: ids,
  /** Calls whose answer would hold one of these contacts. */
  contacts: ids,
});

export type CallMatch = z.infer<typeof callMatch>;

/** A call as the rules see it. */
export interface ObservedCall {
  method: string;
  path: string;
  /** As sent, without the question mark. */
  query: string;
  operation: Operation;
  /** Asked for by id. */
  customers: ReadonlySet<number>;
}

/** The records of an answer. */
export interface Held {
  customers: ReadonlySet<number>;
  contacts: ReadonlySet<number>;
}

export const NOTHING_HELD: Held = { customers: new Set(), contacts: new Set() };

/** Whether the call itself is meant, whatever records the rule names. */
export function isMatch(match: CallMatch, call: ObservedCall): boolean {
  const { method, pathIncludes = '', queryIncludes = '' } = match;
  return (
    (match.operation === undefined || [match.operation].flat().includes(call.operation)) &&
    (method === undefined || method.toUpperCase() === call.method) &&
    call.path.includes(pathIncludes) &&
    (call.query.includes(queryIncludes) || decoded(call.query).includes(queryIncludes)) &&
    (match.from === undefined || match.from === fromOf(call.query))
  );
}

/** Whether one of the records that the rule names is asked for or would be in the answer. */
export function concerns({ customers, contacts }: CallMatch, call: ObservedCall, held: () => Held): boolean {
  if (customers === undefined && contacts === undefined) return true;
  return (
    (customers?.some((id) => call.customers.has(id) || held().customers.has(id)) ?? false) ||
    (contacts?.some((id) => held().contacts.has(id)) ?? false)
  );
}

/** Whether a record of an answer is one that the rule names; a contact is named by its customer too. */
export function names(
  { customers, contacts }: CallMatch,
  record: { customer?: number | undefined; contact?: number | undefined },
): boolean {
  if (customers === undefined && contacts === undefined) return true;
  return (
    (record.customer !== undefined && (customers?.includes(record.customer) ?? false)) ||
    (record.contact !== undefined && (contacts?.includes(record.contact) ?? false))
  );
}

function fromOf(query: string): 'none' | 'date' | 'token' {
  const from = new URLSearchParams(query).get('from') || undefined;
  if (from === undefined) return 'none';
  return /^\d{4}-\d\d-\d\d/.test(from) ? 'date' : 'token';
}

function decoded(query: string): string {
  return Array.from(new URLSearchParams(query), ([name, value]) => `${name}=${value}`).join('&');
}
