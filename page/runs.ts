// The words of a run.
import type { Severity } from './states.ts';

const RUN_STATES: Record<string, { label: string; severity: Severity }> = {
  queued: { label: 'Starting', severity: 'busy' },
  running: { label: 'Running', severity: 'busy' },
  continued: { label: 'Handed on', severity: 'good' },
  completed: { label: 'Completed', severity: 'good' },
  failed: { label: 'Failed', severity: 'bad' },
  superseded: { label: 'Replaced', severity: 'warn' },
};

export const runState = (status: string) => RUN_STATES[status] ?? { label: status, severity: 'quiet' as const };

export const isOver = (status: string) => !['queued', 'running'].includes(status);

const MODES: Record<string, string> = { initial: 'Full', incremental: 'Incremental' };
export const modeName = (mode: string | null) => (mode === null ? '–' : (MODES[mode] ?? mode));

const TRIGGERS: Record<string, string> = { cron: 'tick', manual: 'by hand', successor: 'went on' };
export const triggerName = (trigger: string) => TRIGGERS[trigger] ?? trigger;
