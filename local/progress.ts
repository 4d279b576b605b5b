import { Presets, SingleBar } from 'cli-progress';

export interface Progress {
  update(done: number): void;
  /** Leaves the last state standing. */
  stop(): void;
}

const LINE_EVERY_MS = 2_000;

/** A bar on a terminal; elsewhere a line now and then. `total` of 0 means unknown. */
export function createProgress(label: string, total: number): Progress {
  if (process.stdout.isTTY && total > 0) return createBar(label, total);
  let lastAt = 0;
  // At the start a total is worth saying, nothing of nothing is not.
  let lastDone = total > 0 ? -1 : 0;
  return {
    update: (done) => {
      if (done === lastDone || Date.now() - lastAt < LINE_EVERY_MS) return;
      lastAt = Date.now();
      lastDone = done;
      console.log(`${label}: ${done}${total > 0 ? ` of ${total}` : ''} customers`);
    },
    stop: () => {},
  };
}

function createBar(label: string, total: number): Progress {
  const bar = new SingleBar(
    // Signals are the stack's to handle.
    { format: `${label} {bar} {value}/{total} customers, {duration_formatted}`, gracefulExit: false },
    Presets.shades_classic,
  );
  bar.start(total, 0);
  return { update: (done) => bar.update(Math.min(done, total)), stop: () => bar.stop() };
}
