// The table of faults in docs/reliability.md and the tests of faults name each other.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const testFolder = join(import.meta.dirname, '..');
const files = [
  ...readdirSync(import.meta.dirname)
    .filter((file) => file.endsWith('.test.ts') && file !== 'table.test.ts')
    .map((file) => join('faults', file)),
  join('worker', 'instanceFaults.test.ts'),
  join('crash', 'crash.test.ts'),
];

const sources = files.map((file) => readFileSync(join(testFolder, file), 'utf8'));

/** As written in the source: the text in front of each test's function. */
const titles = sources.flatMap((text) => [...text.matchAll(/'([^'\n]+)',\s*async\b/g)].map(([, title]) => title!));

const [, section = ''] = /^## Faults$(.*?)^## /ms.exec(
  readFileSync(join(testFolder, '..', 'docs', 'reliability.md'), 'utf8'),
)!;
const rows = section
  .split('\n')
  .filter((line) => line.startsWith('| ') && !/^\| (?:---|fault )/.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()));

test('every row has what the user sees, what is repeated, what is kept, and a test that exists', () => {
  expect(rows.length).toBeGreaterThan(25);
  for (const row of rows) {
    expect(row).toHaveLength(7);
    expect(row.slice(1, 6).every((cell) => cell !== '')).toBe(true);
  }
  const named = rows.map((row) => /^`(.+)`$/.exec(row[5]!)?.[1]);
  expect(named.filter((title) => title === undefined || !titles.includes(title))).toEqual([]);
});

test('every test of a fault has its row', () => {
  expect(titles).toHaveLength(sources.flatMap((text) => text.match(/^test/gm) ?? []).length);
  const named = rows.map((row) => row[5]!.replaceAll('`', ''));
  expect(titles.filter((title) => !named.includes(title))).toEqual([]);
});
