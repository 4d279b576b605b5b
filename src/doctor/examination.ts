// What is asked of the doctor.
import type { Config } from '../config.ts';
import type { Wait } from './again.ts';
import type { TellStanding } from './data.ts';

export interface Examination {
  /** Only this workspace, where one is named. */
  workspaceId: string | null;
  standingOf: (config: Config) => TellStanding;
  /** Milliseconds since 1970. */
  now: () => number;
  wait: Wait;
}
