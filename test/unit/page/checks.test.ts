import { expect, test } from 'vitest';
import type { Check } from '../../../page/api/contract.ts';
import { checksTitle, failureSentence, labelOf, notWell } from '../../../page/checks.ts';
import { parseRoute } from '../../../page/route.ts';

const check = (name: string, result: Check['result']): Check => ({ check: name, result, message: 'm', advice: null });
const answer = (...checks: [string, Check['result']][]) => ({
  checks: checks.map(([name, result]) => check(name, result)),
});

test.for([
  [answer(['database', 'ok']), 'The deployment is well'],
  [answer(['database', 'ok'], ['alerts', 'warn']), 'Nothing fails, with 1 warning'],
  [answer(['alerts', 'warn'], ['heartbeat', 'warn']), 'Nothing fails, with 2 warnings'],
  [answer(['alerts', 'warn'], ['database', 'fail']), '1 check of the deployment fails'],
  [answer(['function', 'fail'], ['database', 'fail']), '2 checks of the deployment fail'],
] as const)('the title of %j is %s', ([given, title]) => {
  expect(checksTitle(given)).toBe(title);
});

test('what fails comes before what warns', () => {
  const given = answer(['alerts', 'warn'], ['database', 'ok'], ['function', 'fail']);
  expect(notWell(given).map((one) => one.check)).toEqual(['function', 'alerts']);
});

test.for([
  ['settings/API_TOKEN', 'Setting API_TOKEN'],
  ['scopes/45963', 'Scopes in ServiceTitan of workspace 45963'],
  ['scopes', 'Scopes in ServiceTitan'],
  ['clocks/database', 'Clock of the database'],
  ['of_a_later_version', 'of_a_later_version'],
] as const)('%s is called %s', ([name, label]) => {
  expect(labelOf(check(name, 'fail'))).toBe(label);
});

test('the list of workspaces tells of what fails beside them, and not twice what it shows by itself', () => {
  expect(failureSentence(answer(['alerts', 'warn'], ['oldest_data', 'fail'], ['scopes/1', 'fail']))).toBeNull();
  expect(failureSentence(answer(['schema', 'fail'], ['last_runs', 'fail']))).toBe(
    'The deployment is not well: Schema of the database.',
  );
  expect(
    failureSentence(answer(['a', 'fail'], ['b', 'fail'], ['c', 'fail'], ['database', 'fail'], ['function', 'fail'])),
  ).toBe('The deployment is not well: a, b, c and 2 more.');
});

test('the view has an address of its own', () => {
  expect(parseRoute('#/doctor')).toEqual({ view: 'doctor' });
  expect(parseRoute('#/doctor/x')).toEqual({ view: 'unknown' });
});
