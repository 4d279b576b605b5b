import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import { authorize } from './authorization.ts';
import type { Call, Endpoint } from './call.ts';
import { controlPlane } from './controlPlane.ts';
import { ENDPOINTS } from './endpoints.ts';
import type { CallFault } from './faults.ts';
import { heldBy, namedCustomers } from './faults/held.ts';
import { operationOf } from './faults/operation.ts';
import { Query } from './lists/query.ts';
import { problem, Refusal } from './problem.ts';
import { respond, type Answering, type ServerContext } from './respond.ts';
import type { World } from './tenant/world.ts';
import { tokenEndpoint } from './tokenEndpoint.ts';
import { AccessTokens } from './tokens.ts';
import type { Worlds } from './worlds.ts';

// Not filters, so they stay when the filters are ignored.
const PAGING = new Set(['page', 'pageSize', 'includeTotal', 'sort', 'from', 'includeRecentChanges']);

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
      return respond(context, world, tokens, answering(context, world, endpoint, tokens));
    });
  }
  app.notFound((context) => context.json(problem(404, 'There is no such resource.'), 404));
  return app;
}

function answering(context: ServerContext, world: World, endpoint: Endpoint, tokens: AccessTokens): Answering {
  const parameters = new URL(context.req.url).searchParams;
  const call = {
    operation: operationOf(endpoint.name, parameters),
    customers: namedCustomers(endpoint, context.req.param('customerId'), parameters, world),
  };
  return {
    call,
    held: (standing) => heldBy(endpoint, callOf(context, world, parameters, standing), call),
    async compute(fault) {
      authorize(world, endpoint.scope, presentedBy(context), tokens);
      world.rateLimit.take(world.switches, performance.now());
      return endpoint.answer(callOf(context, world, parameters, fault));
    },
  };
}

function presentedBy(context: ServerContext) {
  return {
    authorization: context.req.header('Authorization'),
    appKey: context.req.header('ST-App-Key') ?? context.req.query('servicetitanapplicationkey'),
  };
}

function callOf(context: ServerContext, world: World, parameters: URLSearchParams, fault: CallFault): Call {
  return {
    world,
    query: new Query(parameters, {
      isIgnored: ignoredFilters(world, fault),
      readId: (text) => world.wireIds.read(text),
      idsHonoured: fault.idsHonoured,
    }),
    parameters,
    fault,
    id(name) {
      const text = context.req.param(name) ?? '';
      const id = text.startsWith('-') || text.startsWith('+') ? undefined : world.wireIds.read(text);
      if (id !== undefined) return id;
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
  };
}

function ignoredFilters({ switches }: World, fault: CallFault): (name: string) => boolean {
  const ignored = fault.ignoreFilters ? true : switches.filterIgnored;
  if (typeof ignored === 'boolean') return (name) => ignored && !PAGING.has(name);
  return (name) => ignored.includes(name);
}
