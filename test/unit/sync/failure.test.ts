import { expect, test } from 'vitest';
import { ConfigError, SupersededError } from '../../../src/errors.ts';
import { describeFailure, toStepMessage } from '../../../src/sync/failure.ts';

test.for(['', 'Error: ', 'NonRetryableError: ', 'WorkflowFatalError: NonRetryableError: '])(
  'code and message survive the way out of a step as "%s…"',
  (prefix) => {
    const thrown = new Error(`${prefix}${toStepMessage(new SupersededError('superseded'))}`);
    expect(describeFailure(thrown)).toEqual({ code: 'superseded', message: new SupersededError('superseded').message });
  },
);

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
