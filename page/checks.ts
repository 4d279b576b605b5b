// What the page says of the deployment's checks (GET /doctor).
import type { Check, DoctorAnswer } from './api/contract.ts';
import { countOf } from './format.ts';
import type { Severity } from './states.ts';

export const CHECK_WORDS: Record<Check['result'], { label: string; severity: Severity }> = {
  fail: { label: 'Fails', severity: 'bad' },
  warn: { label: 'Warning', severity: 'warn' },
  ok: { label: 'Well', severity: 'good' },
};

const LABELS: Record<string, string> = {
  alerts: 'Alerts',
  business_hours: 'Business hours',
  'clocks/database': 'Clock of the database',
  'clocks/servicetitan': 'Clock of ServiceTitan',
  credentials_key: 'Key of the credentials',
  database: 'Database',
  function: 'Edge Function',
  function_contract: 'Version of the Edge Function',
  function_key: 'Key of the Edge Function',
  function_region: 'Region of the Edge Function',
  heartbeat: 'Heartbeat',
  last_runs: 'Last runs',
  last_tick: 'Last tick of the cron',
  oldest_data: 'Oldest data',
  schema: 'Schema of the database',
  scopes: 'Scopes in ServiceTitan',
  tables: 'Tables of the product',
  workspaces: 'Workspaces',
};

export function labelOf({ check }: Check): string {
  const [kind, one] = check.split('/');
  if (kind === 'settings') return `Setting ${one}`;
  if (kind === 'scopes' && one !== undefined) return `Scopes in ServiceTitan of workspace ${one}`;
  return LABELS[check] ?? check;
}

/** What fails, then what warns, each in the order in which it was looked at. */
export function notWell({ checks }: DoctorAnswer): Check[] {
  return [...checks.filter(({ result }) => result === 'fail'), ...checks.filter(({ result }) => result === 'warn')];
}

/** What an operator wants to know first. */
export function checksTitle(answer: DoctorAnswer): string {
  const failing = answer.checks.filter(({ result }) => result === 'fail').length;
  const warnings = answer.checks.filter(({ result }) => result === 'warn').length;
  if (failing > 0) return `${countOf(failing, 'check')} of the deployment ${failing === 1 ? 'fails' : 'fail'}`;
  return warnings > 0 ? `Nothing fails, with ${countOf(warnings, 'warning')}` : 'The deployment is well';
}

/** The list of workspaces says by itself how their data and their runs are. */
const OF_WORKSPACES = /^(?:oldest_data|last_runs|scopes\/.*)$/;

/** What fails beside the workspaces, in a sentence; null where nothing does. */
export function failureSentence({ checks }: DoctorAnswer): string | null {
  const failing = checks.filter(({ check, result }) => result === 'fail' && !OF_WORKSPACES.test(check));
  if (failing.length === 0) return null;
  const names = failing.slice(0, 3).map(labelOf).join(', ');
  const rest = failing.length > 3 ? ` and ${failing.length - 3} more` : '';
  return `The deployment is not well: ${names}${rest}.`;
}
