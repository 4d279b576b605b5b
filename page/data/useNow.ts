import { useEffect, useState } from 'preact/hooks';

/** This machine's clock, moving on by itself, so that ages grow between two answers. */
export function useNow(everyMs = 1_000): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
