// The rule book, docs/rules.md, and what is held against it: citations of rules, titles of tests, names of
// files and functions.

/** A rule as the book tells it. */
export interface Rule {
  /** `R8`. */
  id: string;
  /** What stands under its heading. */
  text: string;
}

/** A file by its path in the project. */
export interface TextFile {
  path: string;
  text: string;
}

/** The rules in the order of their headings, `## R8 One live run per workspace`. */
export function readRules(book: string): Rule[] {
  return book
    .split(/^## (?=R\d)/m)
    .slice(1)
    .map((section) => ({ id: /^\w+/.exec(section)![0], text: section.slice(section.indexOf('\n')) }));
}

/**
 * Rules whose number is not greater than that of the heading before. A number may be missing: its rule is
 * still to come.
 */
export function findMisplacedRules(rules: readonly Rule[]): string[] {
  const numbers = rules.map(({ id }) => Number(id.slice(1)));
  return rules.filter((_, index) => numbers[index]! <= (numbers[index - 1] ?? 0)).map(({ id }) => id);
}

/** Rules that do not say why they are there, where they are enforced, or which tests hold them. */
export function findUnexplainedRules(rules: readonly Rule[]): string[] {
  const parts = [/^Why: /m, /^- Enforced in: /m, /^- Tests: `test\//m];
  return rules.filter(({ text }) => !parts.every((part) => part.test(text))).map(({ id }) => id);
}

/** Every number of a rule that is cited and has no heading, with the place. */
export function findUnknownCitations(rules: readonly Rule[], files: readonly TextFile[]): string[] {
  const known = new Set(rules.map(({ id }) => id));
  return files.flatMap(({ path, text }) =>
    text
      .split('\n')
      .flatMap((line, index) =>
        [...line.matchAll(/\bR\d+\b/g)].flatMap(([id]) => (known.has(id) ? [] : [`${path}:${index + 1} cites ${id}`])),
      ),
  );
}

/** Lines that are comments: a test in one is none. */
const COMMENT = /^\s*(?:\/\/|\/?\*).*$/gm;
/** A test that does not run, or not everywhere, up to the line that closes it. */
const LEFT_OUT = /^( *)(?:test|describe)\.(?:skip|skipIf|runIf|todo)\b(?:.*\);$|[^]*?^\1\}?\);$)/gm;
/** What `test`, `describe`, or a call such as `test.for([…])` is given first, unless an option leaves it out. */
const TITLE =
  /(?:\b(?:test|describe)|\))\(\s*(?:'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`)\s*,(?!\s*\{\s*(?:skip|todo)\b)/g;

/** The titles of the tests that always run, and of the groups around them, as the source writes them. */
export function titlesOf(source: string): string[] {
  const run = source.replace(COMMENT, '').replace(LEFT_OUT, '');
  return [...run.matchAll(TITLE)].map(([, single, double, template]) => single ?? double ?? template!);
}

/** Rules that no test's title begins with. */
export function findUntestedRules(rules: readonly Rule[], tests: readonly TextFile[]): string[] {
  const titles = tests.flatMap(({ text }) => titlesOf(text));
  return rules.map(({ id }) => id).filter((id) => !titles.some((title) => title.startsWith(`${id}: `)));
}

/** Files of tests that a rule names and of which no title names the rule. */
export function findStrangeTests(rules: readonly Rule[], tests: readonly TextFile[]): string[] {
  return rules.flatMap(({ id, text }) => {
    const cited = new RegExp(`\\b${id}\\b`);
    const own = tests.filter((file) => titlesOf(file.text).some((title) => cited.test(title))).map(({ path }) => path);
    return namedFiles(text)
      .filter((path) => path.endsWith('.test.ts') && !own.includes(path))
      .map((path) => `${id} names ${path}`);
  });
}

/** Files and SQL functions that the book names and that are not among these. */
export function findMissing(book: string, paths: readonly string[], functions: ReadonlySet<string>): string[] {
  return [
    ...namedFiles(book).filter((path) => !paths.includes(path)),
    ...namedFunctions(book).filter((name) => !functions.has(name)),
  ];
}

/** Files that a text names: in backticks, from the project's root on. */
export function namedFiles(text: string): string[] {
  return [...text.matchAll(/`((?:bench|docs|local|page|src|supabase|test)\/[^`\s]+)`/g)].map(([, path]) => path!);
}

/** SQL functions that a text names: in backticks, with parentheses or without. */
export function namedFunctions(text: string): string[] {
  return [...text.matchAll(/`([a-z]+_servicetitan_\w+|\w+(?=\(\)`))(?:\(\))?`/g)].map(([, name]) => name!);
}

/** SQL functions that a text creates. */
export function createdFunctions(sql: string): string[] {
  return [...sql.matchAll(/^create (?:or replace )?function (?:public\.)?(\w+)\s*\(/gim)].map(([, name]) => name!);
}
