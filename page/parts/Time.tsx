import { type Clock, roughly } from '../format.ts';

interface TimeProps {
  at: string | null;
  now: number;
  clock: Clock;
}

/** An instant: short, with everything about it on pointing at it. */
export function Time({ at, now, clock }: TimeProps) {
  if (at === null) return <span class="none">–</span>;
  return (
    <time dateTime={at} title={clock.exact(at)}>
      {clock.short(at, now)}
    </time>
  );
}

/** A coming instant by how far off it is. */
export function ComesIn({ at, now, clock }: TimeProps) {
  if (at === null) return <span class="none">–</span>;
  const seconds = (Date.parse(at) - now) / 1000;
  return (
    <time dateTime={at} title={clock.exact(at)}>
      {seconds > 0 ? `in ${roughly(seconds)}` : 'now'}
    </time>
  );
}
