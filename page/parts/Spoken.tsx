import type { LiveRun } from '../api/contract.ts';

/** For screen readers: the state whenever it changes, and a run's progress at each quarter, not at each number. */
export function Spoken({ run, conditionText }: { run: LiveRun | null; conditionText: string }) {
  return (
    <p role="status" class="hidden">
      {run ? describe(run) : conditionText}
    </p>
  );
}

function describe({ fetched, expected }: LiveRun): string {
  if (expected === null || expected === 0) return 'A sync is under way.';
  const quarters = Math.min(3, Math.floor((fetched / expected) * 4));
  return quarters === 0 ? 'A sync is under way.' : `The sync is at ${quarters * 25} percent.`;
}
