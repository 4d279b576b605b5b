// docs/rules.md and the rest of the project name the same rules, and what the book names exists.
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  createdFunctions,
  findMisplacedRules,
  findMissing,
  findStrangeTests,
  findUnexplainedRules,
  findUnknownCitations,
  findUntestedRules,
  namedFiles,
  namedFunctions,
  readRules,
  titlesOf,
} from './support/ruleBook.ts';

const project = join(import.meta.dirname, '..');

/** Programs make these: what looks like a rule's number there cites none. */
const MADE = ['package-lock.json', 'bench/results.json', 'docs/performance.svg'];

/**
 * The project's own files: those that git has, and new ones that it would take. Whoever owns the folder may
 * run the tests.
 */
const listed = ['-c', 'safe.directory=*', 'ls-files', '-z', '--cached', '--others', '--exclude-standard'];
const paths = execFileSync('git', listed, { cwd: project, encoding: 'utf8' })
  .split('\0')
  .filter((path) => path !== '' && statSync(join(project, path), { throwIfNoEntry: false })?.isFile());
const files = paths
  .filter((path) => !MADE.includes(path))
  .map((path) => ({ path, text: readFileSync(join(project, path), 'utf8') }))
  .filter(({ text }) => !text.includes('\0')); // a picture
const tests = files.filter(({ path }) => /^test\/.*\.test\.ts$/.test(path));
const functions = files
  .filter(({ path }) => /^supabase\/schemas\/.*\.sql$/.test(path))
  .flatMap(({ text }) => createdFunctions(text));
const book = readFileSync(join(project, 'docs/rules.md'), 'utf8');
const rules = readRules(book);

test('the headings count up from R1, without a double', () => {
  expect(rules.length).toBeGreaterThanOrEqual(15);
  expect(findMisplacedRules(rules)).toEqual([]);
});

test('every rule says why it is there, where it is enforced, and which tests hold it', () => {
  expect(findUnexplainedRules(rules)).toEqual([]);
});

test('every rule that is cited anywhere has its heading', () => {
  expect(files.length).toBeGreaterThan(500);
  expect(findUnknownCitations(rules, files)).toEqual([]);
});

test('every rule has a test that always runs and whose title begins with its number', () => {
  expect(findUntestedRules(rules, tests)).toEqual([]);
});

test('every file of tests that a rule names has a test of that rule', () => {
  expect(findStrangeTests(rules, tests)).toEqual([]);
});

test('every file and every SQL function that the book names exists', () => {
  expect([namedFiles(book).length, namedFunctions(book).length].every((count) => count > 50)).toBe(true);
  expect(findMissing(book, paths, new Set(functions))).toEqual([]);
});

describe('each check finds the fault that is planted for it:', () => {
  // Put together here, so that this file does not cite a rule that nobody knows.
  const unknown = `R${99}`;
  const rule = (id: string, text = '') => ({ id, text });

  test('a double, and a heading out of order', () => {
    expect(findMisplacedRules([rule('R1'), rule('R2'), rule('R3')])).toEqual([]);
    expect(findMisplacedRules([rule('R1'), rule('R3')])).toEqual([]);
    expect(findMisplacedRules([rule('R1'), rule('R1')])).toEqual(['R1']);
    expect(findMisplacedRules([rule('R2'), rule('R1')])).toEqual(['R1']);
    expect(readRules('# Rules\n\n## R1 One\n\nText.\n\n## Else\n\n## R2 Two\n').map(({ id }) => id)).toEqual([
      'R1',
      'R2',
    ]);
  });

  test('a rule without its reason, its place or its tests', () => {
    const whole = 'Why: x.\n\n- Enforced in: `src/a.ts`.\n- Tests: `test/a.test.ts`.\n';
    const parts = whole.split('\n').filter((line) => line !== '');
    expect(findUnexplainedRules([rule('R1', whole)])).toEqual([]);
    for (const part of parts) expect(findUnexplainedRules([rule('R1', whole.replace(part, ''))])).toEqual(['R1']);
  });

  test('a citation of a rule that has no heading', () => {
    const text = `-- R1, and\n-- (${unknown}) but neither x${unknown} nor ${unknown}x`;
    expect(findUnknownCitations([rule('R1')], [{ path: 'a.sql', text }])).toEqual([`a.sql:2 cites ${unknown}`]);
  });

  test.for([
    [`test('${unknown}: holds', async () => {`, []],
    [`  describe('${unknown}: holds', () => {`, []],
    [`test.for([1, 2])('${unknown}: holds for %i', ([, one]) => {`, []],
    [`test('holds (${unknown})', async () => {`, [unknown]],
    [`test('${unknown}0: holds', async () => {`, [unknown]],
    [`// test('${unknown}: holds', async () => {`, [unknown]],
    [`expect('${unknown}: holds', 'as a message').toBe(1);`, [unknown]],
  ] as const)('a rule without a test, where the source is %s', ([text, untested]) => {
    expect(findUntestedRules([rule(unknown)], [{ path: 'test/a.test.ts', text }])).toEqual(untested);
  });

  test('a test that does not run, or not everywhere', () => {
    const source = `describe('one', () => {
  test.skip('two', () => {
  });
  test('three', () => {
  });
});
describe.skip('four', () => {
  test('five', () => {
  });
});
test.todo('six');
test.runIf(IS_FULL)(
  'seven',
  async () => {},
);
test(
  'eight',
  async () => {},
);`;
    expect(titlesOf(source)).toEqual(['one', 'three', 'eight']);
  });

  test("a rule that names another rule's tests", () => {
    const text = '- Tests: `test/a.test.ts`, `test/b.test.ts`.';
    const files = ['R1', 'R2'].map((id, index) => ({
      path: `test/${'ab'[index]}.test.ts`,
      text: `test('holds (${id})', () => {});`,
    }));
    expect(findStrangeTests([rule('R1', text)], files)).toEqual(['R1 names test/b.test.ts']);
  });

  test('a file and a function that do not exist', () => {
    const text =
      '`src/a.ts`, `src/gone.ts`, `hold_servicetitan_a`, `hold_servicetitan_gone`, `gone()`, `servicetitan_a`';
    const sql = 'create or replace function public.hold_servicetitan_a(p text)\n-- create function gone()';
    expect(findMissing(text, ['src/a.ts'], new Set(createdFunctions(sql)))).toEqual([
      'src/gone.ts',
      'hold_servicetitan_gone',
      'gone',
    ]);
  });
});
