import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ERROR_CODES } from '../../../supabase/functions/_shared/batchError.ts';
import {
  ConfigError,
  DatabaseError,
  EdgeFunctionError,
  RedirectError,
  SupersededError,
  type SyncError,
} from '../../../src/errors.ts';
import {
  AuthError,
  type FailedCall,
  NetworkError,
  RateLimitError,
  RequestError,
  ServerError,
  TimeoutError,
} from '../../../src/serviceTitan/errors.ts';
import { describeFailure, toStepMessage } from '../../../src/sync/failure.ts';
import { StoppedError } from '../../../src/sync/stopped.ts';

test.for(['', 'Error: ', 'NonRetryableError: ', 'WorkflowFatalError: NonRetryableError: '])(
  'code and message survive the way out of a step as "%s…"',
  (prefix) => {
    const thrown = new Error(`${prefix}${toStepMessage(new SupersededError('superseded'))}`);
    expect(describeFailure(thrown)).toEqual({ code: 'superseded', message: new SupersededError('superseded').message });
  },
);

const failed: FailedCall = {
  method: 'GET',
  path: '/crm/v2/tenant/{tenant}/export/customers',
  status: 400,
  title: 'The scope is not granted.',
  traceId: null,
};
const answered = (code: string) =>
  new EdgeFunctionError(code, 'The Edge Function servicetitan-contact-sync answered 500: x.', true);
const own: SyncError[] = [
  new RedirectError('SUPABASE_URL'),
  new RedirectError('SERVICETITAN_AUTH_URL or SERVICETITAN_API_URL'),
  new DatabaseError('the SQL function claim_servicetitan_runs', 500, '57014'),
  new DatabaseError('the table servicetitan_sync_runs', 0, undefined),
  new DatabaseError('the SQL function claim_servicetitan_runs', 404, 'PGRST202'),
  new DatabaseError('the SQL function claim_servicetitan_runs', 401, 'PGRST303'),
  new AuthError({ ...failed, status: 401 }, { tokenEndpoint: true, saysWhy: false }),
  new AuthError({ ...failed, status: 403 }, { tokenEndpoint: false, scope: 'tn.crm.customers:r', saysWhy: true }),
  new RequestError({ ...failed, title: null }),
  new RateLimitError({ ...failed, status: 429 }, 7000),
  new ServerError({ ...failed, status: 500 }),
  new NetworkError({ ...failed, status: null }),
  new TimeoutError({ ...failed, title: null }),
  ...(['customers list', 'customers export', 'contacts export'] as const).map((what) => new StoppedError(what, 'x')),
  ...['edge_function', ...ERROR_CODES].map(answered),
];

test.for(own.map((error) => [error.code, error] as const))(
  'an error of our own keeps its code and its message on the way out of a step: %s',
  ([code, error]) => {
    expect(describeFailure(new Error(toStepMessage(error)))).toEqual({ code, message: error.message });
  },
);

test('while another attempt follows nobody is told to change a key, to deploy or to migrate', () => {
  for (const error of [
    new DatabaseError('the SQL function claim_servicetitan_runs', 401, 'PGRST303'),
    new DatabaseError('the SQL function claim_servicetitan_runs', 401, undefined),
    new DatabaseError('the SQL function claim_servicetitan_runs', 404, 'PGRST202'),
    new AuthError({ ...failed, status: 401 }, { tokenEndpoint: false, saysWhy: true }),
    new AuthError({ ...failed, status: 403 }, { tokenEndpoint: false, saysWhy: false }),
  ]) {
    const { code, message } = describeFailure(new Error(toStepMessage(error, false)));
    expect(code).toBe(error.code);
    expect(message).toMatch(/: that may pass, and the sync tries again by itself\.$/);
    expect(describeFailure(new Error(toStepMessage(error, true))).message).toBe(error.message);
  }
});

test('every message that is written in the code keeps its code on the way out of a step', () => {
  const project = join(import.meta.dirname, '..', '..', '..');
  const codes = { ConfigError: 'config_invalid', ArgumentError: 'argument_invalid', PayloadError: 'payload_invalid' };
  const sources = readdirSync(join(project, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(join(project, 'src', file), 'utf8'));
  const written = sources.flatMap((source) =>
    [...source.matchAll(/new (ConfigError|ArgumentError|PayloadError)\(\s*(['`"])(.+?)\2/g)].map(
      ([, name, , text]) => ({
        code: codes[name as keyof typeof codes],
        message: text!
          .replace(/\$\{field\}/, 'app_key')
          .replace(/\$\{setting\}/, 'CREDENTIALS_KEY')
          .replace(/\$\{what\}/, 'was changed')
          .replaceAll(/\$\{[^}]*\}/g, 'name')
          .replaceAll('\\', ''),
      }),
    ),
  );
  expect(written.length).toBeGreaterThan(20);
  const lost = written.filter(({ code, message }) => describeFailure(new Error(`[${code}] ${message}`)).code !== code);
  expect(lost).toEqual([]);
});

test.for([
  '[ortega] Lucia Ortega, 208 555 0117',
  '[lucia_ortega] The Edge Function servicetitan-contact-sync answered 500: x',
  '[database] Lucia Ortega',
  '[database] Supabase could not answer Lucia Ortega',
  '[superseded] duplicate key (name)=(Lucia Ortega)',
  'Error: [config_invalid] {"name":"Lucia Ortega"}',
  '[unexpected] Lucia Ortega',
  '[constructor] Lucia Ortega',
  '[object] Unexpected token in "Lucia Ortega"',
])('a text that only looks like an error of ours keeps itself to itself: %s', (text) => {
  const { code, message } = describeFailure(new Error(text));
  expect(code).toBe('unexpected');
  expect(message).toMatch(/^The Workflow engine stopped the run \(Error\): the next run/);
});

test('an error of our own that never was in a step keeps both too', () => {
  expect(describeFailure(new ConfigError('API_TOKEN is missing'))).toEqual({
    code: 'config_invalid',
    message: 'API_TOKEN is missing',
  });
});

test('a foreign error keeps its text to itself: it may quote the data it choked on', () => {
  const message = toStepMessage(new SyntaxError('Unexpected token in "Lucia Ortega"'));
  expect(message).toContain('SyntaxError');
  expect(message).not.toContain('Ortega');
});

test('what the engine says of a timeout is told in words of our own', () => {
  const text = `WorkflowTimeoutError: Execution timed out after 300000ms ${'x'.repeat(500)}`;
  expect(describeFailure(new Error(text))).toEqual({
    code: 'unexpected',
    message:
      'The Workflow engine stopped the run (a step timed out after 300000 ms): the next run goes on from where it stood.',
  });
});

test.for([
  new SyntaxError('Unexpected token in "Lucia Ortega"'),
  Object.assign(new Error('Lucia Ortega'), { name: 'Ortega' }),
  'Lucia Ortega',
])('a foreign error outside of a step keeps its text and a name of its own making to itself: %s', (error) => {
  const { code, message } = describeFailure(error);
  expect(code).toBe('unexpected');
  expect(message).toMatch(/^The Workflow engine stopped the run \((?:Syntax)?Error\): the next run/);
  expect(message).not.toContain('Ortega');
});
