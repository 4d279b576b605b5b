import { expect, test } from 'vitest';
import { networkOf } from '../../../src/http/network.ts';

test.for([
  ['203.0.113.7', '203.0.113.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:0DB8:0001:0002:ffff::1', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['2001:db8:0:0:7::', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
] as const)('%s is counted as %s: whoever has one address of a /64 has them all', ([address, network]) => {
  expect(networkOf(address)).toBe(network);
});
