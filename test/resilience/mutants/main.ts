// npm run test:mutants -- [--only <part of a name>] [--runs 400] [--seed N] [--heals]: breaks each rule in a copy of the source, plays histories (or runs
// the tests that are named) until something is red, and prints the table of docs/reliability.md. With --heals only those of the live
// readers, and whether the settled reader or a pass brings by itself what they lose.
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pMap from 'p-map';
import { freePort } from '../../../local/ports.ts';
import { createProcesses } from '../../../local/processes.ts';
import { bootstrap } from '../../../local/supabase/migrate.ts';
import { createProjectSecrets } from '../../../local/supabase/keys.ts';
import { startPostgres } from '../../../local/supabase/postgres.ts';
import type { Healing } from '../histories/play.ts';
import { fileOf, type Mutant, mutate } from './mutate.ts';
import { MUTANTS } from './mutants.ts';
import { SECURITY_MUTANTS } from './securityMutants.ts';
import { titlePattern } from '../../support/titles.ts';

const PROJECT = join(import.meta.dirname, '../../..');
/** Two cores, as histories have. */
const AT_ONCE = 2;

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    runs: { type: 'string', default: '400' },
    seed: { type: 'string', default: '1' },
    heals: { type: 'boolean', default: false },
  },
});

/** Of the live readers, in src/sync. */
const LIVE_FILES = [
  'readPages',
  'readWindow',
  'customersWindow',
  'incrementalSync',
  'windowSeen',
  'exportFeeds',
  'followExport',
  'customerContacts',
  'filterCheck',
];

interface Verdict {
  mutant: Mutant;
  file: string;
  /** Null: nothing turned red. */
  caughtBy: string | null;
  histories: string;
}

const processes = createProcesses((message) => {
  throw new Error(message);
});
chmodSync(processes.folder, 0o711);
const folders: string[] = [];
try {
  const { url: serverUrl } = await startPostgres({
    folder: join(processes.folder, 'postgres'),
    port: await freePort(),
    durable: false,
    password: createProjectSecrets().postgresPassword,
    processes,
    logFile: join(processes.folder, 'postgres.log'),
  });
  // Once: two at the same time would both create the roles.
  await bootstrap(serverUrl);
  const idle = Array.from({ length: AT_ONCE }, copyProject);
  const named = [...MUTANTS, ...SECURITY_MUTANTS].filter(({ name }) => name.includes(values.only));
  const chosen = values.heals ? named.filter(isOfLiveReader) : named;
  // The tests of the unchanged copy first: one that is red there, for whatever reason, shows nothing.
  const files = new Set(values.heals ? [] : chosen.flatMap(({ tests }) => tests?.file ?? []));
  const green = new Map<string, string[]>();
  for (const file of files) {
    const { passed, failed } = await runTests(idle[0]!, file);
    if (failed.length > 0) throw new Error(`${file} is not green on the unchanged source: ${failed.join('; ')}`);
    green.set(file, passed);
  }
  const verdicts = await pMap(
    chosen,
    async (mutant) => {
      const folder = idle.pop()!;
      const takeBack = mutate(folder, mutant);
      try {
        const verdict = values.heals
          ? await askWhoHeals(folder, serverUrl, mutant)
          : await judge(folder, serverUrl, mutant, green);
        if (values.heals) {
          console.error(`${mutant.name}: ${verdict.caughtBy}`);
          return verdict;
        }
        console.error(`${verdict.caughtBy === null ? 'SURVIVED' : 'caught'}: ${mutant.name}: ${verdict.caughtBy}`);
        return verdict;
      } finally {
        takeBack();
        idle.push(folder);
      }
    },
    { concurrency: AT_ONCE },
  );
  // The copy itself, unchanged, has to pass: else everything is red for another reason.
  const unchanged =
    values.heals || chosen.every(({ tests }) => tests)
      ? { caughtBy: null, histories: 'no' }
      : await playHistories(idle[0]!, serverUrl);
  if (values.heals) printHealings(verdicts);
  else printTable(verdicts);
  console.log(
    `\n${verdicts.length} mutants, seed ${values.seed}, ${new Date().toISOString().slice(0, 10)}. The unchanged source: ${unchanged.caughtBy ?? `green, ${unchanged.histories} histories`}.`,
  );
  const survived = verdicts.filter(({ caughtBy }) => caughtBy === null);
  if (survived.length > 0) console.error(`Survived: ${survived.map(({ mutant }) => mutant.name).join(', ')}`);
  process.exitCode = survived.length > 0 || unchanged.caughtBy !== null ? 1 : 0;
} finally {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  await processes.stop();
}

function copyProject(): string {
  const folder = mkdtempSync(join(tmpdir(), 'mutant-'));
  folders.push(folder);
  chmodSync(folder, 0o755);
  const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: PROJECT,
    encoding: 'utf8',
  });
  for (const file of files.split('\n').filter(Boolean)) cpSync(join(PROJECT, file), join(folder, file));
  symlinkSync(join(PROJECT, 'node_modules'), join(folder, 'node_modules'));
  // A repository of its own, because a test asks git what it leaves out.
  execFileSync('git', ['init', '--quiet', folder]);
  return folder;
}

async function judge(
  folder: string,
  serverUrl: string,
  mutant: Mutant,
  green: ReadonlyMap<string, string[]>,
): Promise<Verdict> {
  const file = fileOf(PROJECT, mutant);
  const found = mutant.tests
    ? { caughtBy: await testThatCatches(folder, mutant.tests, green), histories: `a test: ${mutant.tests.why}` }
    : await playHistories(folder, serverUrl);
  return { mutant, file, ...found };
}

/** Reads what ServiceTitan shows, or decides where the reading goes on. */
function isOfLiveReader({ at }: Mutant): boolean {
  return 'file' in at
    ? LIVE_FILES.some((file) => at.file === `src/sync/${file}.ts`)
    : ['begin_servicetitan_run', 'advance_servicetitan_cursor', 'commit_servicetitan_page'].includes(at.sql);
}

/** Until something is lost, at most so many histories as a mutant has. */
async function askWhoHeals(folder: string, serverUrl: string, mutant: Mutant): Promise<Verdict> {
  const { output, code } = await run(folder, [...historiesOf(serverUrl), '--heals']);
  const [, found] = /^Healing: (.*)$/m.exec(output) ?? [];
  if (code !== 0 || found === undefined) throw new Error(`The histories did not run:\n${output.slice(-2000)}`);
  const [healing] = JSON.parse(found) as Healing[];
  const [, histories = '?'] = /^(\d+) histories in/m.exec(output) ?? [];
  const caughtBy = healing
    ? `${healing.by}${healing.by === 'neither' ? '' : `, run ${healing.runs}`}`
    : 'nothing was lost';
  return { mutant, file: fileOf(PROJECT, mutant), caughtBy: healing?.by === 'neither' ? null : caughtBy, histories };
}

async function playHistories(folder: string, serverUrl: string): Promise<Pick<Verdict, 'caughtBy' | 'histories'>> {
  const { output, code } = await run(folder, historiesOf(serverUrl));
  if (code === 0) return { caughtBy: null, histories: values.runs };
  const [, number, breach] = /^History (\d+) broke a rule.*\n(?:Breach: |Error: )?(.*)/m.exec(output) ?? [];
  if (number === undefined) throw new Error(`The histories did not run:\n${output.slice(-2000)}`);
  return {
    caughtBy: breach!.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '…').replaceAll(/\b\d{6,}\b/g, '…'),
    histories: number,
  };
}

function historiesOf(serverUrl: string): string[] {
  const options = [
    '--server',
    serverUrl,
    '--runs',
    values.runs,
    '--seed',
    values.seed,
    '--threads',
    '1',
    '--no-shrink',
  ];
  return ['test/resilience/histories/main.ts', ...options];
}

/** The first test that is red now and was green on the unchanged copy, or null. */
async function testThatCatches(
  folder: string,
  { file, title }: NonNullable<Mutant['tests']>,
  green: ReadonlyMap<string, string[]>,
): Promise<string | null> {
  const { failed } = await runTests(folder, file);
  const isMeant = (name: string) => title === undefined || titlePattern(title).test(name);
  const caughtBy = failed.find((name) => isMeant(name) && green.get(file)!.includes(name));
  return caughtBy === undefined ? null : `test "${caughtBy}"`;
}

/** The names of the tests that passed and of those that failed. */
async function runTests(folder: string, file: string): Promise<{ passed: string[]; failed: string[] }> {
  const outputFile = join(folder, 'tests.json');
  const { output } = await run(folder, [
    'node_modules/vitest/vitest.mjs',
    'run',
    `--project=${/^test\/(worker|browser)\//.exec(file)?.[1] ?? 'node'}`,
    '--reporter=json',
    `--outputFile=${outputFile}`,
    file,
  ]);
  if (!existsSync(outputFile)) throw new Error(`The tests did not run:\n${output.slice(-2000)}`);
  const report = JSON.parse(readFileSync(outputFile, 'utf8')) as {
    testResults: { assertionResults: { status: string; fullName: string }[] }[];
  };
  rmSync(outputFile);
  const results = report.testResults.flatMap(({ assertionResults }) => assertionResults);
  if (results.length === 0) throw new Error(`No test of ${file} ran:\n${output.slice(-2000)}`);
  const named = (wanted: string) =>
    results.filter(({ status }) => status === wanted).map(({ fullName }) => fullName.trim());
  return { passed: named('passed'), failed: named('failed') };
}

function run(cwd: string, args: string[]): Promise<{ output: string; code: number | null }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, CI: '' },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.on('close', (code) => resolve({ output, code }));
  });
}

function printTable(verdicts: Verdict[]): void {
  console.log('| mutant | rule | file | caught by | after histories |\n| --- | --- | --- | --- | --- |');
  for (const { mutant, file, caughtBy, histories } of verdicts) {
    console.log(
      `| ${mutant.name} | ${mutant.rule} | \`${file.replace(/^supabase\//, '…/')}\` | ${caughtBy ?? '**nothing**'} | ${histories} |`,
    );
  }
}

function printHealings(verdicts: Verdict[]): void {
  console.log('| mutant | rule | healed by | after histories |\n| --- | --- | --- | --- |');
  for (const { mutant, caughtBy, histories } of verdicts)
    console.log(`| ${mutant.name} | ${mutant.rule} | ${caughtBy ?? '**neither**'} | ${histories} |`);
}
