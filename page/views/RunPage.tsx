import type { Api } from '../api/api.ts';
import { Refusal } from '../api/call.ts';
import type { RunProgress, StatusAnswer } from '../api/contract.ts';
import { useAnswer } from '../data/useAnswer.ts';
import { useNow } from '../data/useNow.ts';
import { type Clock, clockIn, count, countOf, span } from '../format.ts';
import { Fact } from '../parts/Fact.tsx';
import { Shape } from '../parts/Mark.tsx';
import { Page } from '../parts/Page.tsx';
import { Steps } from '../parts/Steps.tsx';
import { Time } from '../parts/Time.tsx';
import { Trouble } from '../parts/Trouble.tsx';
import { toRun, toWorkspace, toWorkspaces } from '../route.ts';
import { isOver, modeName, runState, triggerName } from '../runs.ts';

const LIVE_EVERY_MS = 1_500;
const EVERY_MS = 60_000;

interface RunPageProps {
  api: Api;
  instanceId: string;
  /** The zone of a workspace, as far as it is known. */
  zoneOf: (workspaceId: string) => string | null;
}

/** One run: what came of it, and its steps as long as the Workflow engine knows them. */
export function RunPage({ api, instanceId, zoneOf }: RunPageProps) {
  const now = useNow();
  const { answer, readAt, failure } = useAnswer(
    () => api.run(instanceId),
    (known: StatusAnswer | null) => (known?.progress && isOver(known.progress.status) ? EVERY_MS : LIVE_EVERY_MS),
    instanceId,
  );
  const progress = answer?.progress ?? null;
  const isUnknown = answer === null && failure instanceof Refusal && failure.status === 404;
  const clock = clockIn(progress && zoneOf(progress.workspaceId));
  const back = (
    <p class="back">
      {progress ? (
        <a href={toWorkspace(progress.workspaceId)}>Workspace {progress.workspaceId}</a>
      ) : (
        <a href={toWorkspaces}>All workspaces</a>
      )}
    </p>
  );
  return (
    <Page title={isUnknown ? 'There is no such run' : 'Run'} windowTitle={`Run ${instanceId}`} above={back}>
      <p class="id">{instanceId}</p>
      <Trouble failure={failure} readAt={readAt} now={now} />
      {progress && <Outcome progress={progress} clock={clock} now={now} />}
      {answer && (
        <section aria-labelledby="steps">
          <h2 id="steps">Steps</h2>
          {answer.steps?.length ? (
            <Steps steps={answer.steps} clock={clock} now={now} />
          ) : (
            <p class="empty">
              The Workflow engine has forgotten the steps of this run, or never began it. Its numbers above are kept.
            </p>
          )}
        </section>
      )}
    </Page>
  );
}

function Outcome({ progress, clock, now }: { progress: RunProgress; clock: Clock; now: number }) {
  const { label, severity } = runState(progress.status);
  return (
    <>
      <div class="standing">
        <span class={`mark ${severity}`} role="status">
          <Shape severity={severity} />
          {label}
        </span>
        {progress.error && <p class="problem">{progress.error}</p>}
      </div>
      <dl class="facts">
        <Fact name="Kind">
          {modeName(progress.mode)} <span class="aside">{triggerName(progress.trigger)}</span>
        </Fact>
        <Fact name="Started">
          <Time at={progress.startedAt} now={now} clock={clock} /> <span class="aside">{clock.zone}</span>
        </Fact>
        <Fact name={isOver(progress.status) ? 'Took' : 'Running for'}>{span(progress.elapsedSeconds)}</Fact>
        <Fact name="Changes since">
          {progress.windowFrom === null ? 'the beginning' : <Time at={progress.windowFrom} now={now} clock={clock} />}
        </Fact>
        <Fact name="Read">
          {countOf(progress.fetched, 'customer')}
          {progress.throughContacts > 0 && `, ${count(progress.throughContacts)} more through their phones`}{' '}
          <span class="aside">on {countOf(progress.pages, 'page')}</span>
        </Fact>
        <Fact name="Created">{count(progress.created)}</Fact>
        <Fact name="Updated">{count(progress.updated)}</Fact>
        <Fact name="Unchanged">{count(progress.unchanged)}</Fact>
        <Fact name="Older than stored">{count(progress.stale)}</Fact>
        <Fact name="Errors">
          <span class={progress.errors > 0 ? 'warn' : ''}>{count(progress.errors)}</span>
        </Fact>
        <Fact name="ServiceTitan calls">{count(progress.serviceTitanCalls)}</Fact>
        {progress.predecessor !== null && (
          <Fact name="Goes on with">
            <a href={toRun(progress.predecessor)}>{progress.predecessor}</a>
          </Fact>
        )}
      </dl>
    </>
  );
}
