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

test('what the engine says for itself is kept, cut short', () => {
  const { code, message } = describeFailure(
    new Error(`WorkflowTimeoutError: Execution timed out after 300000ms ${'x'.repeat(500)}`),
  );
  expect(code).toBe('unexpected');
  expect(message).toMatch(/timed out after 300000ms/);
  expect(message.length).toBeLessThan(300);
});
