import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import { setTimeout as delay } from 'node:timers/promises';
import type { Answer } from './call.ts';
import type { Fault, ObservedCall } from './faults.ts';
import { problem, Refusal } from './problem.ts';
import { rateLimitTitle } from './rateLimit.ts';
import type { World } from './tenant/world.ts';
import type { AccessTokens } from './tokens.ts';

export type ServerContext = Context<{ Bindings: HttpBindings }>;

const HTML = '<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>';

interface Outcome {
  status: number;
  type: string;
  headers?: { [name: string]: string };
  text: string;
}

/**
 * Answers a call to a tenant: hooks and scheduled changes first, then the fault that befalls it, then `compute`, whose
 * refusals become problems. Every call is logged.
 */
export async function respond(
  context: ServerContext,
  world: World,
  tokens: AccessTokens,
  compute: (fault: Fault) => Promise<Answer>,
): Promise<Response> {
  const call = observe(context);
  await world.callHooks(call);
  const fault = world.faults.take(call);
  if (fault.delayMs !== undefined) await delay(fault.delayMs);
  if (fault.revokeTokens) tokens.revoke(world);
  const outcome = fault.resetConnection ? null : await outcomeOf(fault, compute);
  const status = outcome === null || fault.resetAfterwards ? null : outcome.status;
  const query = Object.fromEntries(new URLSearchParams(call.query));
  world.requests.add({ method: call.method, path: call.path, query, status, at: new Date().toISOString() });

  if (outcome === null || status === null) {
    context.env.incoming.socket.destroy();
    return RESPONSE_ALREADY_SENT;
  }
  const date = new Date(world.clock.unixMs()).toUTCString();
  const retryAfter = fault.retryAfterSeconds === undefined ? {} : { 'Retry-After': String(fault.retryAfterSeconds) };
  const headers = { 'Content-Type': outcome.type, Date: date, ...outcome.headers, ...retryAfter };
  return new Response(outcome.text, { status, headers });
}

function observe(context: ServerContext): ObservedCall {
  const { pathname, search } = new URL(context.req.url);
  return { method: context.req.method, path: pathname, query: search.slice(1) };
}

async function outcomeOf(fault: Fault, compute: (fault: Fault) => Promise<Answer>): Promise<Outcome> {
  const isRefused = (fault.status ?? 200) >= 400;
  if (fault.body === 'html') return { status: fault.status ?? 200, type: 'text/html', text: HTML };
  if (isRefused || fault.body === 'problem') return refusedBy(fault);
  try {
    const { status = 200, body } = await compute(fault);
    return { status: fault.status ?? status, type: 'application/json; charset=utf-8', text: spoilt(body, fault.body) };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return problemOutcome(error.status, error.message, error.errors, error.headers);
  }
}

function refusedBy({ status = 500, titleSeconds }: Fault): Outcome {
  const title =
    titleSeconds === undefined ? 'An error occurred while processing the call.' : rateLimitTitle(titleSeconds);
  return problemOutcome(status, title);
}

function problemOutcome(
  status: number,
  title: string,
  errors: Refusal['errors'] = {},
  headers: Refusal['headers'] = {},
): Outcome {
  return { status, type: 'application/problem+json', headers, text: JSON.stringify(problem(status, title, errors)) };
}

function spoilt(body: object, how: Fault['body']): string {
  if (how === 'wrongShape') return JSON.stringify({ records: [], next: null });
  if (how === 'empty-hasMore') return JSON.stringify({ ...body, hasMore: true, data: [] });
  const text = JSON.stringify(body);
  return how === 'truncated' ? text.slice(0, text.length / 2) : text;
}
