import { parseArgs } from 'node:util';
import { FORM_NAMES, type FormName } from './forms/form.ts';

export interface Options {
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
  /** Where results.json and performance.md go; null: nothing is written. */
  output: 'project' | null;
}

const FULL = {
  sizes: [10_000, 100_000],
  latencySizes: [10_000],
  largeSizes: [1_000_000],
  changes: [0, 1, 50, 5000],
  rounds: 3,
};
const QUICK = { sizes: [2000], latencySizes: [500], largeSizes: [], changes: [0, 1, 50], rounds: 1 };

const USAGE = `Usage: npm run bench [-- options]
  --quick                 small sizes, one round, nothing written: about two minutes
  --sizes 10000,100000    customers of the initial syncs
  --latency-sizes 10000   the same with 200 ms a ServiceTitan call and 30 ms a Supabase call
  --large-sizes 1000000   the same of the product and the limit alone
  --changes 0,1,50,5000   customers changed before each incremental run
  --rounds 3              measurements of each; the median counts
  --forms naive,ours      which forms take part (${FORM_NAMES.join(', ')})
  --no-output             print only; write neither bench/results.json nor docs/performance.md`;

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
        output: { type: 'boolean', default: true },
      },
    });
    const base = values.quick ? QUICK : FULL;
    return {
      sizes: numbers('sizes', values.sizes) ?? base.sizes,
      latencySizes: numbers('latency-sizes', values['latency-sizes']) ?? base.latencySizes,
      largeSizes: numbers('large-sizes', values['large-sizes']) ?? base.largeSizes,
      changes: numbers('changes', values.changes) ?? base.changes,
      rounds: numbers('rounds', values.rounds)?.[0] ?? base.rounds,
      forms: formNames(values.forms) ?? FORM_NAMES,
      output: values.output && !values.quick ? 'project' : null,
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

function formNames(text: string | undefined): FormName[] | undefined {
  const names = text?.split(',');
  const unknown = names?.find((name) => !FORM_NAMES.includes(name as FormName));
  if (unknown !== undefined) throw new Error(`--forms: there is no form "${unknown}".`);
  return names as FormName[] | undefined;
}
