import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildPage } from '../../../local/buildPage.ts';

const MAX_BYTES = 150_000;

const parent = mkdtempSync(join(tmpdir(), 'page-'));
const folder = join(parent, 'page');
beforeAll(() => buildPage(folder));
afterAll(() => rmSync(parent, { recursive: true }));

const files = () => readdirSync(folder);
const textOf = (name: string) => readFileSync(join(folder, name), 'utf8');

test('the whole page is under 150 KB, uncompressed', () => {
  expect(files()).toEqual(expect.arrayContaining(['index.html', 'app.js', 'app.css', '_headers']));
  const bytes = files().map((name) => statSync(join(folder, name)).size);
  expect(bytes.reduce((sum, size) => sum + size)).toBeLessThan(MAX_BYTES);
});

test('it has no script and no style in the page itself, and asks no other host', () => {
  expect(textOf('index.html')).not.toMatch(/<style|style=|<script(?![^>]*\ssrc=)|\son[a-z]+=/);
  for (const name of files()) {
    // The names of XML's own languages are no addresses.
    expect(textOf(name).replaceAll(/https?:\/\/www\.w3\.org\//g, '')).not.toMatch(/https?:\/\/[a-z]/i);
  }
});

test('a build leaves nothing of an earlier one, and no file but its own', async () => {
  writeFileSync(join(folder, 'left-over.js'), '');
  const before = files().filter((name) => name !== 'left-over.js');
  await Promise.all([buildPage(folder), buildPage(folder)]);
  expect(files()).toEqual(before);
  expect(readdirSync(parent)).toEqual(['page']);
});
