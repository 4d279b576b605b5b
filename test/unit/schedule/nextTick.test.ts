import { expect, test } from 'vitest';
import { createClock } from '../../../src/schedule/nextTick.ts';

const HOURS = { BUSINESS_HOURS_START: 6, BUSINESS_HOURS_END: 20, TICK_SECONDS: 900 };
const at = (now: string, zone: string | null = 'America/Denver', hours: Partial<typeof HOURS> = {}) => {
  const { isOpen, nextTickAt } = createClock({ ...HOURS, ...hours }, new Date(now))(zone);
  return [isOpen, nextTickAt?.toISOString() ?? null];
};

test.for([
  ['the next quarter within business hours', '2026-02-09T19:01:00Z', true, '2026-02-09T19:15:00.000Z'],
  ['never the tick that is now', '2026-02-09T19:15:00Z', true, '2026-02-09T19:30:00.000Z'],
  ['the last one of the day', '2026-02-10T02:50:00Z', true, '2026-02-10T03:00:00.000Z'],
  ['the first one of the next day', '2026-02-10T03:00:30Z', true, '2026-02-10T13:00:00.000Z'],
  ['the first one after the clocks went forward', '2026-03-08T04:00:00Z', false, '2026-03-08T12:00:00.000Z'],
] as [string, string, boolean, string][])('R15: %s', ([, now, isOpen, nextTickAt]) => {
  expect(at(now)).toEqual([isOpen, nextTickAt]);
});

test('R15: without a zone, and in one that does not exist, it is always open', () => {
  for (const zone of [null, 'Mars/Olympus']) {
    expect(at('2026-02-10T05:00:00Z', zone)).toEqual([true, '2026-02-10T05:15:00.000Z']);
  }
});

test('ticks that come every minute, or at hours that never are', () => {
  const faster = { TICK_SECONDS: 60 };
  expect(at('2026-02-09T19:01:10Z', 'America/Denver', faster)).toEqual([true, '2026-02-09T19:02:00.000Z']);
  expect(at('2026-02-10T04:00:10Z', 'America/Denver', faster)).toEqual([false, '2026-02-10T13:00:00.000Z']);
  const never = { BUSINESS_HOURS_START: 20, BUSINESS_HOURS_END: 6 };
  expect(at('2026-02-09T19:01:00Z', 'America/Denver', never)).toEqual([false, null]);
});
