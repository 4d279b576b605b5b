import type { Step } from '../api/contract.ts';
import { type Clock, count, took } from '../format.ts';
import type { Severity } from '../states.ts';
import { Shape } from './Mark.tsx';
import { Time } from './Time.tsx';

const COLUMNS = ['Step', 'State', 'Attempts', 'Started', 'Took'];

const SEVERITIES: Record<string, Severity> = {
  complete: 'good',
  completed: 'good',
  success: 'good',
  running: 'busy',
  waiting: 'busy',
  retrying: 'warn',
  failed: 'bad',
  errored: 'bad',
};

/** The steps of a run, in their order. */
export function Steps({ steps, clock, now }: { steps: readonly Step[]; clock: Clock; now: number }) {
  return (
    <table class="list" role="table" aria-label="Steps in their order">
      <thead role="rowgroup">
        <tr role="row">
          {COLUMNS.map((name, index) => (
            <th key={name} role="columnheader" scope="col" class={index > 1 ? 'value' : ''}>
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {steps.map(({ name, status, attempts, startedAt, durationSeconds }, index) => {
          const severity = SEVERITIES[status] ?? 'quiet';
          return (
            <tr key={`${index} ${name}`} role="row">
              <th role="rowheader" scope="row">
                {name}
              </th>
              <td role="cell" class="text">
                <span class={`mark ${severity}`}>
                  <Shape severity={severity} />
                  {status}
                </span>
              </td>
              <td role="cell" class={`value ${attempts > 1 ? 'warn' : ''}`} data-label="Attempts">
                {count(attempts)}
              </td>
              <td role="cell" class="value" data-label="Started">
                <Time at={startedAt} now={now} clock={clock} />
              </td>
              <td role="cell" class="value" data-label="Took">
                {durationSeconds === null ? <span class="none">–</span> : took(durationSeconds)}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
