// The targets that the comparisons show, and whether each is met: only those whose work was measured.
import { CLAIM } from './countingProxy.ts';
import type { FormName } from './forms/form.ts';
import type { Measurement } from './measure.ts';
import { median } from './median.ts';
import { type Comparison, ofForm, ratio } from './results.ts';
import type { Target } from './target.ts';

const CUSTOMERS = 100_000;
const TEN_TIMES = 1_000_000;
const FUNCTION = 'servicetitan-contact-sync';

const TIMES_FASTER = { withoutLatency: 4, withLatency: 20 };
const TIMES_THE_LIMIT = 2.5;
const CONNECTIONS = 6;
const GROWTH = 12;
const MEMORY_GROWTH = 1.25;
/** Supabase calls are those beside the claim, which is the tick's, for many workspaces at once. */
const IDLE = { steps: 6, serviceTitan: 3, supabase: 6, rows: 0 };
const ONE_CHANGED = { steps: 8, serviceTitan: 4, functionCalls: 1 };

export function speedTargets(comparisons: Comparison[]): Target[] {
  const initial = (customers: number, latency: boolean) =>
    comparisons.find((one) => one.customers === customers && one.changed === null && one.latency === latency);
  const [small, large, delayed] = [initial(CUSTOMERS, false), initial(TEN_TIMES, false), initial(CUSTOMERS, true)];
  const counted = comparisons.filter(({ latency }) => latency);
  const ofChanged = (changed: number) =>
    counted.filter((one) => one.changed === changed).flatMap((one) => ofForm(one, 'ours'));
  return [
    fasterThanNaive(small, 'without latency', TIMES_FASTER.withoutLatency),
    withinTheLimit(small),
    fasterThanNaive(delayed, 'with latency', TIMES_FASTER.withLatency),
    connections(counted.flatMap((one) => ofForm(one, 'ours'))),
    growth(small, large),
    memory(small, large),
    idle(ofChanged(0)),
    oneChanged(ofChanged(1)),
  ].filter((target) => target !== null);
}

function fasterThanNaive(comparison: Comparison | undefined, how: string, times: number): Target | null {
  const found = comparison ? ratio(comparison, 'naive', 'ours') : null;
  if (found === null) return null;
  const target = `${ofCustomers(CUSTOMERS)} ${how}: at least ${times} times as fast as naive`;
  return { target, found: `${shown(found)} times`, isMet: found >= times, isRatio: true };
}

function withinTheLimit(comparison: Comparison | undefined): Target | null {
  const found = comparison ? ratio(comparison, 'ours', 'limit') : null;
  if (found === null) return null;
  const target = `${ofCustomers(CUSTOMERS)} without latency: within ${TIMES_THE_LIMIT} times the limit`;
  return { target, found: `${shown(found)} times`, isMet: found <= TIMES_THE_LIMIT, isRatio: true };
}

function connections(ours: Measurement[]): Target | null {
  const all = ours.flatMap(({ serviceTitan, supabase }) =>
    serviceTitan && supabase ? [{ serviceTitan: serviceTitan.mostAtOnce, supabase: supabase.mostAtOnce }] : [],
  );
  if (all.length === 0) return null;
  const most = all.reduce((one, other) => (sumOf(other) > sumOf(one) ? other : one));
  return {
    target: `at most ${CONNECTIONS} connections at once`,
    found: `${most.serviceTitan} to ServiceTitan and ${most.supabase} to Supabase`,
    isMet: sumOf(most) <= CONNECTIONS,
  };
}

function sumOf({ serviceTitan, supabase }: { serviceTitan: number; supabase: number }): number {
  return serviceTitan + supabase;
}

function growth(small: Comparison | undefined, large: Comparison | undefined): Target | null {
  const found = timesAsLong('ours', small, large);
  if (found === null) return null;
  const limit = timesAsLong('limit', small, large);
  return {
    target: `${ofCustomers(TEN_TIMES)} within ${GROWTH} times the time of ${CUSTOMERS.toLocaleString('en-US')}`,
    found: `${shown(found)} times${limit === null ? '' : `; the limit took ${shown(limit)} times as long`}`,
    isMet: found <= GROWTH,
    isRatio: true,
  };
}

function timesAsLong(form: FormName, small: Comparison | undefined, large: Comparison | undefined): number | null {
  const times = [large, small].map((one) => (one ? ofForm(one, form).map(({ milliseconds }) => milliseconds) : []));
  return times.every(({ length }) => length > 0) ? median(times[0]!) / median(times[1]!) : null;
}

function memory(small: Comparison | undefined, large: Comparison | undefined): Target | null {
  const [before, after] = [small, large].map((one) => (one ? ofForm(one, 'ours') : []));
  if (before!.length === 0 || after!.length === 0) return null;
  const parts = (['deno', 'workerd'] as const).map((part) => {
    const [from, to] = [before!, after!].map((all) => Math.max(...all.map(({ megabytes }) => megabytes[part])));
    return { part, from: from!, to: to! };
  });
  const say = ({ part, from, to }: (typeof parts)[number]) =>
    `${part === 'deno' ? 'Edge Function' : 'workerd'} ${to.toFixed(0)} MB after ${from.toFixed(0)}`;
  return {
    target: `memory at ${TEN_TIMES.toLocaleString('en-US')} customers at most ${MEMORY_GROWTH} times that at ${CUSTOMERS.toLocaleString('en-US')}`,
    found: parts.map(say).join(', '),
    isMet: parts.every(({ from, to }) => to <= from * MEMORY_GROWTH),
    isRatio: true,
  };
}

function idle(ours: Measurement[]): Target | null {
  if (ours.length === 0) return null;
  const steps = most(ours, stepsOf);
  const serviceTitan = most(ours, (one) => one.serviceTitan!.calls);
  const supabase = most(ours, (one) => one.supabase!.calls - (one.supabase!.byPath[CLAIM] ?? 0));
  const rows = most(ours, ({ rowsWritten }) => rowsWritten);
  return {
    target: `an idle tick: at most ${IDLE.steps} steps, ${IDLE.serviceTitan} ServiceTitan calls, ${IDLE.supabase} Supabase calls beside the claim, no row of contacts written`,
    found: `${steps} steps, ${serviceTitan} and ${supabase} calls, ${rows} rows`,
    isMet: steps <= IDLE.steps && serviceTitan <= IDLE.serviceTitan && supabase <= IDLE.supabase && rows <= IDLE.rows,
  };
}

function oneChanged(ours: Measurement[]): Target | null {
  if (ours.length === 0) return null;
  const steps = most(ours, stepsOf);
  const serviceTitan = most(ours, (one) => one.serviceTitan!.calls);
  const functionCalls = most(ours, (one) => one.supabase!.byPath[FUNCTION] ?? 0);
  return {
    target: `one changed customer: at most ${ONE_CHANGED.steps} steps, ${ONE_CHANGED.serviceTitan} ServiceTitan calls, ${ONE_CHANGED.functionCalls} function call`,
    found: `${steps} steps, ${serviceTitan} ServiceTitan calls, ${functionCalls} of the function`,
    isMet:
      steps <= ONE_CHANGED.steps &&
      serviceTitan <= ONE_CHANGED.serviceTitan &&
      functionCalls <= ONE_CHANGED.functionCalls,
  };
}

/** A run of a few steps is always listed; one that is not has too many. */
function stepsOf({ steps }: Measurement): number {
  return steps ?? Infinity;
}

function most(measurements: Measurement[], of: (one: Measurement) => number): number {
  return Math.max(...measurements.map(of));
}

function ofCustomers(count: number): string {
  return `initial sync of ${count.toLocaleString('en-US')} customers`;
}

function shown(value: number): string {
  return value.toFixed(value < 10 ? 2 : 1);
}
