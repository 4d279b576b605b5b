import { useEffect, useState } from 'preact/hooks';
import type { DoctorAnswer } from '../api/contract.ts';
import { useNow } from '../data/useNow.ts';
import type { Workspaces } from '../data/useWorkspaces.ts';
import { type Filter, passes } from '../filter.ts';
import { count, roughly } from '../format.ts';
import { NotWell } from '../parts/NotWell.tsx';
import { Page } from '../parts/Page.tsx';
import { StateFilter } from '../parts/StateFilter.tsx';
import { Trouble } from '../parts/Trouble.tsx';
import { WorkspaceTable } from '../parts/WorkspaceTable.tsx';
import { headline, inOrder, isOld, NOT_KNOWN } from '../states.ts';
import { NoWorkspace } from './NoWorkspace.tsx';

/** Rows shown at once, and how many more each time one asks. */
const ROWS = 50;

interface WorkspacesPageProps {
  workspaces: Workspaces;
  /** Null before anybody has looked. */
  doctor: DoctorAnswer | null;
}

export function WorkspacesPage({ workspaces, doctor }: WorkspacesPageProps) {
  const { list, readAt, failure, follow, refresh } = workspaces;
  const now = useNow();
  const [search, setSearch] = useState('');
  const [filter, setFilter] = useState<Filter>('all');
  const [rows, setRows] = useState(ROWS);

  const all = inOrder([...list.byId.values()]);
  const found = all.filter((workspace) => passes(workspace, filter, search));
  const shown = found.slice(0, rows);
  useEffect(() => follow(shown.map(({ workspaceId }) => workspaceId)));

  // Whoever comes back from another view has perhaps changed something there.
  useEffect(refresh, []);

  const trouble = (
    <>
      <Trouble failure={failure} readAt={readAt} now={now} />
      <NotWell doctor={doctor} />
    </>
  );
  // Before all pages have come nobody knows.
  if (list.round === 0 || list.lateSeconds === null) {
    return (
      <Page title={failure ? 'Nothing is known yet' : 'Looking…'} windowTitle="Workspaces">
        {trouble}
      </Page>
    );
  }
  if (all.length === 0) return <NoWorkspace trouble={trouble} />;

  const isKnown = !isOld({ failure, readAt, now });
  const { title: known, detail } = headline(all);
  const title = isKnown ? known : NOT_KNOWN;
  const narrow = (change: () => void) => {
    change();
    setRows(ROWS);
  };
  return (
    <Page title={title} windowTitle={title}>
      <p class="lead">
        In business hours data is late when it is more than {roughly(list.lateSeconds)} old. {detail}
      </p>
      {trouble}
      <search class="toolbar">
        <label class="hidden" for="search">
          Search by name, id or tenant
        </label>
        <input
          id="search"
          type="search"
          placeholder="Search by name, id or tenant"
          value={search}
          onInput={(event) => narrow(() => setSearch(event.currentTarget.value))}
        />
        <StateFilter workspaces={all} filter={filter} onFilter={(next) => narrow(() => setFilter(next))} />
      </search>
      <p role="status" class="hidden">
        {search !== '' || filter !== 'all' ? `${count(found.length)} found` : ''}
      </p>
      {found.length === 0 ? (
        <p class="empty">No workspace matches. Search for less, or choose another state.</p>
      ) : (
        <WorkspaceTable workspaces={shown} lateSeconds={list.lateSeconds} now={now} isKnown={isKnown} />
      )}
      {found.length > shown.length && (
        <p class="more">
          <button type="button" onClick={() => setRows(rows + ROWS)}>
            Show {count(Math.min(ROWS, found.length - shown.length))} more
          </button>
          <span class="aside">
            {count(shown.length)} of {count(found.length)} shown
          </span>
        </p>
      )}
    </Page>
  );
}
