// The profile: what each part takes of an initial sync of customers with two contact methods each.
import type { Costs } from '../costs/costs.ts';
import type { SystemPart } from '../processCosts.ts';
import type { Table } from './table.ts';

const METHODS_A_CUSTOMER = 2;

/** What is left of a process when its parts that were measured by themselves are taken away. */
const RESTS = [
  { process: 'workerd', where: 'Worker', part: 'the rest of workerd: the engine and its state, HTTP, warming up' },
  { process: 'deno', where: 'Edge Function', part: 'the rest of Deno: HTTP, supabase-js, warming up' },
  { process: 'postgrest', where: 'PostgREST', part: 'all of it' },
  {
    process: 'postgres',
    where: 'Postgres',
    part: 'the rest of Postgres: reading calls, commits, background, the benchmark asking whether it has ended',
  },
] as const satisfies { process: SystemPart; where: string; part: string }[];

interface Line {
  where: string;
  part: string;
  customers: number | null;
  contacts: number | null;
  /** Of 1,000 customers with their contact methods. */
  together: number;
}

export function profileTable(costs: Costs): Table {
  const lines = linesOf(costs);
  const all = lines.reduce((sum, { together }) => sum + together, 0);
  const show = (value: number | null) => (value === null ? '' : value.toFixed(1));
  return {
    title: 'Where the time of an initial sync goes: CPU milliseconds for 1,000 records',
    head: ['where', 'part', 'customers', 'contact methods', 'customers with two methods each', 'share, %'],
    rows: lines.map(({ where, part, customers, contacts, together }) => [
      where,
      part,
      show(customers),
      show(contacts),
      show(together),
      ((together / all) * 100).toFixed(0),
    ]),
    note:
      "The product's functions by themselves on one real page of each export feed, in a Node process of its own, the least of nine after a warm-up; the SQL functions by `pg_stat_user_functions` " +
      '(`track_functions = all`: a function with its statements, without the functions it calls), in one session with nothing beside it, cut to the CPU time of its process. The rests are what the initial sync of the ' +
      'large tenant took of each process beyond these parts.',
  };
}

function linesOf({ profile, calls }: Costs): Line[] {
  if (!profile) return [];
  const lines: Line[] = profile.parts.map((part) => ({
    ...part,
    together: part.customers + METHODS_A_CUSTOMER * part.contacts,
  }));
  if (!calls) return lines;
  const { cpuSeconds, parity } = calls.measurement;
  const rests = RESTS.map(({ process, where, part }): Line => {
    const measured = lines.filter((line) => line.where === where).reduce((sum, { together }) => sum + together, 0);
    const together = Math.max(0, (cpuSeconds[process] * 1000 * 1000) / parity.contacts - measured);
    return { where, part, customers: null, contacts: null, together };
  });
  return [...lines, ...rests];
}
