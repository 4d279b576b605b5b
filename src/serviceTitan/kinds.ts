// R20: how a value that does not steer the sync is read. A neighbouring kind is taken where nothing is lost
// by it; a value of any other kind is `undefined`: left out, so that the stored one stays.
import { MAX_TEXT_LENGTH } from '../../supabase/functions/_shared/contactBatch.ts';
import { canonicalInstant, isYearOne } from './instant.ts';

/** `undefined`: of another kind. `tell` is called where a part is left out and the rest is taken. */
export type Read<Value> = (value: unknown, tell: () => void) => Value | undefined;

const MAX_INT64 = 2n ** 63n - 1n;
const CUT_MARK = '…';

/** An id as text without leading zeros. Refuses what is no int64, and a number that a double has rounded. */
export function readId(value: unknown): string | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? String(value) : undefined;
  if (typeof value !== 'string' || !/^\d{1,19}$/.test(value)) return undefined;
  const id = BigInt(value);
  return id <= MAX_INT64 ? String(id) : undefined;
}

/** A number is taken for a text; null and absent are empty. */
export const text: Read<string | null> = (value) => {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string') return toStorable(value);
  return typeof value === 'number' ? String(value) : undefined;
};

/** The value of a custom field: a text, or a flag or number as text. */
const anyScalar: Read<string | null> = (value, tell) =>
  typeof value === 'boolean' ? String(value) : text(value, tell);

export const flag: Read<boolean | null> = (value) => {
  if (value === undefined || value === null) return null;
  if (typeof value === 'boolean') return value;
  const word = typeof value === 'string' ? value.toLowerCase() : '';
  return word === 'true' ? true : word === 'false' ? false : undefined;
};

/** A text is taken for a number where the number says the same to the last digit. */
export const amount: Read<number | null> = (value) => {
  if (value === undefined || value === null) return null;
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string' || !/^-?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(value)) return undefined;
  const number = Number(value);
  const digits = value.includes('.') ? value.replace(/\.?0+$/, '') : value;
  return String(number) === digits || (number === 0 && /^-?0$/.test(digits)) ? number : undefined;
};

export const id: Read<string | null> = (value) => (value === undefined || value === null ? null : readId(value));

/** A time in canonical form; .NET's zero, which imported records carry, is none. */
export const time: Read<string | null> = (value) => {
  if (value === undefined || value === null) return null;
  const canonical = typeof value === 'string' ? canonicalInstant(value) : null;
  if (canonical === null) return undefined;
  return isYearOne(canonical) ? null : canonical;
};

/** A list without its nulls. An entry of another kind is left out; if all are, so is the list. */
export function listOf<Item>(entry: (value: unknown) => Item | undefined): Read<Item[]> {
  return (value, tell) => {
    if (value === undefined || value === null) return [];
    if (!Array.isArray(value)) return undefined;
    const entries = value.filter((one) => one !== null && one !== undefined);
    const items = entries.map(entry).filter((item) => item !== undefined);
    if (items.length === entries.length) return items;
    if (items.length === 0) return undefined;
    tell();
    return items;
  };
}

export interface CustomField {
  typeId: string;
  name: string | null;
  value: string | null;
}

export function customField(entry: unknown): CustomField | undefined {
  if (!isRecord(entry)) return undefined;
  const typeId = readId(entry['typeId']);
  const name = text(entry['name'], () => {});
  const value = anyScalar(entry['value'], () => {});
  return typeId === undefined || name === undefined || value === undefined ? undefined : { typeId, name, value };
}

export interface ExternalData {
  key: string;
  value: string | null;
}

export function externalData(entry: unknown): ExternalData | undefined {
  if (!isRecord(entry)) return undefined;
  const key = text(entry['key'], () => {});
  const value = anyScalar(entry['value'], () => {});
  return key === undefined || key === null || value === undefined ? undefined : { key, value };
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * What Postgres can't store is taken out or replaced; what is longer than the wire takes is cut, with a mark.
 */
function toStorable(value: string): string {
  const whole = (value.includes('\0') ? value.replaceAll('\0', '') : value).toWellFormed();
  if (whole.length <= MAX_TEXT_LENGTH) return whole;
  const kept = whole.slice(0, MAX_TEXT_LENGTH - CUT_MARK.length);
  return (kept.isWellFormed() ? kept : kept.slice(0, -1)) + CUT_MARK;
}
