import { useRef, useState } from 'preact/hooks';
import { useRepeated } from './useRepeated.ts';

/** The newest answer, when it came, and what stood in the way of a newer one. */
export interface Answered<Answer> {
  answer: Answer | null;
  readAt: number | null;
  failure: Error | null;
  /** Asks at once. */
  refresh: () => void;
}

/** Asks again and again; the last answer stays while none comes. Another `key` is another question. */
export function useAnswer<Answer>(
  ask: () => Promise<Answer>,
  everyMs: number | ((answer: Answer | null) => number),
  key: string,
): Answered<Answer> {
  const [state, setState] = useState<Omit<Answered<Answer>, 'refresh'> & { key: string }>(() => nothing(key));
  const current = state.key === key ? state : nothing<Answer>(key);
  const asked = useRef(key);
  asked.current = key;
  const pause = typeof everyMs === 'number' ? everyMs : everyMs(current.answer);
  const refresh = useRepeated(
    async () => {
      try {
        const answer = await ask();
        if (asked.current === key) setState({ key, answer, readAt: Date.now(), failure: null });
      } catch (error) {
        if (asked.current !== key) return;
        setState((before) => ({ ...(before.key === key ? before : nothing<Answer>(key)), failure: error as Error }));
      }
    },
    pause,
    key,
  );
  return { ...current, refresh };
}

function nothing<Answer>(key: string): Omit<Answered<Answer>, 'refresh'> & { key: string } {
  return { key, answer: null, readAt: null, failure: null };
}
