// What a run could not make sure of. A doubt stops nobody: the run records it, and people are told.
import type { DoubtRow } from '../supabase/doubtRow.ts';

/** Each code with what it says to people; `{…}` stands for a field of the doubt. */
export const DOUBTS = {
  place_unread:
    'The customer at place {position} of those modified since {at} could not be read: every list page that would show it fails. The others of its page were read.',
  window_short: 'ServiceTitan counted {of} customers modified since {at}, and its list showed {count} of them.',
  window_shrank:
    '{count} customers left the list of those modified since {at} while it was read, before place {position}. Others may have slid over the edge of a page unread.',
  unsorted:
    'The list of the customers modified since {at} does not come in the order of their ids, so some may have been skipped between two pages.',
  page_size:
    'ServiceTitan answered pages of {count} customers where {of} were asked for, among those modified since {at}. Some may have been skipped between two pages.',
  most_refused: '{count} of {of} {feed} of one page were refused and set aside. The commonest reason: {reason}',
  passed_over:
    'A batch of the export of {feed} could not be read. It was passed over, and what was modified from {at} to {until} was read by the list, which does not show contacts that were switched off.',
  span_unread:
    'What was modified from {at} to {until} could be read neither by the export of {feed} nor by the list: every call that would show it fails.',
  settled_late:
    'ServiceTitan showed a change of {feed} of {at} so late that a second reading of that time had not found it.',
  first_sync_short:
    'The first sync read {count} customers where ServiceTitan had counted {of}. The second way of reading goes on from where it ended.',
  feed_stopped: 'The first sync could not read the export of {feed} to its end. {reason}',
  removals_held:
    'The removals of {count} customers are held back for a day, because many customers would lose their last phone or e-mail at once.',
  removals_unproven:
    'The removals of {count} customers wait, because nothing shows that ServiceTitan lists any contacts now: no list of another customer came with something in it. They are asked again every hour, and what two lists a day apart have lacked goes.',
  rechecks_failing:
    'The contacts of {count} customers, {id} among them, could not be read again for a day or more: every call that would show them fails, or the database refuses what it shows. They keep the phone and the e-mail that they have, and are asked daily; look at GET /why, and open a case with ServiceTitan.',
  tag_types_refused:
    'The app may not read tag types, so tags have no names: add the scope tn.stt.tagtypes:r to the app, and have the firm accept its new version. It is asked for again every day, and told once.',
  part_unfinished:
    'The part "{part}" of the run failed. All else of the run is complete, and the next run begins the part again. {reason}',
} as const;

export type DoubtCode = keyof typeof DOUBTS;

/** One doubt: a code, and what it is about. No person's data. */
export type Doubt = Omit<DoubtRow, 'code'> & { code: DoubtCode };

/** Adds it, unless it is there already: what holds of a whole window shows on many of its pages. */
export function addOnce(doubts: Doubt[], doubt: Doubt): void {
  const text = JSON.stringify(doubt);
  if (!doubts.some((known) => JSON.stringify(known) === text)) doubts.push(doubt);
}

/** The doubt in words. A code that this version does not know is told as it is. */
export function describeDoubt(doubt: DoubtRow): string {
  const sentence: string = DOUBTS[doubt.code as DoubtCode] ?? doubt.code;
  return sentence.replaceAll(/\{(\w+)\}/g, (_, field) => String(doubt[field as keyof DoubtRow] ?? '…'));
}
