import { useEffect, useRef, useState } from 'preact/hooks';
import type { Api } from '../api/api.ts';
import type { Run } from '../api/contract.ts';
import { useAnswer } from './useAnswer.ts';

const EVERY_MS = 30_000;

export interface Runs {
  /** The last first; null while they are being read. */
  runs: Run[] | null;
  failure: Error | null;
  /** Reads further back; undefined when there is nothing. */
  more: (() => Promise<void>) | undefined;
}

interface Known {
  workspaceId: string;
  runs: Run[];
  nextBefore: string | null;
}

/** The runs of a workspace. `liveRun` is the one under way: when it changes there is news. */
export function useRuns(api: Api, workspaceId: string, liveRun: string | null): Runs {
  const newest = useAnswer(() => api.runs(workspaceId, null), EVERY_MS, workspaceId);
  const [older, setOlder] = useState<Known | null>(null);
  const seen = useRef(liveRun);
  useEffect(() => {
    if (seen.current !== liveRun) newest.refresh();
    seen.current = liveRun;
  }, [liveRun]);

  if (newest.answer === null) return { runs: null, failure: newest.failure, more: undefined };
  const { answer, failure } = newest;
  const known = older?.workspaceId === workspaceId ? older : { workspaceId, ...answer };
  const isNew = new Set(answer.runs.map(({ instanceId }) => instanceId));
  const { nextBefore } = known;
  return {
    runs: [...answer.runs, ...known.runs.filter(({ instanceId }) => !isNew.has(instanceId))],
    failure,
    more:
      nextBefore === null
        ? undefined
        : async () => {
            const next = await api.runs(workspaceId, nextBefore);
            setOlder({ workspaceId, runs: [...known.runs, ...next.runs], nextBefore: next.nextBefore });
          },
  };
}
