import { parseTicks, type Ticks } from '../ticks.ts';
import type { Version } from './table.ts';
import { WorldError } from './worldError.ts';

/** The times that a version carries beside its beginning. */
export type Stamps = Pick<Version<unknown>, 'modified' | 'touched' | 'edited' | 'writtenAt'>;

/** Of a change that happens now. */
export function stamped(now: Ticks): Stamps {
  return { modified: now, touched: now, edited: now, writtenAt: now };
}

/** A time that somebody gave, if they did. Throws a WorldError for a text that is none. */
export function given(field: string, text: string | undefined): Ticks | undefined {
  if (text === undefined) return undefined;
  const ticks = parseTicks(text);
  if (ticks === undefined) throw new WorldError('invalid', `${field} is no date-time with up to 7 fraction digits.`);
  return ticks;
}
