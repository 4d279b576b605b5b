import { describe, expect, test } from 'vitest';
import { isBusinessTime } from '../../../src/schedule/businessHours.ts';

const within = (instant: string, zone: string | null) => isBusinessTime(new Date(instant), zone, 6, 20);

describe('R15: business hours', () => {
  test.for([
    ['05:45', '2026-02-09T12:45:00Z', false],
    ['06:00', '2026-02-09T13:00:00Z', true],
    ['12:00', '2026-02-09T19:00:00Z', true],
    ['20:00', '2026-02-10T03:00:00Z', true],
    ['20:15', '2026-02-10T03:15:00Z', false],
    ['00:00', '2026-02-09T07:00:00Z', false],
  ] as const)('at %s in Denver', ([, instant, expected]) => {
    expect(within(instant, 'America/Denver')).toBe(expected);
  });

  test('the same instant is day in one zone and night in another', () => {
    const instant = '2026-02-09T13:00:00Z';
    expect([within(instant, 'America/Denver'), within(instant, 'America/Los_Angeles')]).toEqual([true, false]);
  });

  test('zones off the full hour count their own minutes', () => {
    expect([
      within('2026-02-09T00:15:00Z', 'Asia/Kathmandu'),
      within('2026-02-09T00:00:00Z', 'Asia/Kathmandu'),
    ]).toEqual([true, false]);
    expect([within('2026-02-09T14:30:00Z', 'Asia/Kolkata'), within('2026-02-09T14:45:00Z', 'Asia/Kolkata')]).toEqual([
      true,
      false,
    ]);
  });

  test('the day the clocks go forward opens at the new 06:00 and closes at the new 20:00', () => {
    expect([
      within('2026-03-08T11:45:00Z', 'America/Denver'),
      within('2026-03-08T12:00:00Z', 'America/Denver'),
    ]).toEqual([false, true]);
    expect([
      within('2026-03-09T02:00:00Z', 'America/Denver'),
      within('2026-03-09T02:15:00Z', 'America/Denver'),
    ]).toEqual([true, false]);
  });

  test('the day the clocks go back does the same', () => {
    expect([
      within('2026-11-01T12:45:00Z', 'America/Denver'),
      within('2026-11-01T13:00:00Z', 'America/Denver'),
    ]).toEqual([false, true]);
  });

  test('every quarter of a day is in or out as the wall clock says, in every zone', () => {
    for (const zone of Intl.supportedValuesOf('timeZone')) {
      const wallClock = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit' });
      for (let quarter = 0; quarter < 96; quarter += 1) {
        const instant = new Date(Date.UTC(2026, 6, 1) + quarter * 15 * 60_000);
        const clock = wallClock.format(instant);
        expect(isBusinessTime(instant, zone, 6, 20), `${zone} at ${clock}`).toBe(clock >= '06:00' && clock <= '20:00');
      }
    }
  });

  test('a workspace without a zone has no hours', () => {
    expect(within('2026-02-09T07:00:00Z', null)).toBe(true);
  });

  test('a zone that does not exist is an error, for the caller to report', () => {
    expect(() => within('2026-02-09T07:00:00Z', 'America/Atlantis')).toThrow(RangeError);
  });

  test('hours from 0 to 24 are always', () => {
    expect(isBusinessTime(new Date('2026-02-09T06:59:00Z'), 'America/Denver', 0, 24)).toBe(true);
  });
});
