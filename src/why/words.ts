// The parts of the sentence that `/why` answers: times, the last read, why a customer is set aside, what makes the two sides
// differ, and what comes next.
import { formatInTimeZone } from 'date-fns-tz';
import type { Facts, Outcome } from './facts.ts';

/** To the second, in the workspace's zone and with its name; in UTC where the zone does not exist. */
export function tellTime(instant: string, timeZone: string | null): string {
  const format = 'yyyy-MM-dd HH:mm:ss zzz';
  try {
    if (timeZone !== null) return formatInTimeZone(instant, timeZone, format);
  } catch {
    // a zone that does not exist
  }
  return formatInTimeZone(instant, 'UTC', format);
}

const OUTCOMES: Record<Outcome, string> = {
  created: 'created the contact',
  updated: 'updated the contact',
  unchanged: 'found nothing changed',
  stale: 'was older than the contact and changed nothing',
  set_aside: 'set the customer aside',
};

export function tellLastRead({ lastRead, workspace }: Facts): string {
  if (lastRead === null) return 'no read of it is in the log';
  const what = lastRead.outcomes.map((outcome) => OUTCOMES[outcome]).join(' and ');
  return `the last read, at ${tellTime(lastRead.at, workspace.timeZone)} by ${lastRead.instanceId}, ${what}`;
}

/** Each feed in which the customer is set aside, with its own reason. */
export function tellSetAside({ quarantine, workspace }: Facts): string {
  return quarantine
    .map(({ feed, reason, attempts, lastSeenAt }) => {
      const as = feed === 'contacts' ? 'for its phones and e-mails' : 'as a customer';
      return `(${as}, tried ${times(attempts)}, last at ${tellTime(lastSeenAt, workspace.timeZone)}) because of this: ${withoutEnd(reason)}`;
    })
    .join('; and ');
}

export function tellFields(names: readonly string[]): string {
  return `${names.length === 1 ? 'the field' : 'the fields'} ${names.join(', ')}`;
}

const BRINGS_IT = 'the next change in ServiceTitan, or a comparison of everything (mode "full"), brings it right';

/** Every cause for which one version may differ, with its fields and with what mends it. */
export function tellCauses({ edited }: Facts, differing: readonly string[], isInNextWindow: boolean): string {
  const ofContacts = differing.filter((name) => name.split('.')[0] === 'contacts');
  const others = differing.filter((name) => !ofContacts.includes(name) && !edited.includes(name));
  const causes: [readonly string[], string, string][] = [
    [
      ofContacts,
      'a phone or an e-mail was changed in ServiceTitan',
      'the contacts feed brings it, or a second reading by id takes away what is gone',
    ],
    [edited, 'the contact was changed outside of the sync', BRINGS_IT],
    isInNextWindow
      ? [others, 'ServiceTitan changed it', 'the window of the next run reaches back to it']
      : [others, 'ServiceTitan changed it without moving modifiedOn, or the product did in the contact', BRINGS_IT],
  ];
  return causes
    .filter(([names]) => names.length > 0)
    .map(([names, cause, mends]) => `${cause} (${names.join(', ')}): ${mends}`)
    .join('; ');
}

/** From here on, by how the workspace stands. */
export function tellWhatComesNext({ workspace }: Facts): string {
  const { condition, activity, lastError, nextTickAt, timeZone } = workspace;
  if (condition === 'paused') return 'nothing is read until the workspace is resumed';
  if (condition === 'disconnected') return 'nothing is read until the workspace is connected again';
  const failed =
    condition === 'failing' ? `the last run failed (${withoutEnd(lastError ?? 'nobody knows why')}), and ` : '';
  if (activity !== 'idle') return `${failed}a run is under way`;
  if (condition === 'refused')
    return 'nothing is read while ServiceTitan refuses the credentials: connect the workspace again';
  if (nextTickAt === null) return `${failed}no tick is due: look at BUSINESS_HOURS_START and BUSINESS_HOURS_END`;
  return `${failed}the next run starts at ${tellTime(nextTickAt, timeZone)}`;
}

export function withoutEnd(text: string): string {
  return text.replace(/[.\s]+$/, '');
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}
