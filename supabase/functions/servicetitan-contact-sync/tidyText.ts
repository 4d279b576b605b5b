// A text as it was meant: without what can't be seen, with digits and signs in their plain form.

/** Marks of direction, joiners and other signs without a look of their own, as they come along from web pages. */
const UNSEEN = /\p{Default_Ignorable_Code_Point}|\p{Cf}/gu;

/**
 * A longer text is a note. One that is read to its end could take as much time as all the others of its page. What the cut may
 * have gone through is left out: an address has up to 254 characters.
 */
const LONGEST = 1000;

/** `２０８`, `٢٠٨` and `२०८` become 208, `＠` becomes @, every dash `-` and every blank but a line break a space. */
export function tidyText(text: string): string {
  const beginning = text.length <= LONGEST ? text : text.slice(0, LONGEST).replace(/\S{1,300}$/, '');
  return beginning
    .normalize('NFKC')
    .replace(UNSEEN, '')
    .replace(/\p{Nd}/gu, toDigit)
    .replace(/[\p{Pd}\u2212]/gu, '-')
    .replace(/\r\n?|[\u2028\u2029\v\f]/g, '\n')
    .replace(/[^\S\n]/g, ' ')
    .trim();
}

/** Unicode keeps the ten digits of every script together, in blocks that begin at a multiple of ten or sixteen: 0 is the lowest. */
function toDigit(digit: string): string {
  if (digit <= '9') return digit;
  let value = 0;
  for (let code = digit.codePointAt(0)! - 1; /\p{Nd}/u.test(String.fromCodePoint(code)) && value < 9; code -= 1)
    value += 1;
  return String(value);
}
