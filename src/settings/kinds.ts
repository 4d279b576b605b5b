// The kinds of settings, each with the sentence that says what it has to be. No fault repeats what was given.
import { z } from 'zod';

/**
 * A setting that is `mustBe`. `otherwise` knows mistakes that people make and answers what to do about this one; undefined
 * where it knows none.
 */
export function setting(
  mustBe: string,
  isRight: (text: string) => boolean,
  otherwise: (text: string) => string | undefined = () => undefined,
) {
  return z
    .string({
      error: ({ input }) =>
        input === undefined ? `is missing: it has to be ${mustBe}` : `has to be ${mustBe}, as text`,
    })
    .refine(isRight, { error: ({ input }) => otherwise(String(input)) ?? `has to be ${mustBe}` });
}

export function wholeNumber(from: number, to: number, byDefault: number) {
  const isRight = (text: string) => /^\d{1,9}$/.test(text) && Number(text) >= from && Number(text) <= to;
  return setting(`a whole number from ${from} to ${to}`, isRight).transform(Number).default(byDefault);
}

export function oneOf<Word extends string>(words: readonly [Word, ...Word[]], byDefault: Word) {
  const mustBe = words.map((word) => `"${word}"`).join(' or ');
  return z.enum(words, { error: `has to be ${mustBe}` }).default(byDefault);
}

export const onOff = oneOf(['true', 'false'], 'false').transform((value) => value === 'true');
