import type { LiveRun } from '../api/contract.ts';
import { count, countOf, span } from '../format.ts';

/** The run under way: how far it is, how fast, and how long it will take. */
export function Progress({ run }: { run: LiveRun }) {
  const { fetched, expected } = run;
  const parts = [
    describeDone(run),
    run.perSecond ? `${count(Math.round(run.perSecond))} a second` : '',
    run.secondsLeft === null ? `${span(run.elapsedSeconds)} so far` : `${span(run.secondsLeft)} left`,
  ];
  return (
    <div class="progress">
      {expected === null || expected === 0 || fetched === 0 ? (
        // Without a value the bar says: under way, nobody knows how far.
        <progress aria-label="Progress of the sync" />
      ) : (
        <progress aria-label="Progress of the sync" max={expected} value={Math.min(fetched, expected)} />
      )}
      <p class="aside">
        {parts
          .filter((part) => part !== '')
          .map(unbroken)
          .join(' · ')}
      </p>
    </div>
  );
}

function describeDone({ phase, contactMethods, fetched, expected }: LiveRun): string {
  if (phase === 'contacts') return `${count(contactMethods)} phones and e-mails read, the customers come next`;
  // More than was counted at first: some were added meanwhile.
  if (expected !== null && fetched <= expected) return `${count(fetched)} of ${countOf(expected, 'customer')}`;
  return countOf(fetched, 'customer');
}

/** Broken between the parts, not inside one. */
const unbroken = (text: string) => text.replaceAll(' ', '\u00a0');
