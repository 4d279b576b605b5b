import { useMemo, useState } from 'preact/hooks';
import { createApi } from './api/api.ts';
import { useAnswer } from './data/useAnswer.ts';
import { useRoute } from './data/useRoute.ts';
import { useWorkspaces } from './data/useWorkspaces.ts';
import type { Api } from './api/api.ts';
import { Frame } from './parts/Frame.tsx';
import { forgetToken, keepToken, readToken } from './session.ts';
import { DoctorPage } from './views/DoctorPage.tsx';
import { RunPage } from './views/RunPage.tsx';
import { SignIn } from './views/SignIn.tsx';
import { Unknown } from './views/Unknown.tsx';
import { WhyPage } from './views/WhyPage.tsx';
import { WorkspacePage } from './views/WorkspacePage.tsx';
import { WorkspacesPage } from './views/WorkspacesPage.tsx';

interface Session {
  /** Null where none is needed: the front of the local stack adds it. */
  token: string | null;
  isOut: boolean;
  reason: string | null;
}

export function App() {
  const [session, setSession] = useState<Session>(() => ({ token: readToken(), isOut: false, reason: null }));
  const leave = (reason: string | null) => {
    forgetToken();
    setSession({ token: null, isOut: true, reason });
  };
  const api = useMemo(
    () =>
      createApi(session.token, () =>
        leave(session.token === null ? null : 'The token is not accepted any more: sign in again.'),
      ),
    [session.token],
  );

  if (session.isOut) {
    const enter = (token: string) => {
      keepToken(token);
      setSession({ token, isOut: false, reason: null });
    };
    return (
      <Frame>
        <SignIn reason={session.reason} onSignedIn={enter} />
      </Frame>
    );
  }
  return <Inside api={api} onSignOut={session.token === null ? undefined : () => leave(null)} />;
}

/** What is wrong with a deployment mostly stays so, and looking costs ServiceTitan calls. */
const DOCTOR_EVERY_MS = 15 * 60_000;

const notYet = () => new Promise<never>(() => {});

function Inside({ api, onSignOut }: { api: Api; onSignOut: (() => void) | undefined }) {
  const route = useRoute();
  const workspaces = useWorkspaces(api);
  // A token that is not accepted any more is refused once, not twice: refusals are counted.
  const isHeard = workspaces.list.byId.size > 0 || workspaces.list.round > 0 || workspaces.failure !== null;
  const doctor = useAnswer(isHeard ? api.doctor : notYet, DOCTOR_EVERY_MS, String(isHeard));
  return (
    <Frame view={route.view} onSignOut={onSignOut}>
      {route.view === 'workspaces' && <WorkspacesPage workspaces={workspaces} doctor={doctor.answer} />}
      {route.view === 'workspace' && (
        <WorkspacePage
          key={route.workspaceId}
          api={api}
          workspaceId={route.workspaceId}
          onChange={workspaces.refresh}
        />
      )}
      {route.view === 'run' && (
        <RunPage
          key={route.instanceId}
          api={api}
          instanceId={route.instanceId}
          zoneOf={(workspaceId) => workspaces.list.byId.get(workspaceId)?.timeZone ?? null}
        />
      )}
      {route.view === 'why' && (
        <WhyPage api={api} workspaces={workspaces.list.round === 0 ? null : [...workspaces.list.byId.values()]} />
      )}
      {route.view === 'doctor' && <DoctorPage doctor={doctor} />}
      {route.view === 'unknown' && <Unknown />}
    </Frame>
  );
}
