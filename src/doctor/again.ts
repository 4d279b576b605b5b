import { retrying } from '../schedule/retrying.ts';

export type Wait = (milliseconds: number) => Promise<unknown>;

/**
 * A second time after a second: hosted projects have refused calls that were right, once
 * (docs/reliability.md).
 */
export function again<Value>(work: () => Promise<Value>, wait: Wait): Promise<Value> {
  let failures = 0;
  return retrying({ work }, { wait, timeIsUp: () => (failures += 1) > 1 }).work();
}
