// The last net in front of every answer: whatever a route made it of, no secret in hand goes out with it.
import type { MiddlewareHandler } from 'hono';
import { withoutSecretsInJson } from '../secrets.ts';

/** Stands in front of everything that answers JSON, refusals and the debug routes included. */
export const takeOutSecrets: MiddlewareHandler = async (context, next) => {
  await next();
  if (!context.res.headers.get('content-type')?.startsWith('application/json')) return;
  const body = withoutSecretsInJson(await context.res.text());
  context.res = new Response(body, context.res);
};
