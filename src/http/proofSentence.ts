// R18: what is proved, in one sentence or a few, and else why it is not.
import { formatInTimeZone } from 'date-fns-tz';
import type { ProofRow, ProvenRow } from '../supabase/proofs.ts';
import type { WorkspaceRow } from '../supabase/reports.ts';

export interface Told {
  proven: ProvenRow | null;
  isSynced: boolean;
  timeZone: string | null;
  now: Date;
}

/** Each reason why a pass is not whole; `{count}` stands for how many. A code of another version is told as it is. */
const WHY_NOT: Record<string, string> = {
  unnamed: 'ServiceTitan listed {count} customers of which nobody can tell who they are',
  customers_unread: '{count} places of the customers list could not be read',
  contacts_unread: 'a part of the contacts export could not be read',
  list_endless: 'the customers list did not come to an end',
  list_missed: 'the customers list lacked {count} customers that ServiceTitan shows when asked by id',
  not_asked: '{count} customers were neither listed nor shown by id, and ServiceTitan does not say that they are gone',
  not_marked:
    '{count} customers are no longer in ServiceTitan, and a trigger or rule on contacts refuses the mark that says so',
  gone_held: '{count} customers were not listed any more, so many that they are held back until the next comparison',
  methods_unseen: 'the contacts export lacked phones or e-mails of {count} customers at once, which is not believed',
  rows_taken: '{count} contacts were deleted while it read, twice',
  chunks_lost: 'what it had seen was deleted while it read, twice',
  took_too_long: 'it took more than a week',
};

/** The sentence, and whether it says that all is there. */
export function tellProof({ proven, isSynced, timeZone, now }: Told): { proved: boolean; sentence: string } {
  const not = (because: string) => ({ proved: false, sentence: `Not proved, because ${because}.` });
  if (!isSynced || proven === null) return not('the first sync is not complete');
  const { proof, under_way: underWay, since, settled_until: until, wanted } = proven;
  const next = underWay
    ? `one is under way since ${time(underWay.began_at, timeZone, now)}`
    : 'one begins with the next run that has time for it';
  if (proof === null) return not(`no comparison of everything has ended yet; ${next}`);
  const when = time(proof.began_at, timeZone, now);
  if (!proof.whole) return not(`in the comparison of ${when} ${proof.why_not.map(reason).join(', and ')}; ${next}`);
  if (!since.unbroken) return not(`the windows that were read since ${when} leave a gap; ${next}`);
  const confirmed =
    until !== null && Date.parse(until) > Date.parse(proof.began_at)
      ? `Since then every change up to ${time(until, timeZone, now)} is confirmed by a second reading, which found ${counted(since.misses, 'miss', 'misses')}.`
      : 'What changed since then was read, and not yet a second time.';
  return {
    proved: true,
    sentence: [
      `ServiceTitan listed ${counted(proof.listed ?? 0, 'customer', 'customers')} ${on(when)}.`,
      `${found(proof)}.`,
      confirmed,
      ...(underWay ? [`Another comparison is under way since ${time(underWay.began_at, timeZone, now)}.`] : []),
      ...(wanted ? ['Another comparison was asked for and begins with the next run that has time for it.'] : []),
    ].join(' '),
  };
}

/** The same in short, for a list of workspaces. */
export function tellShortProof(
  { proof, comparing, time_zone: timeZone }: Pick<WorkspaceRow, 'proof' | 'comparing' | 'time_zone'>,
  now: Date,
): { proved: boolean; text: string } {
  if (proof === null)
    return { proved: false, text: comparing ? 'Being compared for the first time.' : 'Not compared yet.' };
  const when = time(proof.as_of, timeZone, now);
  return proof.whole
    ? { proved: true, text: `All ${counted(proof.listed ?? 0, 'customer', 'customers')} compared ${on(when)}.` }
    : { proved: false, text: `Not proved: the comparison of ${when} was not whole.` };
}

function found(proof: ProofRow): string {
  const mended = (['missing', 'stale', 'differing'] as const).flatMap((kind) => {
    const count = proof[kind];
    return count ? { count, words: `${thousands(count)} ${kind === 'differing' ? 'edited' : kind}` } : [];
  });
  const noun = mended.at(-1)?.count === 1 ? 'contact' : 'contacts';
  const isOne = mended.length === 1 && noun === 'contact';
  const { went_back, refused, gone, returned } = proof;
  return [
    `${thousands(proof.right_when_read ?? 0)} ${proof.right_when_read === 1 ? 'was' : 'were'} right when they were read`,
    ...(mended.length > 0
      ? [`${list(mended.map(({ words }) => words))} ${noun} ${isOne ? 'was' : 'were'} mended`]
      : []),
    ...(went_back
      ? [`${counted(went_back, 'is', 'are')} asked for again, because ServiceTitan shows an older version`]
      : []),
    ...(refused ? [`${counted(refused, 'customer is', 'customers are')} set aside`] : []),
    ...(gone ? [`${counted(gone, 'customer is', 'customers are')} no longer in ServiceTitan`] : []),
    ...(returned
      ? [`${counted(returned, 'contact differs', 'contacts differ')} again and again, so something here rewrites them`]
      : []),
  ].join('; ');
}

function reason({ code, count }: ProofRow['why_not'][number]): string {
  return (WHY_NOT[code] ?? code).replace('{count}', thousands(count ?? 0));
}

function counted(count: number, one: string, many: string): string {
  return `${thousands(count)} ${count === 1 ? one : many}`;
}

function list(parts: string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}

/** `on 28 November at 02:10`, `at 09:45 today`. */
function on(when: string): string {
  return /^\d\d:/.test(when) ? `at ${when}` : `on ${when}`;
}

/** `28 November at 02:10 (America/Denver)`, or `09:45 today (America/Denver)`. */
function time(instant: string, timeZone: string | null, now: Date): string {
  for (const zone of [timeZone, 'UTC']) {
    try {
      if (zone === null) continue;
      const day = (date: Date | string) => formatInTimeZone(date, zone, 'd MMMM');
      if (day(instant) === day(now)) return `${formatInTimeZone(instant, zone, 'HH:mm')} today (${zone})`;
      return `${day(instant)} at ${formatInTimeZone(instant, zone, 'HH:mm')} (${zone})`;
    } catch {
      // A zone that does not exist.
    }
  }
  return instant;
}

function thousands(count: number): string {
  return count.toLocaleString('en-US');
}
