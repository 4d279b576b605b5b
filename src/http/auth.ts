import type { Context, MiddlewareHandler } from 'hono';
import { timingSafeEqual } from 'hono/utils/buffer';
import { sha256 } from 'hono/utils/crypto';
import type { Config } from '../config.ts';
import type { AppEnv, Caller } from './appEnv.ts';
import { networkOf } from './network.ts';
import { Problem } from './problem.ts';
import { limit } from './rateLimit.ts';

const LOOPBACK_HOST = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/;
const FINGERPRINT_LENGTH = 8;

/**
 * Lets a caller in who shows API_TOKEN, or API_TOKEN_PREVIOUS while the token is being changed, compared in constant time.
 * With neither configured everybody is refused. Only the local stack runs open, and only to a loopback Host, so that no
 * web page reaches it by a rebound name. A right token is never refused for the failures of others in its network.
 */
export const requireToken: MiddlewareHandler<AppEnv> = async (context, next) => {
  const config = context.get('config');
  if (config.LOCAL_OPEN_ACCESS && LOOPBACK_HOST.test(context.req.header('host') ?? '')) {
    context.set('caller', { token: 'none', fingerprint: null });
    return next();
  }
  const network = networkOf(addressOf(context) ?? 'unknown');
  await limit(context, 'CALLS', `network ${network}`);
  const caller = await identify(config, context.req.header('authorization'));
  if (!caller) {
    await limit(context, 'FAILED_AUTHENTICATIONS', network);
    context.header('www-authenticate', 'Bearer');
    const hint = config.API_TOKEN
      ? ''
      : ' No API_TOKEN is configured for this Worker, so nobody is let in: set it with `wrangler secret put API_TOKEN`.';
    throw new Problem(401, 'unauthorized', `Send the header "Authorization: Bearer <API_TOKEN>".${hint}`);
  }
  context.set('caller', caller);
  await limit(context, 'CALLS', `token ${caller.fingerprint}`);
  return next();
};

/** The caller's address as Cloudflare saw it; a client can't set this header there. */
export function addressOf(context: Context<AppEnv>): string | null {
  return context.req.header('cf-connecting-ip') ?? null;
}

async function identify(config: Config, authorization: string | undefined): Promise<Caller | undefined> {
  const [, given] = /^Bearer (\S+)$/i.exec(authorization ?? '') ?? [];
  if (given === undefined) return undefined;
  // Both are compared, so that the time taken does not tell which one matched.
  const isToken = (token: string | undefined) => (token === undefined ? false : timingSafeEqual(token, given));
  const [isCurrent, isPrevious] = await Promise.all([isToken(config.API_TOKEN), isToken(config.API_TOKEN_PREVIOUS)]);
  if (!isCurrent && !isPrevious) return undefined;
  const digest = await sha256(given);
  return { token: isCurrent ? 'current' : 'previous', fingerprint: digest!.slice(0, FINGERPRINT_LENGTH) };
}
