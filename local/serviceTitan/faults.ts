import { concerns, isMatch, type CallMatch, type Held, type ObservedCall } from './faults/callMatch.ts';
import { isOfData, isRefusing, recordFault, type Fault, type RecordFault } from './faults/fault.ts';
import { faultRule, type FaultRule } from './faults/rule.ts';

// How the API of a tenant goes wrong: a list of rules. A rule says which calls it is about
// (faults/callMatch.ts), when and how often (faults/rule.ts), and what befalls them (faults/fault.ts). From
// outside a rule is the same as JSON, sent to POST …/faults; DELETE …/faults/<name> ends what has that name.
//
// Once:
//   const end = world.faults.add({ match: { operation: 'contactsByCustomers' }, fault: { empty: true } });
//
// For good, whenever the record is asked for or would be shown; `end()` heals it:
//   { match: { operation: ['contactsByCustomers', 'ownContacts'], customers: [5] }, times: 'always',
//     fault: { status: 500 } }
//   { match: { operation: 'customers', customers: [5] }, times: 'always', fault: { status: 500 } }
//   { match: { operation: EXPORTS, contacts: [51] }, times: 'always', fault: { noAnswer: true } }
//
// Fields in other kinds, as JSON text that goes out exactly as it stands; null takes the field away:
//   { match: { operation: 'customers', customers: [5] }, times: 'always',
//     fault: { fields: { taxExempt: '"Exempt"', 'address.zip': '83702', balance: '9007199254740993', name: null } } }
//
// Gone without a trace, and back at `end()`; late in one place; a customer that leaves between two pages:
//   { match: { customers: [5] }, times: 'always', fault: { hidden: true } }
//   { match: { operation: 'recentContactsExport', contacts: [51] }, times: 'always', fault: { lateSeconds: 1200 } }
//   { after: { operation: 'customers' }, match: { customers: [5] }, times: 'always', fault: { hidden: true } }
//
// An outage of one endpoint for ten minutes of the tenant's clock, from now or from the first customers list:
//   { match: { operation: CONTACT_LISTS }, forSeconds: 600, fault: { status: 503 } }
//   { after: { operation: 'customers' }, match: { operation: CONTACT_LISTS }, forSeconds: 600, fault: { status: 503 } }
//
// Lists and exports that are wrong about themselves: an early end, another page, no total, cut ids, no order;
// an export that refuses every token, and one that goes A B A B:
//   { match: { operation: 'customers' }, fault: { answer: { hasMore: 'false' } } }
//   { match: { operation: 'customers' }, fault: { answer: { page: '7', totalCount: 'null' } } }
//   { match: { operation: 'contactsByCustomers' }, times: 'always', fault: { idsHonoured: 25 } }
//   { match: { operation: 'customers' }, times: 'always', fault: { unsorted: 1 } }
//   { match: { operation: EXPORTS, from: 'token' }, times: 'always', fault: { status: 410 } }
//   { match: { operation: EXPORTS }, times: 'always', fault: { tokenCycle: 2 } }
//
// The gateway's own 429, {"statusCode": 429, "message": "… Try again in 7 seconds."}, and no Date:
//   { fault: { status: 429, body: 'gateway', titleSeconds: 7 } }
//   { times: 'always', fault: { date: 'absent' } }
//
// What is done to records is a method of the world, and an operation, but no fault: `shareContact` (one contact
// under two customers), `renumber` (an id beyond 2^53), `changeWithoutStamp`, `restamp` (back, or to 2099),
// `deleteContact`. What a tenant does differently for good is a switch: switches.ts.

export type { Fault } from './faults/fault.ts';
export type { FaultRule } from './faults/rule.ts';

/** What befalls one call: the faults of all rules together, and what is done to which records. */
export interface CallFault extends Fault {
  onRecords: readonly ({ match: CallMatch } & RecordFault)[];
  /** Tokens that a cycle has given out. */
  cycle?: string[];
}

export const NO_FAULT: CallFault = { onRecords: [] };

interface ActiveRule {
  rule: ReturnType<typeof faultRule.parse>;
  begunAtMs: number | undefined;
  cycle: string[];
}

/**
 * The faults still to come, in order. All rules that match a call befall it together; one that has nothing to
 * add to those before it (a second status) keeps its count for a later call, and one with an empty fault
 * spares its calls the rest.
 */
export class Faults {
  readonly #nowMs: () => number;
  #rules: ActiveRule[] = [];

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  get pending(): readonly FaultRule[] {
    this.#dropOver();
    return this.#rules.map(({ rule }) => rule);
  }

  /** Returns what ends it before its time. Throws a ZodError for a rule that can't be. */
  add(given: FaultRule): () => void {
    const rule = faultRule.parse(given);
    rule.times ??= rule.forSeconds === undefined ? 1 : 'always';
    const active = { rule, begunAtMs: rule.after === undefined ? this.#nowMs() : undefined, cycle: [] };
    this.#rules.push(active);
    return () => void (this.#rules = this.#rules.filter((one) => one !== active));
  }

  /** Ends the rules of this name. */
  end(name: string): void {
    this.#rules = this.#rules.filter(({ rule }) => rule.name !== name);
  }

  clear(): void {
    this.#rules = [];
  }

  /** What befalls the call; `readHeld` tells which records its answer would hold, with what stands on records. */
  take(call: ObservedCall, readHeld: (standing: CallFault) => Held): CallFault {
    let read: Held | undefined;
    this.#dropOver();
    const begun = this.#rules.filter(({ begunAtMs }) => begunAtMs !== undefined);
    // What is hidden is in no answer, and moves no other record's place.
    const standing = begun.filter(({ rule }) => isStanding(rule) && isMatch(rule.match, call));
    const onRecords = standing.map(({ rule: { match, fault: given } }) => ({ match, ...given }));
    const held = () => (read ??= readHeld({ ...NO_FAULT, onRecords }));
    for (const active of this.#rules) {
      const { after } = active.rule;
      if (active.begunAtMs !== undefined || after === undefined) continue;
      if (isMatch(after, call) && concerns(after, call, held)) active.begunAtMs = this.#nowMs();
    }
    let taken = NO_FAULT;
    for (const { rule, cycle } of begun) {
      const { match } = rule;
      if (isRefusing(taken)) break;
      if (!isMatch(match, call) || !(isStanding(rule) || concerns(match, call, held))) continue;
      if (!isMeant(rule.fault, call, taken)) continue;
      if (rule.skip > 0) {
        rule.skip--;
        continue;
      }
      if (typeof rule.times === 'number') rule.times--;
      if (isSparing(rule.fault)) break;
      const own = rule.fault.tokenCycle === undefined ? {} : { cycle };
      taken = { ...rule.fault, ...own, ...taken, onRecords: [...taken.onRecords, { match, ...rule.fault }] };
    }
    this.#dropOver();
    return taken;
  }

  #dropOver(): void {
    const nowMs = this.#nowMs();
    this.#rules = this.#rules.filter(({ rule, begunAtMs }) => {
      const isOver = begunAtMs !== undefined && nowMs - begunAtMs >= (rule.forSeconds ?? Infinity) * 1000;
      return rule.times !== 0 && !isOver;
    });
  }
}

const isOfRecords = (key: string) => key in recordFault;

/**
 * It acts on its records wherever they are, so that a record that is hidden on one page is missing in the
 * count of all.
 */
function isStanding({ times, skip, fault: given }: ActiveRule['rule']): boolean {
  return times === 'always' && skip === 0 && Object.keys(given).every(isOfRecords);
}

/** An empty fault spares its calls from all that stands after it. */
const isSparing = (given: Fault) => Object.keys(given).length === 0;

function isMeant(given: Fault, call: ObservedCall, taken: CallFault): boolean {
  if (isSparing(given)) return true;
  if (call.operation === 'token' && isOfData(given)) return false;
  return Object.keys(given).some((key) => isOfRecords(key) || !(key in taken));
}
