import { useEffect, useRef, useState } from 'preact/hooks';
import type { Run } from '../api/contract.ts';
import type { RunsDrawing } from '../plot/drawRuns.ts';
import { type Clock, count, countOf, took } from '../format.ts';
import { toRun } from '../route.ts';

/** The last runs as bars and a line; the table below says the same in numbers, to those who can't see it too. */
export function RunsPlot({ runs, clock, now }: { runs: readonly Run[]; clock: Clock; now: number }) {
  const place = useRef<HTMLDivElement>(null);
  const drawing = useRef<RunsDrawing | null>(null);
  const [pointed, setPointed] = useState<number | null>(null);
  const [isMissing, setMissing] = useState(false);
  // From the left to the right as time goes; a run under way has no numbers yet.
  const drawn = runs.filter(({ finishedAt }) => finishedAt !== null).toReversed();
  const newest = useRef(drawn);
  newest.current = drawn;

  useEffect(() => {
    const element = place.current;
    // An effect may come after its page is gone; nothing would end what it began.
    if (!element) return;
    const label = (index: number) => {
      const run = newest.current[index];
      return run === undefined ? '' : clock.short(run.startedAt ?? run.createdAt, Date.now());
    };
    const open = (index: number) => {
      const run = newest.current[index];
      if (run) location.hash = toRun(run.instanceId);
    };
    let isGone = false;
    // Where it can't be had, the table says it all.
    void import('../plot/drawRuns.ts').then(
      ({ drawRuns }) => {
        if (isGone) return;
        drawing.current = drawRuns(element, { label, onPoint: setPointed, onOpen: open });
        drawing.current.show(newest.current);
      },
      () => setMissing(true),
    );
    return () => {
      isGone = true;
      drawing.current?.end();
    };
  }, []);
  // Drawn anew when there is news, not with every second that passes.
  const version = drawn.map(({ instanceId, durationSeconds }) => `${instanceId} ${durationSeconds}`).join();
  useEffect(() => drawing.current?.show(drawn), [version]);

  const run = pointed === null ? undefined : drawn[pointed];
  const summary = `Plot of the last ${countOf(drawn.length, 'run')}: created, updated, errors and duration. The table that follows has the numbers.`;
  if (isMissing) return null;
  return (
    <figure class="plot">
      <div ref={place} role="img" aria-label={summary} />
      <figcaption aria-hidden="true">
        {run ? (
          <>
            <b>{clock.short(run.startedAt ?? run.createdAt, now)}</b> {count(run.created)} created, {count(run.updated)}{' '}
            updated, {countOf(run.errors, 'error')}, {took(run.durationSeconds ?? 0)}
          </>
        ) : (
          <>
            <Key kind="created">Created</Key> <Key kind="updated">Updated</Key> <Key kind="errors">Errors</Key>{' '}
            <Key kind="duration">Duration</Key>
          </>
        )}
      </figcaption>
    </figure>
  );
}

function Key({ kind, children }: { kind: string; children: string }) {
  return (
    <span class="key">
      <span class={`swatch ${kind}`} />
      {children}
    </span>
  );
}
