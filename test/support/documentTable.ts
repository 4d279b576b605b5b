// Tables of the documents, for tests that hold them against what they speak of.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const project = join(import.meta.dirname, '../..');

/** The cells of every row of the tables under a heading of the second level; rows whose first cell is `head` are their heads. */
export function readRows(file: string, heading: string, head: string): string[][] {
  const text = readFileSync(join(project, file), 'utf8');
  const section = text.split(/^## /m).find((part) => part.startsWith(`${heading}\n`));
  if (section === undefined) throw new Error(`${file} has no section "${heading}".`);
  return section
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| ---') && !line.startsWith(`| ${head} `))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}
