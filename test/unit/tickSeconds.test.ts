// wrangler.toml says twice how often a tick comes: as a cron for Cloudflare, in seconds for the Worker.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { unstable_readConfig as readWranglerConfig } from 'wrangler';
import { readConfig } from '../../src/config.ts';
import { CREDENTIALS_KEY, randomSecretKey } from '../support/credentialsKey.ts';

const { triggers, vars, workflows } = readWranglerConfig({ config: join(import.meta.dirname, '../../wrangler.toml') });
const secrets = {
  SUPABASE_URL: 'https://example.supabase.co',
  SUPABASE_SECRET_KEY: randomSecretKey(),
  CREDENTIALS_KEY,
};

const DAY_MINUTES = 24 * 60;

/** Throws for what does not fire at even intervals around the clock, and for any form that it can't read. */
function secondsBetween(crons: string[]): number {
  const [first, ...rest] = [...new Set(crons.flatMap(minutesOfDay))].toSorted((one, other) => one - other);
  if (first === undefined) throw new Error('There is no cron.');
  const times = [first, ...rest, first + DAY_MINUTES];
  const [gap, ...others] = times.slice(1).map((time, index) => time - times[index]!);
  if (others.some((other) => other !== gap)) throw new Error(`${crons.join(' and ')} fire at uneven intervals.`);
  return gap! * 60;
}

function minutesOfDay(cron: string): number[] {
  const [minute, hour, ...days] = cron.trim().split(/\s+/);
  if (days.join(' ') !== '* * *') throw new Error(`"${cron}" has to fire every day: business hours are a setting.`);
  const minutes = valuesOf(minute!, 60);
  return valuesOf(hour!, 24).flatMap((value) => minutes.map((at) => value * 60 + at));
}

/**
 * The values below `end` that a field names: numbers, ranges and `*`, of which the last two may have a step.
 */
function valuesOf(field: string, end: number): number[] {
  return field.split(',').flatMap((part) => {
    const match = /^(?:\*|(\d+)(?:-(\d+)|(?!\/)))(?:\/(\d+))?$/.exec(part);
    if (match === null) throw new Error(`The field "${field}" of the cron can't be read.`);
    const [from, to, step] = match.slice(1).map((text) => (text === undefined ? undefined : Number(text)));
    const low = from ?? 0;
    const high = to ?? from ?? end - 1;
    if (high >= end || low > high || step === 0) throw new Error(`The field "${field}" of the cron is out of range.`);
    return Array.from({ length: high - low + 1 }, (_, index) => low + index).filter(
      (value) => (value - low) % (step ?? 1) === 0,
    );
  });
}

test('TICK_SECONDS and its default are how far apart the ticks of the cron are', () => {
  const seconds = secondsBetween(triggers.crons ?? []);
  expect(readConfig({ ...secrets, ...vars }).TICK_SECONDS).toBe(seconds);
  expect(readConfig(secrets).TICK_SECONDS).toBe(seconds);
});

test('no more than fifty runs go on at once, because of the memory of an isolate and the pool of the Data API', () => {
  expect(workflows).toMatchObject([{ binding: 'SERVICETITAN_SYNC', concurrency: { limit: 50 } }]);
});

test("wrangler.toml's settings are the defaults", () => {
  expect(readConfig({ ...secrets, ...vars })).toEqual(readConfig(secrets));
});

test.for([
  [['*/15 * * * *'], 900],
  [['* * * * *'], 60],
  [['0,15,30,45 * * * *'], 900],
  [['7-59/10 * * * *'], 600],
  [['30 * * * *'], 3600],
  [['0 */6 * * *'], 21_600],
  [['0 12 * * *'], 86_400],
  [['0 * * * *', '30 * * * *'], 1800],
] as [string[], number][])('%j fires every %i s', ([crons, seconds]) => {
  expect(secondsBetween(crons)).toBe(seconds);
});

test.for([
  ['no cron', [], /no cron/],
  ['an uneven step', ['*/7 * * * *'], /uneven/],
  ['hours of a day', ['*/15 6-20 * * *'], /uneven/],
  ['days of a week', ['*/15 * * * MON-FRI'], /every day/],
  ['a field too few', ['*/15 * * *'], /every day/],
  ['a field too many', ['0 */15 * * * *'], /every day/],
  ['a minute that is none', ['60 * * * *'], /out of range/],
  ['a step of nothing', ['*/0 * * * *'], /out of range/],
  ['a number with a step', ['5/20 * * * *'], /can't be read/],
  ['a name', ['H/15 * * * *'], /can't be read/],
] as [string, string[], RegExp][])('%s is refused', ([, crons, reason]) => {
  expect(() => secondsBetween(crons)).toThrow(reason);
});
