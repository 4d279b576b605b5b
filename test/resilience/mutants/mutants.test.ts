// The table of mutants in docs/reliability.md is made by `npm run test:mutants`; here it and the mutants are kept from going stale.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readRows } from '../../support/documentTable.ts';
import { fileOf, type Mutant } from './mutate.ts';
import { MUTANTS } from './mutants.ts';
import { SECURITY_MUTANTS } from './securityMutants.ts';

const PROJECT = join(import.meta.dirname, '../../..');

test('the text that each mutant changes stands in the source exactly once', () => {
  const stale = [...MUTANTS, ...SECURITY_MUTANTS].flatMap((mutant) => {
    try {
      fileOf(PROJECT, mutant);
      return [];
    } catch (error) {
      return [(error as Error).message];
    }
  });
  expect(stale).toEqual([]);
});

test('a mutant whose text is gone is refused', () => {
  const gone: Mutant = { name: 'gone', rule: 'R1', at: { file: 'src/index.ts' }, edits: [['no such text', '']] };
  expect(() => fileOf(PROJECT, gone)).toThrow('looks for a text that stands there 0 times');
  expect(() => fileOf(PROJECT, { ...gone, at: { sql: 'no_such_function' } })).toThrow(
    'has no file no_such_function.sql',
  );
});

test('no two mutants have one name', () => {
  const names = [...MUTANTS, ...SECURITY_MUTANTS].map(({ name }) => name);
  expect(names).toHaveLength(new Set(names).size);
});

test('each mutant has its row in docs/reliability.md, each row its mutant, and the rule is the same', () => {
  const rows = readRows('docs/reliability.md', 'How it is proved', 'mutant');
  expect(rows.map(([name, rule]) => `${name}: ${rule}`)).toEqual(MUTANTS.map(({ name, rule }) => `${name}: ${rule}`));
});

test('a mutant that histories can not show is credited in its row to a test, and for the reason it gives', () => {
  const rows = readRows('docs/reliability.md', 'How it is proved', 'mutant');
  for (const { name, tests } of MUTANTS.filter((mutant) => mutant.tests)) {
    const [, , caughtBy, after] = rows.find(([named]) => named === name) ?? [];
    expect(caughtBy).toMatch(/^test "/);
    if (tests!.title) expect(caughtBy).toContain(tests!.title);
    expect(after).toBe(`a test: ${tests!.why}`);
  }
});
