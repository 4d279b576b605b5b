import type { Known } from '../data/workspaceList.ts';
import { clockIn, count, roughly } from '../format.ts';
import { detailOf, nameOf } from '../states.ts';
import { toWorkspace } from '../route.ts';
import { Age } from './Age.tsx';
import { Mark } from './Mark.tsx';
import { Progress } from './Progress.tsx';
import { ComesIn } from './Time.tsx';

interface WorkspaceTableProps {
  workspaces: readonly Known[];
  lateSeconds: number;
  now: number;
  /** False when no answer has come for long. */
  isKnown: boolean;
}

const COLUMNS = ['Workspace', 'State', 'Data age', 'Last 24 hours', 'Last sync', 'Set aside', 'Next sync'];

/** One row a workspace; on a phone one block, for which the roles are written out, since CSS takes a table's away. */
export function WorkspaceTable({ workspaces, lateSeconds, now, isKnown }: WorkspaceTableProps) {
  return (
    <table class="workspaces" role="table" aria-label="Workspaces, those that need a look first">
      <thead role="rowgroup">
        <tr role="row">
          {COLUMNS.map((name) => (
            <th key={name} role="columnheader" scope="col">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {workspaces.map((workspace) => (
          <Row
            key={workspace.workspaceId}
            workspace={workspace}
            lateSeconds={lateSeconds}
            now={now}
            isKnown={isKnown}
          />
        ))}
      </tbody>
    </table>
  );
}

interface RowProps extends Omit<WorkspaceTableProps, 'workspaces'> {
  workspace: Known;
}

function Row({ workspace, lateSeconds, now, isKnown }: RowProps) {
  const { workspaceId, condition, activity, run, freshness, totals, quarantined, timeZone, lastCompletedAt } =
    workspace;
  return (
    <tr role="row">
      <th role="rowheader" scope="row" class="who">
        <a href={toWorkspace(workspaceId)}>{nameOf(workspace)}</a>
        <span class="aside">{workspaceId}</span>
      </th>
      <td role="cell" class="state">
        <Mark condition={isKnown ? condition : null} />
        {condition !== 'fresh' && <p class="aside">{detailOf(workspace)}</p>}
        {run && activity === 'syncing' ? (
          <Progress run={run} />
        ) : (
          activity !== 'idle' && <p class="aside">{workspace.activityText}</p>
        )}
      </td>
      <td role="cell" class="value" data-label="Data age">
        <Age workspace={workspace} lateSeconds={lateSeconds} now={now} />
      </td>
      <td role="cell" class="value" data-label="Last 24 hours">
        <TwoLines
          first={freshness.p50Seconds === null ? null : `typically ${roughly(freshness.p50Seconds)}`}
          second={freshness.worstSeconds === null ? null : `worst ${roughly(freshness.worstSeconds)}`}
        />
      </td>
      <td role="cell" class="value" data-label="Last sync">
        <TwoLines
          first={lastCompletedAt === null ? null : `${count(totals.lastCreated)} created`}
          second={lastCompletedAt === null ? null : `${count(totals.lastUpdated)} updated`}
        />
      </td>
      <td role="cell" class="value" data-label="Set aside">
        <span class={quarantined > 0 ? 'warn' : 'none'}>{count(quarantined)}</span>
      </td>
      <td role="cell" class="value" data-label="Next sync">
        <ComesIn at={workspace.nextTickAt} now={now} clock={clockIn(timeZone)} />
      </td>
    </tr>
  );
}

function TwoLines({ first, second }: { first: string | null; second: string | null }) {
  if (first === null && second === null) return <span class="none">–</span>;
  return (
    <>
      <span class="line">{first}</span> <span class="line aside">{second}</span>
    </>
  );
}
