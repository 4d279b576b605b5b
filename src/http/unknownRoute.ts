import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { AppEnv } from './appEnv.ts';
import { listRoutes } from './openApi.ts';
import { Problem } from './problem.ts';

/** 405 for a path that takes another method, naming it; 404 for any other. */
export function refuseUnknownRoute(app: OpenAPIHono<AppEnv>, context: Context<AppEnv>): never {
  const routes = listRoutes(app);
  const allowed = [...routes].flatMap(([path, methods]) => (matches(path, context.req.path) ? methods : []));
  if (allowed.length === 0) {
    throw new Problem(404, 'not_found', `There is no such route. There are: ${[...routes.keys()].join(', ')}.`);
  }
  context.header('allow', allowed.join(', '));
  throw new Problem(405, 'method_not_allowed', `This route takes ${allowed.join(' and ')}.`);
}

/** `{name}` in a path stands for any one segment. */
function matches(path: string, asked: string): boolean {
  const parts = path.split('/');
  const askedParts = asked.split('/');
  return (
    parts.length === askedParts.length &&
    parts.every((part, index) => part === askedParts[index] || (part.startsWith('{') && askedParts[index] !== ''))
  );
}
