import type { MiddlewareHandler } from 'hono';
import { timingSafeEqual } from 'hono/utils/buffer';
import type { Config } from '../config.ts';
import type { AppEnv } from './appEnv.ts';
import { Problem } from './problem.ts';

const LOOPBACK_HOST = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/;

/**
 * Lets a caller in who shows API_TOKEN, or API_TOKEN_PREVIOUS while the token is being changed, compared in constant time.
 * With neither configured everybody is refused. Only the local stack runs open, and only to a loopback Host, so that no
 * web page reaches it by a rebound name.
 */
export const requireToken: MiddlewareHandler<AppEnv> = async (context, next) => {
  const config = context.get('config');
  const isOpen = config.LOCAL_OPEN_ACCESS && LOOPBACK_HOST.test(context.req.header('host') ?? '');
  if (!isOpen && !(await isKnown(config, context.req.header('authorization')))) {
    context.header('www-authenticate', 'Bearer');
    const hint = config.API_TOKEN
      ? ''
      : ' No API_TOKEN is configured for this Worker, so nobody is let in: set it with `wrangler secret put API_TOKEN`.';
    throw new Problem(401, 'unauthorized', `Send the header "Authorization: Bearer <API_TOKEN>".${hint}`);
  }
  await next();
};

async function isKnown(config: Config, authorization: string | undefined): Promise<boolean> {
  const [, given] = /^Bearer (\S+)$/i.exec(authorization ?? '') ?? [];
  if (given === undefined) return false;
  const accepted = [config.API_TOKEN, config.API_TOKEN_PREVIOUS].filter((token) => token !== undefined);
  // All are compared, so that the time taken does not tell which one matched.
  const matches = await Promise.all(accepted.map((token) => timingSafeEqual(token, given)));
  return matches.includes(true);
}
