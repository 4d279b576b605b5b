import { formatTicks, parseTicks, TICKS_PER_SECOND, YEAR_ONE, type Ticks } from '../ticks.ts';
import type { Random } from './random.ts';

const FIRST = parseTicks('2019-01-07T08:00:00Z')!;
const LAST = parseTicks('2026-03-02T17:00:00Z')!;
const SPAN_SECONDS = Number((LAST - FIRST) / TICKS_PER_SECOND);
/** Each stamped all that it brought with one instant. */
const IMPORTS = ['2021-06-14T03:12:45.4417213Z', '2022-11-02T22:40:09.8Z', '2024-02-19T05:00:00Z'];

export interface Times {
  createdOn: string;
  modifiedOn: string;
}

/** When a customer was entered and last changed. Imported ones have no creation time, and many share one `modifiedOn`. */
export function times(random: Random): Times {
  const earlier = instant(random);
  const later = instant(random);
  const [created, modified] = earlier < later ? [earlier, later] : [later, earlier];
  if (random.percent(20)) return { createdOn: formatTicks(YEAR_ONE), modifiedOn: random.pick(IMPORTS) };
  const isImported = random.percent(5);
  return { createdOn: formatTicks(isImported ? YEAR_ONE : created), modifiedOn: formatTicks(modified) };
}

/** With as many fraction digits as recorded: seven in most, none in many, six or five in a few. */
function instant(random: Random): Ticks {
  const whole = FIRST + BigInt(random.below(SPAN_SECONDS)) * TICKS_PER_SECOND;
  const share = random.below(1000);
  if (share < 398) return whole;
  const unit = share < 946 ? 1 : share < 992 ? 10 : 100;
  return whole + BigInt(Math.floor(random.below(10_000_000) / unit) * unit);
}
