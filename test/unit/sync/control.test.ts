import { expect, test } from 'vitest';
import { PayloadError } from '../../../src/errors.ts';
import { type FailedCall, NetworkError, ServerError, TimeoutError } from '../../../src/serviceTitan/errors.ts';
import { mayBeOfARecord } from '../../../src/sync/control.ts';

const faults = (call: FailedCall) => [
  new ServerError({ ...call, status: 500 }),
  new TimeoutError(call),
  new NetworkError(call),
  new PayloadError(
    `ServiceTitan answered ${call.method} ${call.path} with 200 but not with whole JSON (text/html): x.`,
    true,
  ),
];

test('R10: a fault of a call about records may be of a record; one of the token that it needs is of none', () => {
  const failed = { status: null, title: null, traceId: null };
  for (const error of faults({ ...failed, method: 'GET', path: '/crm/v2/tenant/1/customers' }))
    expect(mayBeOfARecord(error)).toBe(true);
  for (const error of faults({ ...failed, method: 'POST', path: '/connect/token' }))
    expect(mayBeOfARecord(error)).toBe(false);
});
