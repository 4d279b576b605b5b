import { ArgumentError } from '../errors.ts';
import { canonicalInstant } from './instant.ts';

// ServiceTitan ignores what it doesn't understand and then answers with the unfiltered list, which looks healthy. So
// an argument that would not narrow the list as meant is refused here.

/** An id fit for a path or a query. */
export function checkId(name: string, id: string): string {
  if (!/^\d{1,19}$/.test(id)) throw new ArgumentError(`${name} must be 1 to 19 digits`);
  return id;
}

/** A comma list of at least one id. */
export function checkIds(name: string, ids: readonly string[], atMost = Infinity): string {
  if (ids.length === 0 || ids.length > atMost) {
    throw new ArgumentError(`${name} must hold at least one id${atMost === Infinity ? '' : ` and at most ${atMost}`}`);
  }
  return ids.map((id) => checkId(name, id)).join(',');
}

/** `page` counts from 1, `pageSize` is 1 to 5000; absent ones are left to ServiceTitan. */
export function checkPaging<Paging extends { page?: number; pageSize?: number }>(paging: Paging): Paging {
  const { page = 1, pageSize = 1 } = paging;
  if (!Number.isSafeInteger(page) || page < 1) throw new ArgumentError('page must be a whole number from 1');
  if (!Number.isSafeInteger(pageSize) || pageSize < 1 || pageSize > 5000) {
    throw new ArgumentError('pageSize must be a whole number from 1 to 5000');
  }
  return paging;
}

/** A time that ServiceTitan reads the way we do. */
export function checkInstant(name: string, instant: string): string {
  if (canonicalInstant(instant) === null || !/(?:Z|[+-]\d\d:\d\d)$/.test(instant)) {
    throw new ArgumentError(`${name} must be an ISO 8601 time with a zone and at most 7 fraction digits`);
  }
  return instant;
}

/** Text that says something: an empty `from` would start the feed from its first record. */
export function checkText(name: string, text: string): string {
  if (text.trim() === '') throw new ArgumentError(`${name} must not be empty`);
  return text;
}
