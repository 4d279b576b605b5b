import type { Call } from '../call.ts';
import { names } from '../faults/callMatch.ts';
import type { Version } from '../tenant/table.ts';

export type See<Record> = (version: Version<Record>) => Version<Record> | undefined;

/**
 * What a call shows of a record: as it is, as it was before a write that comes late, or nothing. `formersOf`
 * gives the versions before the last one, oldest first; where it is left out, what is late does not show at
 * all. Undefined when all records show as they are.
 */
export function seeing<Record extends object>(
  { world, fault }: Call,
  kind: 'customer' | 'contact',
  formersOf: (id: number) => readonly Version<Record>[] = () => [],
): See<Record> | undefined {
  const rules = fault.onRecords.filter(({ hidden, lateSeconds }) => hidden === true || lateSeconds !== undefined);
  if (rules.length === 0) return undefined;
  return (version) => {
    const own = rules.filter(({ match }) => names(match, idsOf(version, kind)));
    if (own.some(({ hidden }) => hidden)) return undefined;
    const lateSeconds = Math.max(0, ...own.map((rule) => rule.lateSeconds ?? 0));
    if (lateSeconds === 0) return version;
    const until = world.clock.ago(lateSeconds);
    return [...formersOf(version.id), version].findLast(({ writtenAt }) => writtenAt <= until);
  };
}

/** Whether a fault hides the customer from the call. */
export function isHidden({ fault }: Call, customer: number): boolean {
  return fault.onRecords.some(({ hidden, match }) => hidden === true && names(match, { customer }));
}

/** By the ids that go out: a contact that several customers share has one id under all of them. */
function idsOf<Record>({ id, raw, record }: Version<Record>, kind: 'customer' | 'contact') {
  if (kind === 'customer') return { customer: id };
  const { customerId } = record as { customerId: number };
  return { contact: typeof raw?.['id'] === 'number' ? raw['id'] : id, customer: customerId };
}
