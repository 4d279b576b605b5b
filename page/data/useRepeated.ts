import { useCallback, useEffect, useRef } from 'preact/hooks';

/**
 * Runs `work` now, and again `everyMs` after it has ended, until `key` changes or the component goes. Rests while nobody
 * looks at the page. The function it returns runs it at once, also in the middle of a pause. `work` must not throw.
 */
export function useRepeated(work: () => Promise<void>, everyMs: number, key: string): () => void {
  const latest = useRef(work);
  latest.current = work;
  const pause = useRef(everyMs);
  const again = useRef(() => {});
  const shorter = everyMs < pause.current;
  pause.current = everyMs;

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let busy = false;
    let wanted = false;
    let over = false;
    async function run(): Promise<void> {
      clearTimeout(timer);
      wanted = busy;
      if (busy || over) return;
      busy = true;
      await latest.current();
      busy = false;
      if (over) return;
      if (wanted) return void run();
      timer = setTimeout(() => document.hidden || void run(), pause.current);
    }
    const whenSeen = () => document.hidden || void run();
    again.current = () => void run();
    void run();
    document.addEventListener('visibilitychange', whenSeen);
    return () => {
      over = true;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', whenSeen);
    };
  }, [key]);

  // A run has begun, say: the pause that is under way is too long.
  useEffect(() => {
    if (shorter) again.current();
  }, [shorter]);

  return useCallback(() => again.current(), []);
}
