import { z } from 'zod';
import { callMatch } from './callMatch.ts';
import { fault } from './fault.ts';

/** Which calls it befalls, when, how often, and with what. What is left out of `match` matches any. */
export const faultRule = z.strictObject({
  /** By which it can be ended from outside. */
  name: z.exactOptional(z.string()),
  match: callMatch.prefault({}),
  /** It begins when a call like this was taken, not at once; that call itself is spared. */
  after: z.exactOptional(callMatch),
  /**
   * How many calls it befalls, after the first `skip` of them were let through. Once, unless `forSeconds` is
   * given.
   */
  times: z.exactOptional(z.union([z.int().positive(), z.literal('always')])),
  skip: z.int().nonnegative().default(0),
  /** How long it lasts by the tenant's clock. */
  forSeconds: z.exactOptional(z.number().nonnegative()),
  fault,
});

export type FaultRule = z.input<typeof faultRule>;
