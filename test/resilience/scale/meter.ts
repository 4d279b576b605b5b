// Counts what an instance uses of the platform: steps, bytes in the engine's state, requests, connections.
import { serialize } from 'node:v8';
import { vi } from 'vitest';

/** What one instance used. */
export interface Usage {
  instanceId: string;
  pages: number;
  steps: number;
  /** Of the results that are not streams; the platform takes 1 MiB each. */
  largestResultBytes: number;
  stateBytes: number;
  subrequests: number;
  /** Requests under way at once, each until its answer was read whole. */
  connections: number;
}

export interface Meter {
  usages: Usage[];
  /** For the ring: ends the count of one instance and begins that of the next. */
  onInstanceEnd: (instanceId: string, results: ReadonlyMap<string, unknown>) => void;
  stop: () => void;
}

/** Counts every `fetch` of this process from now on. */
export function startMeter(): Meter {
  const send = globalThis.fetch;
  let [subrequests, underWay, connections] = [0, 0, 0];
  const spy = vi.spyOn(globalThis, 'fetch').mockImplementation(async (...request) => {
    subrequests += 1;
    underWay += 1;
    connections = Math.max(connections, underWay);
    try {
      const response = await send(...request);
      const body = await response.arrayBuffer();
      const { status, statusText, headers } = response;
      return new Response(body.byteLength === 0 ? null : body, { status, statusText, headers });
    } finally {
      underWay -= 1;
    }
  });
  const usages: Usage[] = [];
  return {
    usages,
    onInstanceEnd: (instanceId, results) => {
      usages.push({ instanceId, subrequests, connections, ...measure(results) });
      [subrequests, connections] = [0, 0];
    },
    stop: () => spy.mockRestore(),
  };
}

function measure(results: ReadonlyMap<string, unknown>) {
  // A sleep is no step.
  const kept = [...results].filter(([name]) => !name.startsWith('wait ')) as [string, { bytes?: ArrayBuffer }][];
  const streams = kept.map(([, { bytes }]) => bytes?.byteLength ?? 0);
  const plain = kept.filter(([, { bytes }]) => !bytes).map(([, result]) => serialize(result).byteLength);
  const sum = (sizes: number[]) => sizes.reduce((total, size) => total + size, 0);
  return {
    pages: kept.filter(([name]) => name.includes('-fetch')).length,
    steps: kept.length,
    largestResultBytes: Math.max(...plain),
    stateBytes: sum(streams) + sum(plain),
  };
}
