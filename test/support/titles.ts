// The titles of tests, as documents and mutants name them: `%s`, `$name` and the like stand for what each case puts there.

/** Matches the full name of a test with that title, or of one of its cases. */
export function titlePattern(title: string): RegExp {
  const text = title.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll(/%[sidj]|\\\$\w+/g, '.*');
  return new RegExp(`(?:^| )${text}$`, 's');
}
