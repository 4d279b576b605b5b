// R25: which number a phone field means, and whether it can be dialled.
import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { DEFAULT_COUNTRY } from '../_shared/countryCodes.ts';
import { isNanp, tenDigitsOf } from './nanp.ts';
import { findPhoneTexts } from './phoneTexts.ts';
import { isPlaceholderPhone } from './placeholders.ts';
import type { Graded, Usability } from './usability.ts';

/** Where a number may be from: the workspace's own country, and its customer's where that is known. */
export interface Countries {
  home: string;
  address: string | null;
}

interface Reading {
  usability: Usability;
  e164: string | null;
  /** Whether another country of the customer's could have made another number of it. */
  isOfAnyCountry: boolean;
}

const NO_NUMBER: Reading = { usability: 'unusable', e164: null, isOfAnyCountry: false };

/**
 * The first valid number in the text as E.164, else the first that only its area code keeps from being valid. Ten digits that
 * are a valid number of North America are that one, whatever the customer's country is, where the workspace is there too.
 * `country_code` is the customer's country as it was taken; null where no other could have changed the answer.
 */
export function gradePhone(value: string, { home, address }: Countries): Graded {
  const texts = findPhoneTexts(value);
  const read = texts.map(({ number, extension }) => ({ ...readNumber(number, { home, address }), extension }));
  const best =
    read.find(({ usability }) => usability === 'valid') ?? read.find(({ usability }) => usability === 'possible');
  const decided = best?.usability === 'valid' ? read.slice(0, read.indexOf(best) + 1) : read;
  return {
    usability: best?.usability ?? 'unusable',
    normalized: best?.e164 ?? null,
    extension: best?.extension ?? null,
    country_code: decided.every(({ isOfAnyCountry }) => isOfAnyCountry) ? null : (address ?? home),
  };
}

function readNumber(text: string, { home, address }: Countries): Reading {
  const digits = text.replaceAll(/\D/g, '');
  const international = toInternational(text, digits);
  if (international !== null) {
    const known = parsePhoneNumberFromString(international);
    if (known?.isValid() && !isPlaceholderPhone(known.nationalNumber)) {
      return { usability: 'valid', e164: known.number, isOfAnyCountry: true };
    }
  }
  const tenDigits = tenDigitsOf(digits);
  if (isPlaceholderPhone(digits) || (tenDigits !== null && isPlaceholderPhone(tenDigits))) {
    return { ...NO_NUMBER, isOfAnyCountry: true };
  }
  const isHomeNanp = isNanp(home);
  if (tenDigits !== null && isHomeNanp) {
    const e164 = validIn(tenDigits, DEFAULT_COUNTRY);
    if (e164 !== null) return { usability: 'valid', e164, isOfAnyCountry: true };
  }
  // A plus before a number of the country's own form is one too many.
  const national = text.replaceAll('+', '');
  const e164 = (address === null ? null : validIn(national, address)) ?? validIn(national, home);
  if (e164 !== null) return { usability: 'valid', e164, isOfAnyCountry: false };
  const isOfNanp = isHomeNanp || (address !== null && isNanp(address));
  return tenDigits !== null && isOfNanp
    ? { usability: 'possible', e164: `+1${tenDigits}`, isOfAnyCountry: false }
    : NO_NUMBER;
}

/** Written for callers from abroad: with a plus, or with the 00 or 011 that is dialled instead of it. */
function toInternational(text: string, digits: string): string | null {
  if (text.includes('+')) return text.slice(text.indexOf('+')).replace(/^\+\)?/, '+');
  const [, number] = /^(?:00|011)([1-9]\d{7,14})$/.exec(digits) ?? [];
  return number === undefined ? null : `+${number}`;
}

function validIn(text: string, country: string): string | null {
  if (!isSupportedCountry(country)) return null;
  const number = parsePhoneNumberFromString(text, { defaultCountry: country as CountryCode, extract: false });
  return number?.isValid() && !isPlaceholderPhone(number.nationalNumber) ? number.number : null;
}
