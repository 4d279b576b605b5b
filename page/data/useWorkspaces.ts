import { useCallback, useRef, useState } from 'preact/hooks';
import type { Api } from '../api/api.ts';
import { EMPTY_LIST, type WorkspaceList, withPage, withWorkspace } from './workspaceList.ts';
import { useRepeated } from './useRepeated.ts';

const PAGE_EVERY_MS = 15_000;
const LIVE_EVERY_MS = 3_000;
/** Workspaces with a run that are followed closely; the others wait for their page. Several people may look with one token, whose calls are counted. */
const FOLLOWED = 4;

export interface Workspaces {
  list: WorkspaceList;
  /** When the list last came; null before the first. */
  readAt: number | null;
  failure: Error | null;
  refresh: () => void;
  /** Tells which workspaces are in sight, the only ones followed closely. */
  follow: (workspaceIds: string[]) => void;
}

export function useWorkspaces(api: Api): Workspaces {
  const [list, setList] = useState<WorkspaceList>(EMPTY_LIST);
  const [readAt, setReadAt] = useState<number | null>(null);
  const [failure, setFailure] = useState<Error | null>(null);
  const newest = useRef(list);
  const inSight = useRef<string[]>([]);
  const hold = (next: WorkspaceList) => {
    newest.current = next;
    setList(next);
  };
  // Of the others a workspace that is read by itself tells nothing.
  const keep = (next: WorkspaceList) => {
    hold(next);
    setReadAt(Date.now());
    setFailure(null);
  };

  const refresh = useRepeated(
    async () => {
      try {
        do {
          const answer = await api.workspaces(newest.current.after);
          keep(withPage(newest.current, answer, Date.now()));
          // The first time all pages at once: half a list would say that all is well.
        } while (newest.current.round === 0);
      } catch (error) {
        setFailure(error as Error);
      }
    },
    PAGE_EVERY_MS,
    '',
  );
  useRepeated(
    async () => {
      const running = inSight.current.filter((id) => newest.current.byId.get(id)?.run).slice(0, FOLLOWED);
      for (const answer of await Promise.allSettled(running.map((id) => api.workspace(id)))) {
        if (answer.status === 'fulfilled') hold(withWorkspace(newest.current, answer.value.workspace, Date.now()));
      }
    },
    LIVE_EVERY_MS,
    '',
  );
  const follow = useCallback((ids: string[]) => {
    inSight.current = ids;
  }, []);
  return { list, readAt, failure, refresh, follow };
}
