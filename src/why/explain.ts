// "Why is this contact not right?": what is known of one customer, put into one plain sentence.
import type { Facts, Version } from './facts.ts';
import {
  tellCauses,
  tellFields,
  tellLastRead,
  tellSetAside,
  tellTime,
  tellWhatComesNext,
  withoutEnd,
} from './words.ts';

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

export interface Explanation {
  verdict: Verdict;
  sentence: string;
}

export function explain(facts: Facts): Explanation {
  const { stored, shown, workspace, quarantine, differing } = facts;
  const time = (instant: string) => tellTime(instant, workspace.timeZone);
  const say = (verdict: Verdict, sentence: string): Explanation => ({ verdict, sentence });
  const next = tellWhatComesNext(facts);
  const read = tellLastRead(facts);

  if ('reason' in shown) {
    const known = stored
      ? `the contact holds the version of ${time(stored.modifiedOn)}${stored.isOfOtherTenant ? ', of the tenant before' : ''}`
      : 'there is no contact of this customer';
    return say('not_compared', `${sentenceStart(shown.reason)}, so nothing can be compared: ${known}; ${read}.`);
  }
  if (quarantine.length > 0) {
    const alsoDiffers =
      differing !== null && differing.length > 0
        ? `; the contact differs from what ServiceTitan shows in ${tellFields(differing)}`
        : '';
    return say(
      'set_aside',
      `The customer is set aside ${tellSetAside(facts)}${alsoDiffers}; the next runs ask for it again, hourly and then daily where its call keeps failing, and ${next}.`,
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
  const fields = tellFields(differing);
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
      `The contact holds the version of ${time(stored.modifiedOn)} and ServiceTitan shows an older one of ${time(shown.modifiedOn)}, which differs from it in ${fields} and replaces it once ServiceTitan, asked for the customer by id, has said so twice; ${read}.`,
    );
  }
  const causes = tellCauses(facts, differing, isBehindCursor(facts, shown.modifiedOn));
  return say(
    'differs',
    `The contact holds ServiceTitan's version of ${time(stored.modifiedOn)} and differs in ${fields}; ${read}; ${causes}; ${next}.`,
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

function sentenceStart(text: string): string {
  const bare = withoutEnd(text);
  return bare.charAt(0).toUpperCase() + bare.slice(1);
}
