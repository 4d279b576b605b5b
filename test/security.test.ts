// Each row of the threat model in SECURITY.md is held by tests that exist, run, and turn red without the protection.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SECURITY_MUTANTS } from './resilience/mutants/securityMutants.ts';
import { readRows } from './support/documentTable.ts';

const project = join(import.meta.dirname, '..');
const files = globSync('test/**/*.test.ts', { cwd: project }).filter((file) => !file.endsWith('security.test.ts'));
const sources = new Map(files.map((file) => [file, readFileSync(join(project, file), 'utf8')]));
const rows = readRows('SECURITY.md', 'Threat model', 'asset').map((cells) => ({
  stops: cells.at(-2)!,
  titles: cells
    .at(-1)!
    .split('<br>')
    .map((title) => /^`(.+)`$/.exec(title)?.[1] ?? `(none: ${title})`),
}));

/** What holds a row that no change of one line could take away. */
const WITHOUT_MUTANT: Record<string, string> = {
  'R3: two workspaces may have a customer of the same id, each has one contact of it':
    'the mutants of R3 take these guards away',
  "the product's own tables are extended, and nothing of theirs is lost or changed":
    'it is a promise to leave things alone',
};

/** Whether the test expects something, by itself or by a function of its file whose name says so. */
function expectsSomething(body: string, file: string): boolean {
  if (/\bexpect\(/.test(body)) return true;
  const helper = /\bawait (expect[A-Z]\w*)\(/.exec(body)?.[1];
  if (helper === undefined) return false;
  const definition = new RegExp(`^async function ${helper}\\([^]*?^}`, 'm').exec(sources.get(file)!)?.[0] ?? '';
  return /\bexpect\(/.test(definition);
}

/** The statements that define tests of that title: from `test` to the line that closes it, by oxfmt's indentation. */
function definitions(title: string): { file: string; head: string; body: string }[] {
  return [...sources].flatMap(([file, text]) => {
    const at = Math.max(text.indexOf(`'${title}'`), text.indexOf(`"${title}"`));
    if (at === -1) return [];
    const opening = [...text.slice(0, at).matchAll(/^( *)(?:test|it)\b/gm)].at(-1);
    if (opening === undefined) return [];
    const closing = new RegExp(`^${opening[1]}\\}?\\)`, 'gm');
    closing.lastIndex = at;
    return [{ file, head: text.slice(opening.index, at), body: text.slice(at, closing.exec(text)?.index) }];
  });
}

test('every test that a row of the threat model names exists, is not skipped, and expects something', () => {
  expect(rows.length).toBeGreaterThan(30);
  const faults = rows.flatMap(({ titles }) =>
    titles.flatMap((title) => {
      const found = definitions(title);
      if (found.length !== 1) return [`${title}: ${found.length} tests`];
      const [{ file, head, body }] = found as [(typeof found)[number]];
      if (!/^ *test(?:\.for\b|\()/.test(head)) return [`${title}: begins with ${head.slice(0, 40)}`];
      return expectsSomething(body, file) ? [] : [`${title}: expects nothing`];
    }),
  );
  expect(faults).toEqual([]);
});

test('no group and no file of tests is skipped, or run alone', () => {
  const skipped = /^ *(?:describe|test|it)\.(?:\w+\.)*(?:skip|only|todo|fails|skipIf|runIf)\b/m;
  const found = [...sources].filter(([, text]) => skipped.test(text)).map(([file]) => file);
  // It has texts of tests for its data.
  expect(found.filter((file) => file !== 'test/ruleBook.test.ts')).toEqual([]);
});

test('every row loses its protection to a mutant that one of its tests catches, or says why there is none', () => {
  const caught = new Set(SECURITY_MUTANTS.map(({ tests }) => tests.title));
  const isHeld = (title: string) => caught.has(title) || title in WITHOUT_MUTANT;
  expect(rows.filter(({ titles }) => !titles.some(isHeld)).map(({ stops }) => stops)).toEqual([]);
  const named = new Set(rows.flatMap(({ titles }) => titles));
  expect([...caught, ...Object.keys(WITHOUT_MUTANT)].filter((title) => !named.has(title))).toEqual([]);
});

test('each mutant credits a test of the file that it names', () => {
  const wrong = SECURITY_MUTANTS.filter(({ tests: { file, title } }) => definitions(title)[0]?.file !== file);
  expect(wrong.map(({ name }) => name)).toEqual([]);
});
