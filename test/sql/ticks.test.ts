// When the cron last came to a Worker. The rows are no workspace's, so what these tests make of them is rolled back.
import { expect, test } from 'vitest';
import { admin } from '../support/database.ts';

const DEPLOYMENT = 'ticks-test';

class RollBack extends Error {}

/** Notes in order, so many seconds ago each, and answers what is read then. */
async function readAfter(notes: [isCatchUp: boolean, secondsAgo: number][], of = DEPLOYMENT) {
  let found: unknown;
  await admin
    .begin(async (sql) => {
      for (const [isCatchUp, secondsAgo] of notes) {
        await sql`select public.note_servicetitan_tick(${DEPLOYMENT}, ${isCatchUp})`;
        await sql`
          update public.servicetitan_ticks
          set
            last_tick_at = case when ${isCatchUp} then last_tick_at else now() - make_interval(secs => ${secondsAgo}) end,
            last_catch_up_at = case when ${isCatchUp} then now() - make_interval(secs => ${secondsAgo}) else last_catch_up_at end
          where deployment = ${DEPLOYMENT}
        `;
      }
      [{ found }] = (await sql`select public.read_servicetitan_tick(${of}) as found`) as unknown as [
        { found: unknown },
      ];
      throw new RollBack();
    })
    .catch((error: unknown) => {
      if (!(error instanceof RollBack)) throw error;
    });
  return found;
}

test('before the first tick nothing is known', async () => {
  expect(await readAfter([])).toEqual({ tick_seconds_ago: null, work_seconds_ago: null });
});

test('a call that makes up for a tick does its work, and is none', async () => {
  expect(await readAfter([[false, 5000]])).toEqual({ tick_seconds_ago: 5000, work_seconds_ago: 5000 });
  expect(
    await readAfter([
      [false, 5000],
      [true, 60],
    ]),
  ).toEqual({ tick_seconds_ago: 5000, work_seconds_ago: 60 });
  expect(await readAfter([[true, 60]])).toEqual({ tick_seconds_ago: null, work_seconds_ago: 60 });
  expect(
    await readAfter([
      [false, 5000],
      [true, 600],
      [false, 10],
    ]),
  ).toEqual({ tick_seconds_ago: 10, work_seconds_ago: 10 });
});

test('a tick of another Worker on the same database says nothing of this one', async () => {
  expect(await readAfter([[false, 10]], 'ticks-test-2')).toEqual({ tick_seconds_ago: null, work_seconds_ago: null });
});
