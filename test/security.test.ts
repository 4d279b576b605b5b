// The threat model in SECURITY.md names the test that proves each of its rows.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readRows } from './support/documentTable.ts';

const project = join(import.meta.dirname, '..');
const sources = globSync('test/**/*.test.ts', { cwd: project }).map((file) =>
  readFileSync(join(project, file), 'utf8'),
);
const rows = readRows('SECURITY.md', 'Threat model', 'asset');

test('every row of the threat model names a test that exists', () => {
  expect(rows.length).toBeGreaterThan(15);
  const named = rows.map((cells) => /^`(.+)`$/.exec(cells.at(-1)!)?.[1] ?? '(none)');
  // As it stands in the source: behind a quote and in front of one.
  const exists = (title: string) => sources.some((text) => text.includes(`'${title}'`) || text.includes(`"${title}"`));
  expect(named.filter((title) => !exists(title))).toEqual([]);
});
