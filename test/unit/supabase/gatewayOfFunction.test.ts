// What the gateway before the Edge Function refuses is no refusal of the function's.
import { expect, test } from 'vitest';
import type { SyncError } from '../../../src/errors.ts';
import { toFunctionError } from '../../../src/supabase/functionErrors.ts';

const told = (body: unknown) => toFunctionError(401, body) as SyncError;

test('a 401 of the gateway does not tell anybody to change the key that the function expects', () => {
  for (const body of [{ code: 401, message: 'Invalid JWT' }, { message: 'Invalid API key' }, undefined, '']) {
    expect(told(body).message).toMatch(/answered 401: what stands before it refused the call: deploy .*verify_jwt/);
    expect(told(body).message).not.toMatch(/SERVICETITAN_SYNC_KEY_NAME/);
    expect([told(body).retryable, told(body).meanwhile]).toEqual([true, expect.stringMatching(/that may pass/)]);
  }
  const own = { error: { code: 'unauthorized', message: '', details: {} } };
  expect(told(own).message).toMatch(/SERVICETITAN_SYNC_KEY_NAME/);
});
