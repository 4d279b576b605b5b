// The table of faults in docs/reliability.md and the tests of faults name each other.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readRows } from '../../support/documentTable.ts';

const testFolder = join(import.meta.dirname, '../..');
const files = [
  ...readdirSync(import.meta.dirname)
    .filter((file) => file.endsWith('.test.ts') && file !== 'table.test.ts')
    .map((file) => join('resilience/faults', file)),
  join('worker', 'instanceFaults.test.ts'),
  join('resilience/crash', 'crash.test.ts'),
];

const sources = files.map((file) => readFileSync(join(testFolder, file), 'utf8'));

/** As written in the source: the text in front of each test's function. */
const titles = sources.flatMap((text) => [...text.matchAll(/'([^'\n]+)',\s*async\b/g)].map(([, title]) => title!));

const rows = readRows('docs/reliability.md', 'Faults', 'fault');

test('every row has what the user sees, what is repeated, what is kept, and a test that exists', () => {
  expect(rows.length).toBeGreaterThan(25);
  for (const row of rows) {
    expect(row).toHaveLength(5);
    expect(row.every((cell) => cell !== '')).toBe(true);
  }
  const named = rows.map((row) => /^`(.+)`$/.exec(row[4]!)?.[1]);
  expect(named.filter((title) => title === undefined || !titles.includes(title))).toEqual([]);
});

test('every test of a fault has its row', () => {
  expect(titles).toHaveLength(sources.flatMap((text) => text.match(/^test/gm) ?? []).length);
  const named = rows.map((row) => row[4]!.replaceAll('`', ''));
  expect(titles.filter((title) => !named.includes(title))).toEqual([]);
});
