// Where the numbers are in what an office typed into one field: one with words around it, or several.
import { nanpNumbersIn } from './nanp.ts';
import { tidyText } from './tidyText.ts';

/** One number as typed, plain digits and signs, and its extension. */
export interface PhoneText {
  number: string;
  extension: string | null;
}

/** Fewer are an extension, a short code, or the end of a number that stands before them. */
const LEAST_DIGITS = 7;
/** ITU-T E.164: a longer run is no one number, but with what is dialled before it from abroad, as 00 and Australia's 0011. */
const MOST_DIGITS = 15;
const MOST_WITH_PREFIX = 19;
/** Of North America's numbers, which are written side by side in one field more often than any others. */
const NANP_DIGITS = 10;

const NUMBER = /\+?\(?\+?\d(?:[\d ().-]*\d)?/;
/** What people put between digits beside blanks, dots and dashes. */
const OTHER_SIGNS = /(?<=\d\)?)[·•∙⋅_*~\\:'](?=\(?\d)/g;
/** `ext. 204`, `x204` and RFC 3966's `;ext=204`, up to three words behind the number. */
const BY_WORD =
  /[^\w+#]{0,9}(?:[a-z]{1,20}[ .,:()-]{1,3}){0,3}?(?:ext(?:(?:ensio)?n|en)?|ex|xt?|×)(?![a-z])[.:#= -]{0,3}(?:(?:no|number)[. ]{1,2})?/;
/** `#204`, but not the flat of `apt #204`, nor the count of `#1 208-555-0117 #2 208-555-0118`. `,,` is a pause in dialling. */
const BY_SIGN = /[ ,.()-]{0,9}#[.:# ]{0,3}(?!\d{1,2} \(?\d)|,,+/;
const FOUND = new RegExp(`(${NUMBER.source})(?:(?:${BY_WORD.source}|${BY_SIGN.source})(\\d{1,7})(?!\\d))?`, 'gi');

/** The numbers in the text, in their order: first as they are read across `/` and `,`, then as they are apart. */
export function findPhoneTexts(value: string): PhoneText[] {
  const text = tidyText(value).replaceAll(/[[{]/g, '(').replaceAll(/[\]}]/g, ')').replaceAll(OTHER_SIGNS, '.');
  const found = Array.from(text.matchAll(FOUND), ({ 0: whole, 1: number, 2: extension, index }) => ({
    number: number!,
    extension: extension ?? null,
    from: index,
    to: index + whole.length,
  }));
  const joined: PhoneText[] = [];
  for (const [at, one] of found.entries()) {
    const before = found[at - 1];
    const last = joined.at(-1);
    const isCut =
      before !== undefined &&
      before.extension === null &&
      /^ ?[/,] ?$/.test(text.slice(before.to, one.from)) &&
      Math.min(countDigits(last!.number), countDigits(one.number)) < LEAST_DIGITS &&
      countDigits(last!.number) <= MOST_DIGITS;
    // `208/555-0117` is one number, and so is `030/901820`: neither side is one by itself.
    if (isCut) joined[joined.length - 1] = { number: `${last!.number} ${one.number}`, extension: one.extension };
    else joined.push(one);
  }
  const apart = joined.length === found.length ? [] : found;
  return [...joined, ...apart].flatMap(splitUp).filter(({ number }) => countDigits(number) >= LEAST_DIGITS);
}

/**
 * A run of digits by itself, where it may be one number, and what stands in it: `208-555-0117 8-5 only` is a number with the hours
 * behind it, `253-2118 208-555-0117` a local one before a whole one. A longer run in no form of North America is cut at blanks and
 * dashes where ten digits are full: `020 7946 0018 07400 123456` is two numbers.
 */
function splitUp({ number, extension }: PhoneText): PhoneText[] {
  const most = number.startsWith('00') ? MOST_WITH_PREFIX : MOST_DIGITS;
  const within = nanpNumbersIn(number);
  const isTooLong = countDigits(number) > most;
  const parts = isTooLong && within.length === 0 ? cutWhereFull(number) : within;
  return [...(isTooLong ? [] : [number]), ...parts].map((part) => ({
    number: part,
    extension: number.endsWith(part) ? extension : null,
  }));
}

function cutWhereFull(run: string): string[] {
  const numbers: string[] = [];
  let open = '';
  for (const part of run.split(/[ -]+/)) {
    open = open === '' ? part : `${open} ${part}`;
    if (countDigits(open) < NANP_DIGITS) continue;
    numbers.push(open);
    open = '';
  }
  if (open !== '') numbers.push(open);
  return numbers;
}

function countDigits(text: string): number {
  return text.replaceAll(/\D/g, '').length;
}
