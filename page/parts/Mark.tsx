import type { Condition } from '../api/contract.ts';
import { type Severity, STATES } from '../states.ts';

// A shape for each severity: colour alone says nothing to many people.
const SHAPES: Record<Severity, string> = {
  bad: 'M8 1 15 8 8 15 1 8Z',
  warn: 'M8 1.5 15.5 14.5 0.5 14.5Z',
  busy: 'M8 1A7 7 0 1 1 1 8L4 8A4 4 0 1 0 8 4Z',
  good: 'M8 1A7 7 0 1 1 8 15A7 7 0 1 1 8 1Z',
  quiet: 'M8 1A7 7 0 1 1 8 15A7 7 0 1 1 8 1ZM8 4A4 4 0 1 0 8 12A4 4 0 1 0 8 4Z',
};

export function Shape({ severity }: { severity: Severity }) {
  return (
    <svg class={`shape ${severity}`} viewBox="0 0 16 16" width="11" height="11" aria-hidden="true">
      <path d={SHAPES[severity]} fill="currentColor" fill-rule="evenodd" />
    </svg>
  );
}

const UNKNOWN = { label: 'Not known', severity: 'quiet' } as const;

/** The condition in a word; null where nobody knows it any more. */
export function Mark({ condition }: { condition: Condition | null }) {
  const { label, severity } = condition === null ? UNKNOWN : STATES[condition];
  return (
    <span class={`mark ${severity}`}>
      <Shape severity={severity} />
      {label}
    </span>
  );
}
