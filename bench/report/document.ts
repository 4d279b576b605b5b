// Puts the measured part into docs/performance.md, between its two marks, with a plot beside it. The rest is people's.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FORM_NAMES } from '../forms/form.ts';
import { ratio, type Results } from '../results.ts';
import { formatRatio, nameOf } from './comparisonTables.ts';
import { tablesOf } from './print.ts';
import { describeStamps } from './stamps.ts';
import type { Table } from './table.ts';

const BEGIN = '<!-- measured: written by npm run bench -->';
const END = '<!-- end of measured -->';

export function writeDocument(results: Results, folder: string): void {
  const file = join(folder, 'performance.md');
  const text = readFileSync(file, 'utf8');
  const [from, to] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`${file} has lost the two marks that the tables go between.`);
  const versions = Object.entries(results.versions).map(([name, version]) => `${name} ${version}`);
  const measured = [
    `Measured on ${results.machine}; ${versions.join(', ')}.`,
    '![Times as multiples of the product](performance.svg)',
    ...tablesOf(results).map(toMarkdown),
    describeStamps(results),
  ];
  writeFileSync(file, `${text.slice(0, from)}${BEGIN}\n\n${measured.join('\n\n')}\n\n${text.slice(to)}`);
  writeFileSync(join(folder, 'performance.svg'), plotRatios(results));
}

function toMarkdown({ title, head, rows, note }: Table): string {
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return [`**${title}.**`, '', ...lines, ...(note === undefined ? [] : ['', note])].join('\n');
}

const BAR = 16;
const LEFT = 330;
const WIDTH = 900;
const COLOURS = { naive: '#b45309', 'per-row': '#7c3aed', limit: '#64748b', ours: '#0f766e' };

/** A bar a form and work, its length the logarithm of the multiple, from a hundredth to a hundred. */
function plotRatios({ comparisons }: Results): string {
  const bars = comparisons.flatMap((comparison) =>
    FORM_NAMES.flatMap((name) => {
      const value = ratio(comparison, name, 'ours');
      const work = `${nameOf(comparison)}${comparison.latency ? ', with latency' : ''}: ${name}`;
      return value === null ? [] : [{ name, value, work }];
    }),
  );
  const unit = (WIDTH - LEFT - 60) / 4;
  const lines = bars.map(({ name, value, work }, index) => {
    const y = index * (BAR + 6) + 8;
    const width = Math.max(1, (Math.log10(Math.max(value, 0.01)) + 2) * unit);
    return (
      `<text x="${LEFT - 8}" y="${y + 12}" text-anchor="end">${work}</text>` +
      `<rect x="${LEFT}" y="${y}" width="${width.toFixed(0)}" height="${BAR}" fill="${COLOURS[name]}"/>` +
      `<text x="${(LEFT + width + 5).toFixed(0)}" y="${y + 12}">${formatRatio(value)}</text>`
    );
  });
  const height = bars.length * (BAR + 6) + 16;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" font-family="sans-serif" font-size="12">` +
    `<title>Time as a multiple of the product's, logarithmic</title><rect width="100%" height="100%" fill="#fff"/>\n${lines.join('\n')}\n</svg>\n`
  );
}
