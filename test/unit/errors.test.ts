import { expect, test } from 'vitest';
import { ConfigError, isRetryable, PayloadError } from '../../src/errors.ts';
import { NetworkError } from '../../src/serviceTitanApi.ts';

test('asks again after anything unknown', () => {
  expect(isRetryable(new TypeError('anything'))).toBe(true);
  expect(isRetryable('text')).toBe(true);
  expect(isRetryable(undefined)).toBe(true);
});

test('does not ask again when the setting or the agreement is at fault', () => {
  expect(isRetryable(new ConfigError('API_TOKEN is missing.'))).toBe(false);
  expect(isRetryable(new PayloadError('Not what was agreed.'))).toBe(false);
});

test('carries a code for machines and its own name', () => {
  const call = { method: 'GET', path: '/a', status: null, title: null, traceId: null };
  const error = new NetworkError(call, { cause: 'the reason' });
  expect(error).toMatchObject({
    name: 'NetworkError',
    code: 'servicetitan_network',
    retryable: true,
    cause: 'the reason',
  });
  expect(error.message).toBe(
    'The connection to ServiceTitan failed on GET /a: the sync tries again by itself; if this lasts, check that its host can be reached.',
  );
});
