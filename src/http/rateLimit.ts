// Floods and guessing are slowed by Cloudflare's rate limiting bindings. They count per location and approximately, so
// nothing here is a quota, and nothing else relies on it: a token of 32 random bytes is not guessed at any rate.
import type { Context } from 'hono';
import { tellError } from '../errors.ts';
import { logError } from '../log.ts';
import type { AppEnv } from './appEnv.ts';
import { Problem } from './problem.ts';

/** The `period` of the limits in wrangler.toml. */
const PERIOD_SECONDS = 60;

/**
 * Throws 429 when `key` has used up the limit. One that can't be asked, or that wrangler.toml does not bind, lets the call
 * pass: the token still stands.
 */
export async function limit(context: Context<AppEnv>, limiter: 'CALLS' | 'FAILED_AUTHENTICATIONS', key: string) {
  if (await isWithin(context.env[limiter], limiter, key)) return;
  context.header('retry-after', String(PERIOD_SECONDS));
  throw new Problem(
    429,
    'too_many_requests',
    limiter === 'CALLS'
      ? 'Too many calls in a short time: wait a minute, then call less often.'
      : 'Too many calls without a valid token came from this network: wait a minute, and check the token.',
  );
}

async function isWithin(binding: RateLimit | undefined, limiter: string, key: string): Promise<boolean> {
  const notAsked = (reason: string) => {
    logError({ event: 'rate_limit_unavailable', limiter, reason });
    return true;
  };
  if (typeof binding?.limit !== 'function') return notAsked('no such binding');
  try {
    return (await binding.limit({ key })).success !== false;
  } catch (error) {
    return notAsked(tellError(error));
  }
}
