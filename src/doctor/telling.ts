// Whether anybody is told when something is wrong: from inside by alerts, from outside by a heartbeat.
import type { Settings } from '../config.ts';
import { fail, type Finding, ok, warn } from './finding.ts';

export function checkTelling({ faults, given }: Settings): Finding[] {
  const isAtFault = (...names: string[]) => faults.some(({ setting }) => names.includes(setting));
  const isSet = (name: string) => given.some((setting) => setting === name);
  return [alerts(isAtFault, isSet), heartbeat(isAtFault, isSet)];
}

const OF_ALERTS = ['ALERT_WEBHOOK_URL', 'ALERT_WEBHOOK_SECRET', 'ALERT_WEBHOOK_FORMAT'];

function alerts(isAtFault: (...names: string[]) => boolean, isSet: (name: string) => boolean): Finding {
  if (isAtFault(...OF_ALERTS))
    return fail('alerts', 'Their settings are at fault, so nobody is told.', `Correct ${OF_ALERTS.join(', ')}.`);
  if (isSet('ALERT_WEBHOOK_URL')) return ok('alerts', 'They go to a webhook.');
  return warn(
    'alerts',
    'None are set, so nobody is told when a sync fails.',
    'Set ALERT_WEBHOOK_URL and ALERT_WEBHOOK_SECRET: docs/operating.md, "Alerts".',
  );
}

function heartbeat(isAtFault: (...names: string[]) => boolean, isSet: (name: string) => boolean): Finding {
  if (isAtFault('HEARTBEAT_URL'))
    return fail(
      'heartbeat',
      'Its address is at fault, so no tick tells that it did its work.',
      'Correct HEARTBEAT_URL.',
    );
  if (isSet('HEARTBEAT_URL')) return ok('heartbeat', "Each tick tells a dead man's switch that it did its work.");
  return warn(
    'heartbeat',
    'None is set, so nobody notices when the cron, the Worker or Supabase is gone.',
    'Set HEARTBEAT_URL to the address of a dead man\'s switch: docs/operating.md, "When nothing comes at all".',
  );
}
