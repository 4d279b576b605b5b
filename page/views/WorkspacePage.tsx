import type { Api } from '../api/api.ts';
import { Refusal } from '../api/call.ts';
import type { WorkspaceAnswer } from '../api/contract.ts';
import { useAnswer } from '../data/useAnswer.ts';
import { useNow } from '../data/useNow.ts';
import { useRuns } from '../data/useRuns.ts';
import { Actions } from '../parts/Actions.tsx';
import { Mark } from '../parts/Mark.tsx';
import { Page } from '../parts/Page.tsx';
import { Progress } from '../parts/Progress.tsx';
import { Quarantine } from '../parts/Quarantine.tsx';
import { RunsPlot } from '../parts/RunsPlot.tsx';
import { RunsTable } from '../parts/RunsTable.tsx';
import { Spoken } from '../parts/Spoken.tsx';
import { Trouble } from '../parts/Trouble.tsx';
import { WhyBox } from '../parts/WhyBox.tsx';
import { WorkspaceFacts } from '../parts/WorkspaceFacts.tsx';
import { toWorkspaces } from '../route.ts';
import { detailOf, isOld, nameOf } from '../states.ts';
import { clockIn } from '../format.ts';

const LIVE_EVERY_MS = 1_500;
const EVERY_MS = 10_000;

interface WorkspacePageProps {
  api: Api;
  workspaceId: string;
  /** Told when something was set going here. */
  onChange: () => void;
}

export function WorkspacePage({ api, workspaceId, onChange }: WorkspacePageProps) {
  const now = useNow();
  const read = useAnswer(
    () => api.workspace(workspaceId),
    (answer: WorkspaceAnswer | null) => (answer?.workspace.run ? LIVE_EVERY_MS : EVERY_MS),
    workspaceId,
  );
  const { answer, readAt, failure } = read;
  const runs = useRuns(api, workspaceId, answer?.workspace.run?.instanceId ?? null);

  const back = (
    <p class="back">
      <a href={toWorkspaces}>All workspaces</a>
    </p>
  );
  if (answer === null || readAt === null) {
    const isUnknown = failure instanceof Refusal && failure.status === 404;
    return (
      <Page title={isUnknown ? `There is no workspace ${workspaceId}` : `Workspace ${workspaceId}`} above={back}>
        <Trouble failure={failure} readAt={null} now={now} />
      </Page>
    );
  }

  const workspace = { ...answer.workspace, readAt };
  const { run, condition, conditionText, activity, activityText, timeZone, lastError } = workspace;
  const isKnown = !isOld({ failure, readAt, now });
  const clock = clockIn(timeZone);
  return (
    <Page title={nameOf(workspace)} above={back}>
      <Trouble failure={failure} readAt={readAt} now={now} />
      <div class="standing">
        <Mark condition={isKnown ? condition : null} />
        <p>{detailOf(workspace)}</p>
        {run && activity === 'syncing' ? <Progress run={run} /> : <p class="aside">{activityText}</p>}
        <Spoken run={run} conditionText={conditionText} />
        {lastError !== null && !conditionText.includes(lastError) && <p class="problem">Last error: {lastError}</p>}
        {workspace.doubts.map(({ says }) => (
          <p class="doubt" key={says}>
            In doubt: {says}
          </p>
        ))}
      </div>
      <Actions
        api={api}
        workspace={workspace}
        onChange={() => {
          read.refresh();
          onChange();
        }}
      />
      <section aria-labelledby="facts">
        <h2 id="facts">How it stands</h2>
        <WorkspaceFacts workspace={workspace} lateSeconds={answer.lateSeconds} now={now} clock={clock} />
      </section>
      <section aria-labelledby="runs">
        <h2 id="runs">Last runs</h2>
        {runs.runs === null ? (
          <p class="empty">{runs.failure ? runs.failure.message : 'Looking…'}</p>
        ) : runs.runs.length === 0 ? (
          <p class="empty">None yet.</p>
        ) : (
          <>
            <RunsPlot runs={runs.runs} clock={clock} now={now} />
            <RunsTable runs={runs.runs} more={runs.more} clock={clock} now={now} />
          </>
        )}
      </section>
      <section aria-labelledby="quarantine">
        <h2 id="quarantine">Customers set aside</h2>
        <Quarantine answer={answer} clock={clock} now={now} />
      </section>
      <section aria-labelledby="why">
        <h2 id="why">Why is this contact not right?</h2>
        <WhyBox api={api} workspaceId={workspaceId} />
      </section>
    </Page>
  );
}
