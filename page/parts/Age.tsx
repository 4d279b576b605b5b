import type { Known } from '../data/workspaceList.ts';
import { roughly } from '../format.ts';
import { STATES } from '../states.ts';

/** How old the data is by now, marked where the condition says that it is too old. */
export function Age({ workspace, lateSeconds, now }: { workspace: Known; lateSeconds: number; now: number }) {
  const { ageSeconds, readAt, condition } = workspace;
  if (ageSeconds === null) return <span class="none">–</span>;
  const age = ageSeconds + Math.max(0, now - readAt) / 1000;
  const { severity } = STATES[condition];
  const isTooOld = age > lateSeconds && (severity === 'bad' || severity === 'warn');
  return <span class={isTooOld ? severity : ''}>{roughly(age)}</span>;
}
