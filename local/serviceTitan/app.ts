import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import { authorize } from './authorization.ts';
import type { Answer, Endpoint } from './call.ts';
import { controlPlane } from './controlPlane.ts';
import { ENDPOINTS } from './endpoints.ts';
import type { Fault } from './faults.ts';
import { Query } from './lists/query.ts';
import { problem, Refusal } from './problem.ts';
import { respond, type ServerContext } from './respond.ts';
import type { World } from './tenant/world.ts';
import { tokenEndpoint } from './tokenEndpoint.ts';
import { AccessTokens } from './tokens.ts';
import type { Worlds } from './worlds.ts';

// Not filters, so they stay when the filters are ignored.
const PAGING = new Set(['page', 'pageSize', 'includeTotal', 'sort', 'from', 'includeRecentChanges']);
const ID = /^\d{1,18}$/;

/** The token endpoint, the API and the control plane over the worlds. */
export function createApp(worlds: Worlds): Hono<{ Bindings: HttpBindings }> {
  const tokens = new AccessTokens();
  const app = new Hono<{ Bindings: HttpBindings }>();
  app.route('/simulator', controlPlane(worlds, tokens));
  app.post('/connect/token', tokenEndpoint(worlds, tokens));
  for (const endpoint of ENDPOINTS) {
    app.on(endpoint.method, [endpoint.path], async (context) => {
      const world = worlds.find(context.req.param('tenantId') ?? '');
      if (world === undefined) return context.json(problem(403, 'The tenant is unknown.'), 403);
      return respond(context, world, tokens, async (fault) => {
        authorize(world, endpoint.scope, presentedBy(context), tokens);
        world.rateLimit.take(world.switches, performance.now());
        return answer(context, world, endpoint, fault);
      });
    });
  }
  app.notFound((context) => context.json(problem(404, 'There is no such resource.'), 404));
  return app;
}

function presentedBy(context: ServerContext) {
  return {
    authorization: context.req.header('Authorization'),
    appKey: context.req.header('ST-App-Key') ?? context.req.query('servicetitanapplicationkey'),
  };
}

async function answer(context: ServerContext, world: World, endpoint: Endpoint, fault: Fault): Promise<Answer> {
  const parameters = new URL(context.req.url).searchParams;
  const ignored = ignoredFilters(world, fault);
  return endpoint.answer({
    world,
    query: new Query(parameters, ignored),
    parameters,
    isOutsideWindow: fault.wrongWindow ?? false,
    id(name) {
      const text = context.req.param(name) ?? '';
      if (ID.test(text)) return Number(text);
      throw new Refusal(400, 'One or more validation errors occurred.', {
        errors: { [name]: [`The value '${text}' is not valid.`] },
      });
    },
    async json() {
      try {
        return await context.req.json();
      } catch {
        throw new Refusal(400, 'The body is not JSON.');
      }
    },
  });
}

function ignoredFilters({ switches }: World, fault: Fault): (name: string) => boolean {
  const ignored = fault.ignoreFilters ? true : switches.filterIgnored;
  if (typeof ignored === 'boolean') return (name) => ignored && !PAGING.has(name);
  return (name) => ignored.includes(name);
}
