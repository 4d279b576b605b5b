import { createRoute, z } from '@hono/zod-openapi';
import { answers, createApi } from './api.ts';

const route = createRoute({
  method: 'get',
  path: '/health',
  summary: 'Whether the Worker answers; needs no token',
  security: [],
  responses: answers('It does.', { status: z.literal('ok') }),
});

export const health = createApi().openapi(route, (context) => context.json({ success: true, status: 'ok' }, 200));
