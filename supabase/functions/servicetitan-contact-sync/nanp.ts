// The North American Numbering Plan: one plan of ten digits, +1, for the United States, Canada and much of the Caribbean.
import { getCountryCallingCode, isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/max';

/** Whether the country's numbers are of this plan. */
export function isNanp(country: string): boolean {
  return isSupportedCountry(country) && getCountryCallingCode(country) === '1';
}

/**
 * The ten digits of a number in the plan's form, with or without the leading 1; null in any other form. Neither an area code
 * nor an exchange begins with 0 or 1. Area codes N11 are services such as 911, and N9X, 37X and 96X are kept for the
 * plan's own growth. 555 is nobody's, which is why people make numbers up with it. Whether the area code is in use yet is not
 * asked: new ones open every year.
 */
export function tenDigitsOf(digits: string): string | null {
  return /^1?((?!.11|.9|37|96|555)[2-9]\d\d[2-9]\d{6})$/.exec(digits)?.[1] ?? null;
}

/** Three, three and four digits, or the last seven or all ten in one. */
const WRITTEN = /(?<!\d)(?:1[ .-]{0,3})?\(?\d{3}\)?[ .-]{0,3}\d{3}[ .-]{0,3}\d{4}(?!\d)/g;

/**
 * The numbers that stand in a longer run of digits as North America writes its own: `911 208-555-0117`, `208-555-0117 (2)`. None
 * where the run says another country, by a plus, a 0 or the country's code in front: `44 208 555 0117` is no number of Idaho.
 */
export function nanpNumbersIn(run: string): string[] {
  if (/^\D*(?:0|\+\D*[02-9])/.test(run)) return [];
  return Array.from(run.matchAll(WRITTEN)).flatMap(({ 0: number, index }) => {
    const fromAbroad =
      index > 0 && parsePhoneNumberFromString(`+${run.slice(0, index + number.length).replaceAll(/\D/g, '')}`);
    return number === run || (fromAbroad && fromAbroad.isValid() && fromAbroad.countryCallingCode !== '1')
      ? []
      : [number];
  });
}
