// GET /openapi.json: the document of this API, generated from the schemas that check the calls.
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { JSONValue } from 'hono/utils/types';
import type { AppEnv } from './appEnv.ts';

const ABOUT = {
  openapi: '3.1.0',
  info: {
    title: 'ServiceTitan Customer Sync',
    version: '1',
    description:
      'Starts and watches the syncs of ServiceTitan customers to Supabase contacts. Times are ISO 8601, in UTC.',
  },
  security: [{ token: [] }],
};

const route = createRoute({
  method: 'get',
  path: '/openapi.json',
  summary: 'This document',
  responses: {
    200: {
      description: 'OpenAPI 3.1',
      content: { 'application/json': { schema: z.record(z.string(), z.unknown()) } },
    },
  },
});

/** Adds the route that describes all routes of the app, itself included. */
export function serveOpenApi(app: OpenAPIHono<AppEnv>): void {
  app.openAPIRegistry.registerComponent('securitySchemes', 'token', {
    type: 'http',
    scheme: 'bearer',
    description: 'The API_TOKEN of this Worker.',
  });
  app.openapi(route, (context) =>
    context.json(app.getOpenAPI31Document(ABOUT) as unknown as Record<string, JSONValue>, 200),
  );
}

/** What the app takes, as paths with their methods: `/trigger` → `POST`. */
export function listRoutes(app: OpenAPIHono<AppEnv>): Map<string, string[]> {
  const routes = new Map<string, string[]>();
  for (const definition of app.openAPIRegistry.definitions) {
    if (definition.type !== 'route') continue;
    const { path, method } = definition.route;
    routes.set(path, [...(routes.get(path) ?? []), method.toUpperCase()]);
  }
  return routes;
}
