import { useState } from 'preact/hooks';
import type { Run } from '../api/contract.ts';
import { type Clock, count, took } from '../format.ts';
import { toRun } from '../route.ts';
import { modeName, runState, triggerName } from '../runs.ts';
import { Shape } from './Mark.tsx';
import { Time } from './Time.tsx';

interface RunsTableProps {
  runs: readonly Run[];
  more: (() => Promise<void>) | undefined;
  clock: Clock;
  now: number;
}

const PHONE = '(max-width: 48rem)';
const COLUMNS = ['Started', 'Result', 'Kind', 'Read', 'Created', 'Updated', 'Unchanged', 'Errors', 'Calls', 'Took'];

/** What the plot shows, in numbers, and a way to each run. */
export function RunsTable({ runs, more, clock, now }: RunsTableProps) {
  const [rows, setRows] = useState(() => (matchMedia(PHONE).matches ? 4 : 10));
  const [problem, setProblem] = useState<string | null>(null);
  const shown = runs.slice(0, rows);

  async function showMore(): Promise<void> {
    setRows(rows + 40);
    if (rows + 40 <= runs.length) return;
    setProblem(null);
    await more?.().catch((error: Error) => setProblem(error.message));
  }

  return (
    <>
      <table class="list runs" role="table" aria-label="Last runs, the newest first">
        <thead role="rowgroup">
          <tr role="row">
            {COLUMNS.map((name, index) => (
              <th key={name} role="columnheader" scope="col" class={index > 2 ? 'value' : ''}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {shown.map((run) => (
            <Row key={run.instanceId} run={run} clock={clock} now={now} />
          ))}
        </tbody>
      </table>
      {(more || runs.length > rows) && (
        <p class="more">
          <button type="button" onClick={() => void showMore()}>
            Show earlier runs
          </button>
        </p>
      )}
      {problem && <p class="problem">{problem}</p>}
    </>
  );
}

function Row({ run, clock, now }: { run: Run; clock: Clock; now: number }) {
  const { label, severity } = runState(run.status);
  const numbers: [string, number][] = [
    ['Read', run.fetched],
    ['Created', run.created],
    ['Updated', run.updated],
    ['Unchanged', run.unchanged],
    ['Errors', run.errors],
    ['Calls', run.serviceTitanCalls],
  ];
  return (
    <tr role="row">
      <th role="rowheader" scope="row">
        <a href={toRun(run.instanceId)}>
          <Time at={run.startedAt ?? run.createdAt} now={now} clock={clock} />
        </a>
      </th>
      <td role="cell" class="text">
        <span class={`mark ${severity}`}>
          <Shape severity={severity} />
          {label}
        </span>
        {run.error && <p class="aside cut">{run.error}</p>}
      </td>
      <td role="cell" class="text" data-label="Kind">
        {modeName(run.mode)} <span class="aside">{triggerName(run.trigger)}</span>
      </td>
      {numbers.map(([name, value]) => (
        <td key={name} role="cell" class={`value ${name === 'Errors' && value > 0 ? 'warn' : ''}`} data-label={name}>
          {value === 0 ? <span class="none">0</span> : count(value)}
          {name === 'Read' && run.throughContacts > 0 && (
            <span class="aside" title={`${count(run.throughContacts)} more through their phones`}>
              {' '}
              +{count(run.throughContacts)}
            </span>
          )}
        </td>
      ))}
      <td role="cell" class="value" data-label="Took">
        {run.durationSeconds === null ? <span class="none">–</span> : took(run.durationSeconds)}
      </td>
    </tr>
  );
}
