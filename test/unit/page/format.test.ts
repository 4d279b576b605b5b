import { expect, test } from 'vitest';
import { clockIn, countOf, roughly, span, took } from '../../../page/format.ts';
import { parseRoute, toRun, toWorkspace } from '../../../page/route.ts';

test.each([
  [0, '0 s'],
  [59.4, '59 s'],
  [60, '1 min'],
  [74, '1 min 14 s'],
  [3599, '59 min'],
  [4800, '1 h 20 min'],
  [86_400 * 3 + 3600 * 4, '3 d 4 h'],
  [-5, '0 s'],
])('%d seconds are "%s"', (seconds, text) => {
  expect(span(seconds)).toBe(text);
});

test('an age is not told to the second, and a short duration to the tenth', () => {
  expect([roughly(45), roughly(433), roughly(59.9)]).toEqual(['45 s', '7 min', '1 min']);
  expect([took(0.42), took(74)]).toEqual(['0.4 s', '1 min 14 s']);
});

test('numbers agree with their noun', () => {
  expect([countOf(1, 'customer'), countOf(1200, 'customer')]).toEqual(['1 customer', '1,200 customers']);
});

test("times are those of the workspace's zone, with the date on another day, and UTC where the zone is none", () => {
  const now = Date.parse('2026-11-25T18:00:00Z');
  expect(clockIn('America/Denver').short('2026-11-25T17:05:00Z', now)).toBe('10:05');
  expect(clockIn('America/Denver').short('2026-11-24T17:05:00Z', now)).toBe('24 Nov, 10:05');
  expect(clockIn('Mars/Olympus').short('2026-11-25T17:05:00Z', now)).toBe('17:05');
  expect(clockIn(null).exact('2026-11-25T17:05:00Z')).toMatch(/25 November 2026.*17:05:00 UTC/);
});

test('an address leads to its view, whatever stands in an id', () => {
  expect(parseRoute('')).toEqual({ view: 'workspaces' });
  expect(parseRoute(toWorkspace('a b/c'))).toEqual({ view: 'workspace', workspaceId: 'a b/c' });
  expect(parseRoute(toRun('sync-1-2'))).toEqual({ view: 'run', instanceId: 'sync-1-2' });
  expect(parseRoute('#/why')).toEqual({ view: 'why' });
  for (const hash of ['#/nope', '#/runs', '#/runs/a/b', '#/workspaces/']) {
    expect(parseRoute(hash)).toEqual({ view: 'unknown' });
  }
  expect(parseRoute('#/runs/%E0%A4%A')).toEqual({ view: 'run', instanceId: '%E0%A4%A' });
});
