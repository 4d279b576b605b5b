// A customer's name as one line, for both sides: the function writes it, and GET /why compares it.

/** What can't be seen: blanks, marks of direction, joiners, control characters, the empty pattern of Braille. */
const UNSEEN = /[\s\u2800\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}]/gu;
const LINE_BREAK = /[\n\r\v\f\u0085\u2028\u2029]/;
/** Of these a name needs none at its ends. Elsewhere joiners make one sign of two, in Persian and in emoji. */
const AT_ENDS = /[\s\u0085\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/;

/**
 * The name with its line breaks as spaces and its ends trimmed. One of which nothing can be seen says as little as null, and
 * is `undefined`: the stored name stays (R20).
 */
export function toName(name: string | undefined): string | undefined {
  if (name === undefined || name.replaceAll(UNSEEN, '') === '') return undefined;
  let [from, to] = [0, name.length];
  while (AT_ENDS.test(name[from]!)) from += 1;
  while (AT_ENDS.test(name[to - 1]!)) to -= 1;
  return name.slice(from, to).replaceAll(/[\s\u0085]+/g, (blanks) => (LINE_BREAK.test(blanks) ? ' ' : blanks));
}
