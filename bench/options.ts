import { parseArgs } from 'node:util';
import { COST_PARTS, type CostSizes } from './costs/costs.ts';
import { FORM_NAMES, type FormName } from './forms/form.ts';

export const PARTS = ['forms', ...COST_PARTS] as const;
export type Part = (typeof PARTS)[number];

export interface Options {
  /** What is measured; of the rest the last results stay. */
  parts: readonly Part[];
  /** Customers of the initial syncs of all forms, with no added latency. */
  sizes: number[];
  /** Customers of those with the latency that users have; all of the incremental runs are of the first. */
  latencySizes: number[];
  /** Customers of the initial syncs that the two slow forms sit out. */
  largeSizes: number[];
  /** How many customers change before each incremental run; 0: a tick with nothing to do. */
  changes: number[];
  /** Each size is measured so often, the forms taking turns. */
  rounds: number;
  forms: readonly FormName[];
  costs: CostSizes;
  /** The product's settings, where they differ from its defaults. */
  settings: Record<string, string>;
  /** Where results.json and performance.md go; null: nothing is written. */
  output: 'project' | null;
}

const FULL = {
  sizes: [10_000, 100_000],
  latencySizes: [10_000, 100_000],
  largeSizes: [1_000_000],
  changes: [0, 1, 50, 5000],
  rounds: 3,
  costs: { page: 5000, customers: 30_000, compared: 100_000, workspaces: 10_000, runs: 50 },
};
const QUICK = {
  sizes: [2000],
  latencySizes: [500],
  largeSizes: [],
  changes: [0, 1, 50],
  rounds: 1,
  costs: { page: 1000, customers: 2000, compared: 2000, workspaces: 500, runs: 10 },
};

const USAGE = `Usage: npm run bench [-- options]
  --quick                        small sizes, one round, nothing written: a few minutes
  --sizes 10000,100000           customers of the initial syncs; '' for none, whose last results stay
  --latency-sizes 10000,100000   the same with 200 ms a ServiceTitan call and 30 ms a Supabase call
  --large-sizes 1000000          the same of the product and the limit alone
  --changes 0,1,50,5000          customers changed before each incremental run
  --rounds 3                     measurements of each; the median counts
  --forms naive,ours             which forms take part (${FORM_NAMES.join(', ')})
  --parts forms,tick             what is measured (${PARTS.join(', ')}); of the rest the last results stay
  --page 5000                    function, profile: records of a page
  --customers 30000              calls: customers of the initial sync that is counted
  --compared 100000              pass: customers of the tenant that is compared
  --workspaces 10000             tick: workspaces of the tick
  --runs 50                      runs: how many follow each other
  --set INCREMENTAL_PAGE_SIZE=5000   forms: a setting of the product other than its default, nothing written; may come again
  --no-output                    print only; write neither bench/results.json nor docs/performance.md`;

/** Throws an error with the usage for what it doesn't know. */
export function readOptions(args: string[]): Options {
  try {
    const { values } = parseArgs({
      args,
      allowNegative: true,
      options: {
        quick: { type: 'boolean', default: false },
        sizes: { type: 'string' },
        'latency-sizes': { type: 'string' },
        'large-sizes': { type: 'string' },
        changes: { type: 'string' },
        rounds: { type: 'string' },
        forms: { type: 'string' },
        parts: { type: 'string' },
        page: { type: 'string' },
        customers: { type: 'string' },
        compared: { type: 'string' },
        workspaces: { type: 'string' },
        runs: { type: 'string' },
        set: { type: 'string', multiple: true, default: [] },
        output: { type: 'boolean', default: true },
      },
    });
    const base = values.quick ? QUICK : FULL;
    return {
      sizes: numbers('sizes', values.sizes) ?? base.sizes,
      latencySizes: numbers('latency-sizes', values['latency-sizes']) ?? base.latencySizes,
      largeSizes: numbers('large-sizes', values['large-sizes']) ?? base.largeSizes,
      changes: numbers('changes', values.changes) ?? base.changes,
      rounds: number('rounds', values.rounds) ?? base.rounds,
      forms: namesOf('forms', values.forms, FORM_NAMES),
      parts: namesOf('parts', values.parts, PARTS),
      costs: {
        page: number('page', values.page) ?? base.costs.page,
        customers: number('customers', values.customers) ?? base.costs.customers,
        compared: number('compared', values.compared) ?? base.costs.compared,
        workspaces: number('workspaces', values.workspaces) ?? base.costs.workspaces,
        runs: number('runs', values.runs) ?? base.costs.runs,
      },
      settings: Object.fromEntries(values.set.map(readSetting)),
      // What is written is of the product as it comes.
      output: values.output && !values.quick && values.set.length === 0 ? 'project' : null,
    };
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${USAGE}`, { cause: error });
  }
}

function numbers(name: string, text: string | undefined): number[] | undefined {
  if (text === undefined) return undefined;
  if (!/^(?:\d+(?:,\d+)*)?$/.test(text)) throw new Error(`--${name} takes whole numbers with commas between them.`);
  return text === '' ? [] : text.split(',').map(Number);
}

function readSetting(text: string): [name: string, value: string] {
  const [, name, value] = /^([A-Z_]+)=(.+)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new Error('--set takes NAME=value.');
  return [name, value];
}

function number(name: string, text: string | undefined): number | undefined {
  return numbers(name, text)?.[0];
}

/** All of them when none are given. */
function namesOf<Name extends string>(option: string, text: string | undefined, known: readonly Name[]) {
  const names = text?.split(',') ?? known;
  const unknown = names.find((name) => !known.includes(name as Name));
  if (unknown !== undefined) throw new Error(`--${option}: there is no "${unknown}".`);
  return names as readonly Name[];
}
