import { afterAll, expect, test } from 'vitest';
import { RateLimit } from '../../local/serviceTitan/rateLimit.ts';
import { startServiceTitan } from '../../local/serviceTitan/server.ts';
import { DEFAULT_SWITCHES } from '../../local/serviceTitan/switches.ts';
import { createTenantClient } from './tenantClient.ts';

const serviceTitan = await startServiceTitan();
afterAll(() => serviceTitan.stop());

test('lets 60 calls a second through and refuses the next with 429', () => {
  const limit = new RateLimit();
  for (let call = 0; call < 60; call++) limit.take(DEFAULT_SWITCHES, 1000);
  expect(() => limit.take(DEFAULT_SWITCHES, 1999)).toThrow('in 1 seconds.');
  expect(() => limit.take(DEFAULT_SWITCHES, 2000)).not.toThrow();
});

test('answers the call over the limit with a problem that ends in the seconds, and a header by the switch', async () => {
  const { crm, world } = createTenantClient(serviceTitan, { switches: { callsPerSecond: 1 } });
  const burst = async () => {
    const replies = await Promise.all(Array.from({ length: 5 }, () => crm('/customers')));
    return replies.find(({ status }) => status === 429);
  };
  const refused = await burst();
  expect(refused?.body).toMatchObject({ status: 429, title: expect.stringMatching(/ \d+ seconds\.$/) });
  expect(refused?.headers.get('Retry-After')).toBeNull();

  world.setSwitches({ retryAfterHeader: true });
  expect((await burst())?.headers.get('Retry-After')).toBe('1');
});
