import { useEffect } from 'preact/hooks';
import type { DoctorAnswer } from '../api/contract.ts';
import { checksTitle, labelOf, notWell } from '../checks.ts';
import type { Answered } from '../data/useAnswer.ts';
import { useNow } from '../data/useNow.ts';
import { countOf, span } from '../format.ts';
import { Checks } from '../parts/Checks.tsx';
import { Page } from '../parts/Page.tsx';
import { Trouble } from '../parts/Trouble.tsx';

/** What is wrong with the deployment itself, and what to do. */
export function DoctorPage({ doctor }: { doctor: Answered<DoctorAnswer> }) {
  const { answer, readAt, failure, refresh } = doctor;
  const now = useNow();
  // Whoever comes here wants to know how it is now.
  useEffect(refresh, []);

  const trouble = <Trouble failure={failure} readAt={readAt} now={now} />;
  if (answer === null || readAt === null) {
    return (
      <Page title={failure ? 'Nothing is known yet' : 'Looking…'} windowTitle="Deployment">
        {trouble}
      </Page>
    );
  }
  const title = failure === null ? checksTitle(answer) : 'How the deployment stands is not known';
  const well = answer.checks.filter(({ result }) => result === 'ok');
  return (
    <Page title={title} windowTitle={title}>
      <p class="lead">
        Settings, database, Edge Function, keys, cron, ServiceTitan's scopes and the clocks, looked at{' '}
        {span((now - readAt) / 1000)} ago.
      </p>
      {trouble}
      <p class="buttons actions">
        <button type="button" onClick={refresh}>
          Look again
        </button>
      </p>
      <Checks checks={notWell(answer)} />
      <details>
        <summary>{countOf(well.length, 'check')} well</summary>
        <dl class="findings">
          {well.map((check) => (
            <div key={check.check}>
              <dt>{labelOf(check)}</dt>
              <dd>{check.message}</dd>
            </div>
          ))}
        </dl>
      </details>
    </Page>
  );
}
