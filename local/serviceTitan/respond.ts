import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import { setTimeout as delay } from 'node:timers/promises';
import type { Answer } from './call.ts';
import type { CallFault } from './faults.ts';
import type { Held, ObservedCall } from './faults/callMatch.ts';
import { outcomeOf } from './outcome.ts';
import type { World } from './tenant/world.ts';
import type { AccessTokens } from './tokens.ts';

export type ServerContext = Context<{ Bindings: HttpBindings }>;

/** How an endpoint answers one call. */
export interface Answering {
  call: Pick<ObservedCall, 'operation' | 'customers'>;
  /** The records that the answer would hold if nothing befell the call. */
  held: (standing: CallFault) => Held;
  /** Throws a Refusal for a call that is none. */
  compute: (fault: CallFault) => Promise<Answer>;
}

/**
 * Answers a call to a tenant: hooks and scheduled changes first, then the faults that befall it, then
 * `compute`, whose refusals become problems. Every call is logged.
 */
export async function respond(
  context: ServerContext,
  world: World,
  tokens: AccessTokens,
  { call: asked, held, compute }: Answering,
): Promise<Response> {
  const { pathname, search } = new URL(context.req.url);
  const call = { method: context.req.method, path: pathname, query: search.slice(1), ...asked };
  await world.callHooks(call);
  const fault = world.faults.take(call, held);
  if (fault.delayMs !== undefined) await delay(fault.delayMs);
  if (fault.revokeTokens) tokens.revoke(world);
  const isCut = fault.noAnswer === true || fault.resetConnection === true;
  const outcome = isCut ? null : await outcomeOf(world, call, fault, () => compute(fault));
  const status = outcome === null || fault.resetAfterwards ? null : outcome.status;
  const query = Object.fromEntries(new URLSearchParams(call.query));
  world.requests.add({ method: call.method, path: call.path, query, status, at: new Date().toISOString() });

  if (outcome === null || status === null) {
    if (fault.noAnswer) await callerLeft(context);
    context.env.incoming.socket.destroy();
    return RESPONSE_ALREADY_SENT;
  }
  const retryAfter = fault.retryAfterSeconds === undefined ? {} : { 'Retry-After': String(fault.retryAfterSeconds) };
  const headers = {
    'Content-Type': outcome.type,
    ...dateHeader(context, world, fault),
    ...outcome.headers,
    ...retryAfter,
  };
  return new Response(outcome.text, { status, headers });
}

function dateHeader(context: ServerContext, world: World, { date }: CallFault): { Date?: string } {
  if (date !== 'absent') return { Date: new Date(world.clock.unixMs() + (date ?? 0) * 1000).toUTCString() };
  // Else Node adds one of its own. Where the app is called without a server there is nobody to add it.
  if (context.env.outgoing !== undefined) context.env.outgoing.sendDate = false;
  return {};
}

/** Without a server nobody tells that the caller left, so the connection ends at once. */
async function callerLeft(context: ServerContext): Promise<void> {
  const { signal } = context.req.raw;
  if (signal.aborted || context.env.outgoing === undefined) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => resolve(), { once: true });
  await promise;
}
