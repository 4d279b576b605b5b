import type { Check } from '../api/contract.ts';
import { CHECK_WORDS, labelOf } from '../checks.ts';
import { Shape } from './Mark.tsx';

/** Each with what was found and what to do. */
export function Checks({ checks }: { checks: readonly Check[] }) {
  return (
    <ul class="checks">
      {checks.map((check) => (
        <li key={check.check}>
          <h2>
            <span class={`mark ${CHECK_WORDS[check.result].severity}`}>
              <Shape severity={CHECK_WORDS[check.result].severity} />
              {CHECK_WORDS[check.result].label}
            </span>{' '}
            {labelOf(check)}
          </h2>
          <p>{check.message}</p>
          {check.advice !== null && <p class="aside">{check.advice}</p>}
        </li>
      ))}
    </ul>
  );
}
