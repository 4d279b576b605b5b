// "Why is this contact not right?": what is known of one customer, put into one plain sentence.
import { formatInTimeZone } from 'date-fns-tz';

export const VERDICTS = [
  'current',
  'waiting',
  'differs',
  'set_aside',
  'missing',
  'not_read_yet',
  'gone',
  'never_seen',
  'other_tenant',
  'not_compared',
] as const;
export type Verdict = (typeof VERDICTS)[number];

/** A version of the customer, without anything about the person. */
export interface Version {
  /** To all seven digits. */
  modifiedOn: string;
  active: boolean;
  mergedToId: string | null;
}

/**
 * What ServiceTitan showed when it was asked just now; `undefined` is what it showed in a form that can't be
 * read.
 */
export type Shown =
  | { found: true; modifiedOn: string; active: boolean | undefined; mergedToId: string | null | undefined }
  | { found: false }
  /** It was not asked, or did not answer; why, in words. */
  | { reason: string };

export type Outcome = 'created' | 'updated' | 'unchanged' | 'stale' | 'set_aside';

export interface Read {
  at: string;
  instanceId: string;
  feed: string;
  outcomes: Outcome[];
}

export interface Facts {
  workspace: {
    state: string;
    stateText: string;
    timeZone: string | null;
    nextTickAt: string | null;
    cursor: string | null;
    initialSyncCompleted: boolean;
  };
  overlapSeconds: number;
  /** Null: there is no such contact. */
  stored: (Version & { isOfOtherTenant: boolean }) | null;
  shown: Shown;
  /** Names of the fields in which the two differ; null when they could not be compared. */
  differing: string[] | null;
  lastRead: Read | null;
  quarantine: { feed: string; reason: string; attempts: number; lastSeenAt: string }[];
}

export interface Explanation {
  verdict: Verdict;
  sentence: string;
}

export function explain(facts: Facts): Explanation {
  const { stored, shown, workspace, quarantine, differing } = facts;
  const time = (instant: string) => formatTime(instant, workspace.timeZone);
  const say = (verdict: Verdict, sentence: string): Explanation => ({ verdict, sentence });
  const next = whatComesNext(facts, time);
  const read = lastReadInWords(facts, time);

  if ('reason' in shown) {
    const known = stored
      ? `the contact holds the version of ${time(stored.modifiedOn)}${stored.isOfOtherTenant ? ', of the tenant before' : ''}`
      : 'there is no contact of this customer';
    return say('not_compared', `${sentenceStart(shown.reason)}, so nothing can be compared: ${known}; ${read}.`);
  }
  if (quarantine.length > 0) {
    const [first] = quarantine;
    const tried = `${quarantine.length > 1 ? 'as a customer and with its contacts' : `in the feed ${first!.feed}`}, tried ${times(Math.max(...quarantine.map(({ attempts }) => attempts)))}, last at ${time(first!.lastSeenAt)}`;
    return say(
      'set_aside',
      `The customer is set aside (${tried}) because of this: ${withoutEnd(first!.reason)}; the next runs ask for it again, hourly and then daily where its call keeps failing, and ${next}.`,
    );
  }
  if (stored?.isOfOtherTenant) {
    return say(
      'other_tenant',
      `The contact came from the tenant that the workspace was connected to before, and ${shown.found ? `takes the present one's customer of the same id over when it is read: ${next}` : 'the present tenant has no customer of this id, so it stays as it is'}.`,
    );
  }
  if (!shown.found) {
    return stored
      ? say(
          'gone',
          `ServiceTitan does not show this customer any more; the contact stays as it was at ${time(stored.modifiedOn)}, because the sync never deletes one.`,
        )
      : say(
          'never_seen',
          "Neither ServiceTitan's tenant nor contacts has a customer of this id: check the id, and that it is the right workspace.",
        );
  }
  if (!stored) {
    if (!workspace.initialSyncCompleted)
      return say(
        'not_read_yet',
        `The first sync of the workspace is not complete and has not come to this customer; ${next}.`,
      );
    if (isBehindCursor(facts, shown.modifiedOn))
      return say(
        'waiting',
        `ServiceTitan has had this version of the customer since ${time(shown.modifiedOn)}, which no closed window covers yet; ${next}.`,
      );
    return say(
      'missing',
      `ServiceTitan has this customer since before the cursor, ${read}, and there is no contact: compare everything (POST /trigger with mode "full"), which reads every customer again, and report it.`,
    );
  }
  if (differing === null || differing.length === 0) return say('current', currentInWords(facts, stored, time, read));
  const fields = `${differing.length === 1 ? 'the field' : 'the fields'} ${differing.join(', ')}`;
  if (shown.modifiedOn > stored.modifiedOn) {
    return isBehindCursor(facts, shown.modifiedOn)
      ? say(
          'waiting',
          `ServiceTitan changed the customer at ${time(shown.modifiedOn)}, which differs from the contact in ${fields}; ${read}, and ${next}.`,
        )
      : say(
          'differs',
          `The contact is older than ServiceTitan's version of ${time(shown.modifiedOn)} and differs in ${fields}, although the cursor is past it; ${read}: compare everything (POST /trigger with mode "full"), and report it.`,
        );
  }
  if (shown.modifiedOn < stored.modifiedOn) {
    return say(
      'differs',
      `The contact holds the version of ${time(stored.modifiedOn)} and ServiceTitan shows an older one of ${time(shown.modifiedOn)}, which replaces it once ServiceTitan, asked for the customer by id, has said so twice; ${read}.`,
    );
  }
  const comes = differing.every((name) => name.split('.')[0] === 'contacts')
    ? `a phone or an e-mail was changed; the contacts feed brings it, or a second reading by id takes away what is gone: ${next}`
    : isBehindCursor(facts, shown.modifiedOn)
      ? `the window of the next run reaches back to it: ${next}`
      : 'ServiceTitan changed it without moving modifiedOn, or the product did in the contact: the next change in ServiceTitan, or a comparison of everything (mode "full"), brings it right';
  return say(
    'differs',
    `The contact holds ServiceTitan's version of ${time(stored.modifiedOn)} and differs in ${fields}; ${read}; ${comes}.`,
  );
}

/** Whether the next window, which reaches back behind the cursor by the overlap, holds this version. */
function isBehindCursor({ workspace, overlapSeconds }: Facts, modifiedOn: string): boolean {
  return workspace.cursor === null || Date.parse(modifiedOn) >= Date.parse(workspace.cursor) - overlapSeconds * 1000;
}

function currentInWords({ shown }: Facts, stored: Version, time: (instant: string) => string, read: string): string {
  const state =
    'found' in shown && shown.found && typeof shown.mergedToId === 'string'
      ? `merged into customer ${shown.mergedToId}, which is the one to look at`
      : stored.active
        ? null
        : 'deactivated there';
  return `The contact is as ServiceTitan shows the customer now${state === null ? '' : ` (${state})`}: version of ${time(stored.modifiedOn)}, ${read}.`;
}

const OUTCOMES: Record<Outcome, string> = {
  created: 'created the contact',
  updated: 'updated the contact',
  unchanged: 'found nothing changed',
  stale: 'was older than the contact and changed nothing',
  set_aside: 'set the customer aside',
};

function lastReadInWords({ lastRead }: Facts, time: (instant: string) => string): string {
  if (lastRead === null) return 'no read of it is in the log';
  const what = lastRead.outcomes.map((outcome) => OUTCOMES[outcome]).join(' and ');
  return `the last read, at ${time(lastRead.at)} by ${lastRead.instanceId}, ${what}`;
}

/** From here on, by the state of the workspace. */
function whatComesNext({ workspace }: Facts, time: (instant: string) => string): string {
  const { state, nextTickAt } = workspace;
  if (state === 'paused') return 'nothing is read until the workspace is resumed';
  if (state === 'disconnected') return 'nothing is read until the workspace is connected again';
  if (state === 'refused')
    return 'nothing is read while ServiceTitan refuses the credentials: connect the workspace again';
  if (state === 'running') return 'a run is under way';
  if (nextTickAt === null) return 'no tick is due: look at BUSINESS_HOURS_START and BUSINESS_HOURS_END';
  return `the next run starts at ${time(nextTickAt)}`;
}

function formatTime(instant: string, timeZone: string | null): string {
  const format = 'yyyy-MM-dd HH:mm:ss';
  try {
    if (timeZone !== null) return formatInTimeZone(instant, timeZone, format);
  } catch {
    // a zone that does not exist
  }
  return `${formatInTimeZone(instant, 'UTC', format)} UTC`;
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}

function withoutEnd(text: string): string {
  return text.replace(/[.\s]+$/, '');
}

function sentenceStart(text: string): string {
  const bare = withoutEnd(text);
  return bare.charAt(0).toUpperCase() + bare.slice(1);
}
