// The table of mutants in docs/reliability.md is made by `npm run test:mutants`; here it is only kept from going stale.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fileOf, type Mutant } from './mutate.ts';
import { MUTANTS } from './mutants.ts';

const PROJECT = join(import.meta.dirname, '../..');

test('the text that each mutant changes stands in the source exactly once', () => {
  const stale = MUTANTS.flatMap((mutant) => {
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
  const gone: Mutant = { name: 'gone', rule: 'R0', at: { file: 'src/index.ts' }, edits: [['no such text', '']] };
  expect(() => fileOf(PROJECT, gone)).toThrow('looks for a text that stands there 0 times');
  expect(() => fileOf(PROJECT, { ...gone, at: { sql: 'no_such_function' } })).toThrow('No migration defines');
});

test('no two mutants have one name', () => {
  const names = MUTANTS.map(({ name }) => name);
  expect(names).toHaveLength(new Set(names).size);
});
