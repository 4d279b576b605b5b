// What GET /proof says in words.
import { expect, test } from 'vitest';
import { tellProof, tellShortProof } from '../../../src/http/proofSentence.ts';
import type { ProofRow, ProvenRow } from '../../../src/supabase/proofs.ts';

const PROOF: ProofRow = {
  why: 'due',
  began_at: '2026-11-28T09:10:00Z',
  ended_at: '2026-11-28T10:00:00Z',
  whole: true,
  why_not: [],
  begun_again: [],
  listed: 12345,
  seen: 12345,
  right_when_read: 12341,
  missing: 0,
  stale: 3,
  differing: 1,
  fields: { phone: 1 },
  returned: 0,
  mended: 4,
  went_back: 0,
  gone: 0,
  refused: 2,
  rechecks: 0,
  unreadable_fields: {},
  ids: {},
};
const PROVEN: ProvenRow = {
  wanted: false,
  settled_until: '2026-11-29T16:45:00Z',
  proof: PROOF,
  under_way: null,
  since: { windows: 40, unbroken: true, misses: 0 },
};
const tell = (proven: Partial<ProvenRow> | null, isSynced = true, timeZone: string | null = 'America/Denver') =>
  tellProof({ proven: proven && { ...PROVEN, ...proven }, isSynced, timeZone, now: new Date('2026-11-29T17:00:00Z') });

test('R18: a whole pass is told with what it found, and up to when a second reading confirms it', () => {
  expect(tell({})).toEqual({
    proved: true,
    sentence:
      'ServiceTitan listed 12,345 customers on 28 November at 02:10 (America/Denver). 12,341 were right when they were read; 3 stale and 1 edited contact were mended; 2 customers are set aside. Since then every change up to 09:45 today (America/Denver) is confirmed by a second reading, which found 0 misses.',
  });
});

test.for([
  [{ settled_until: null }, 'What changed since then was read, and not yet a second time.'],
  [{ settled_until: '2026-11-28T09:00:00Z' }, 'What changed since then was read, and not yet a second time.'],
  [{ since: { windows: 1, unbroken: true, misses: 1 } }, 'which found 1 miss.'],
  [{ proof: { ...PROOF, gone: 1 } }, '1 customer is no longer in ServiceTitan'],
  [{ proof: { ...PROOF, returned: 2 } }, '2 contacts differ again and again, so something here rewrites them'],
  [{ proof: { ...PROOF, stale: 0, differing: 0, missing: 1 } }, '1 missing contact was mended'],
  [{ proof: { ...PROOF, began_at: '2026-11-29T16:00:00Z' } }, '12,345 customers at 09:00 today (America/Denver).'],
  [
    { under_way: { why: 'asked', began_at: '2026-11-29T16:50:00Z', stage: 'contacts', page: 1 } },
    'Another comparison is under way since 09:50 today (America/Denver).',
  ],
  [{ wanted: true }, 'Another comparison was asked for and begins with the next run that has time for it.'],
] as const)('R18: what the proof says of %j', ([proven, words]) => {
  expect(tell(proven)).toMatchObject({ proved: true, sentence: expect.stringContaining(words) });
});

test.for([
  [null, true, 'the first sync is not complete'],
  [{}, false, 'the first sync is not complete'],
  [
    { proof: null },
    true,
    'no comparison of everything has ended yet; one begins with the next run that has time for it',
  ],
  [
    { proof: null, under_way: { why: 'first', began_at: '2026-11-29T16:00:00Z', stage: 'contacts', page: 3 } },
    true,
    'no comparison of everything has ended yet; one is under way since 09:00 today (America/Denver)',
  ],
  [
    { proof: { ...PROOF, whole: false, why_not: [{ code: 'list_missed', count: 2 }, { code: 'of_tomorrow' }] } },
    true,
    'in the comparison of 28 November at 02:10 (America/Denver) the customers list lacked 2 customers that ServiceTitan shows when asked by id, and of_tomorrow; one begins with the next run that has time for it',
  ],
  [
    { since: { windows: 3, unbroken: false, misses: 0 } },
    true,
    'the windows that were read since 28 November at 02:10 (America/Denver) leave a gap; one begins with the next run that has time for it',
  ],
] as const)('R18: not proved, and why: %#', ([proven, isSynced, because]) => {
  expect(tell(proven as Partial<ProvenRow> | null, isSynced)).toEqual({
    proved: false,
    sentence: `Not proved, because ${because}.`,
  });
});

test.for([null, 'Mars/Olympus'])('R18: without a zone that exists the times are in UTC (%s)', (timeZone) => {
  expect(tell({}, true, timeZone).sentence).toContain('on 28 November at 09:10 (UTC)');
});

test.for([
  [null, false, 'Not compared yet.', false],
  [null, true, 'Being compared for the first time.', false],
  [
    { as_of: PROOF.began_at, whole: true, listed: 12_345 },
    false,
    'All 12,345 customers compared on 28 November at 02:10 (America/Denver).',
    true,
  ],
  [
    { as_of: PROOF.began_at, whole: false, listed: 3 },
    true,
    'Not proved: the comparison of 28 November at 02:10 (America/Denver) was not whole.',
    false,
  ],
] as const)('R18: in short, %j', ([proof, comparing, text, proved]) => {
  const now = new Date('2026-11-29T17:00:00Z');
  expect(tellShortProof({ proof, comparing, time_zone: 'America/Denver' }, now)).toEqual({ proved, text });
});
