/**
 * Whether a record holds a text that Postgres can't store: one with a NUL, or with half of a character. Asked before the
 * database is, which would refuse the call as a whole and quote the record in its log.
 */
export function isUnstorable(record: unknown): boolean {
  // How JSON writes the two. A text that only looks so, `C:\\u0000`, goes on to the closer look.
  if (!/\\u0000|\\ud[89a-f]/.test(JSON.stringify(record))) return false;
  let found = false;
  JSON.stringify(record, (_key, value: unknown) => {
    if (typeof value === 'string' && (value.includes('\u0000') || !value.isWellFormed())) found = true;
    return value;
  });
  return found;
}
