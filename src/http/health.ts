import { createRoute, z } from '@hono/zod-openapi';
import { describeFaults } from '../config.ts';
import { ConfigError } from '../errors.ts';
import { answers, createApi } from './api.ts';
import { Problem } from './problem.ts';

const route = createRoute({
  method: 'get',
  path: '/health',
  summary: 'Whether the Worker answers and is set up; needs no token',
  security: [],
  responses: answers('It does, and it is.', { status: z.literal('ok') }),
});

export const health = createApi().openapi(route, (context) => {
  const { config, faults } = context.get('settings');
  if (config !== null) return context.json({ success: true, status: 'ok' }, 200);
  throw new Problem(
    503,
    'not_configured',
    'The Worker lacks settings that it needs: its log says which.',
    {},
    new ConfigError(describeFaults(faults)),
  );
});
