import type { Context, MiddlewareHandler } from 'hono';
import { timingSafeEqual } from 'hono/utils/buffer';
import { sha256 } from 'hono/utils/crypto';
import { describeFaults, type Settings } from '../config.ts';
import { ConfigError } from '../errors.ts';
import type { AppEnv, Caller } from './appEnv.ts';
import { networkOf } from './network.ts';
import { Problem } from './problem.ts';
import { limit } from './rateLimit.ts';

const ADDRESS = /^[\dA-Fa-f.:]{2,45}$/;
const FINGERPRINT_LENGTH = 8;

/**
 * Lets a caller in who shows API_TOKEN, or API_TOKEN_PREVIOUS while the token is being changed, compared in constant time.
 * Everybody else gets the same answer whatever he asked for and however the Worker is set up; where it has no usable token
 * at all, he is told that. A right token is never refused for the failures of others in its network.
 */
export const requireToken: MiddlewareHandler<AppEnv> = async (context, next) => {
  const { tokens, faults } = context.get('settings');
  const network = networkOf(addressOf(context) ?? 'unknown');
  await limit(context, 'CALLS', `network ${network}`);
  const caller = await identify(tokens, context.req.header('authorization'));
  if (!caller) {
    await limit(context, 'FAILED_AUTHENTICATIONS', network);
    if (!tokens.API_TOKEN && !tokens.API_TOKEN_PREVIOUS) throw noToken(faults);
    context.header('www-authenticate', 'Bearer');
    throw new Problem(401, 'unauthorized', 'Send the header "Authorization: Bearer <API_TOKEN>".');
  }
  context.set('caller', caller);
  await limit(context, 'CALLS', `token ${caller.fingerprint}`);
  return next();
};

function noToken(faults: Settings['faults']): Problem {
  return new Problem(
    503,
    'not_configured',
    'This Worker has no usable API_TOKEN, so it lets nobody in: make one with `openssl rand -hex 32` and set it with `npx wrangler secret put API_TOKEN`. Its log says more.',
    {},
    new ConfigError(describeFaults(faults)),
  );
}

/** The caller's address as Cloudflare saw it; a client can't set this header there. Null where it is no address. */
export function addressOf(context: Context<AppEnv>): string | null {
  const address = context.req.header('cf-connecting-ip') ?? '';
  return ADDRESS.test(address) ? address : null;
}

async function identify(tokens: Settings['tokens'], authorization: string | undefined): Promise<Caller | undefined> {
  const [, given] = /^Bearer (\S+)$/i.exec(authorization ?? '') ?? [];
  if (given === undefined) return undefined;
  // Both are compared, so that the time taken does not tell which one matched.
  const isToken = (token: string | undefined) => (token === undefined ? false : timingSafeEqual(token, given));
  const [isCurrent, isPrevious] = await Promise.all([isToken(tokens.API_TOKEN), isToken(tokens.API_TOKEN_PREVIOUS)]);
  if (!isCurrent && !isPrevious) return undefined;
  const digest = await sha256(given);
  return { token: isCurrent ? 'current' : 'previous', fingerprint: digest!.slice(0, FINGERPRINT_LENGTH) };
}
