import type { Known } from '../data/workspaceList.ts';
import { roughly } from '../format.ts';
import { STATES } from '../states.ts';

/** How old the data is by now, marked where the state says that it is too old. */
export function Age({ workspace, goalSeconds, now }: { workspace: Known; goalSeconds: number; now: number }) {
  const { ageSeconds, readAt, state } = workspace;
  if (ageSeconds === null) return <span class="none">–</span>;
  const age = ageSeconds + Math.max(0, now - readAt) / 1000;
  const { severity } = STATES[state];
  const isTooOld = age > goalSeconds && (severity === 'bad' || severity === 'warn');
  return <span class={isTooOld ? severity : ''}>{roughly(age)}</span>;
}
