// Debug calls show other firms' customer data, so each leaves a line in the log: who, what, when, from where and with which
// status. Refused ones do too. No content: neither what was sent, but for the ids, nor what was answered.
import type { Context, MiddlewareHandler } from 'hono';
import { log } from '../log.ts';
import type { AppEnv, Caller } from './appEnv.ts';
import { addressOf } from './auth.ts';
import { serviceTitanId, workspaceId } from './input.ts';

const ROUTE = /^\/debug\/[a-z-]{1,30}$/;

/** How Cloudflare numbers a request; nothing else that calls itself so goes into the log. */
const RAY = /^[\da-f]{4,32}(?:-[A-Z]{3})?$/;

/** Statuses with which a body was refused before it was read, because of its size or of the calls before it. */
const UNREAD = [413, 429];

/** Stands in front of the token check. */
export const auditDebugCalls: MiddlewareHandler<AppEnv> = async (context, next) => {
  const at = new Date().toISOString();
  await next();
  const caller = context.get('caller') as Caller | undefined;
  const asked = caller ? await readInput(context) : {};
  const line = {
    event: 'debug_call',
    at,
    // A stranger's token is told in no form: it may be the password to something else.
    token: caller?.token ?? 'refused',
    tokenFingerprint: caller?.fingerprint ?? null,
    address: addressOf(context),
    ray: RAY.exec(context.req.header('cf-ray') ?? '')?.[0] ?? null,
    method: context.req.method,
    route: ROUTE.test(context.req.path) ? context.req.path : 'unknown',
    workspaceId: workspaceId.safeParse(asked['workspaceId']).data ?? null,
    customerId: serviceTitanId.safeParse(asked['customerId']).data ?? null,
    redacted: context.req.query('redact') === 'true',
    status: context.res.status,
  };
  log(line);
};

/** What a known caller sent; empty where it can't be read. The route has read a body before: it is not parsed twice. */
async function readInput(context: Context<AppEnv>): Promise<Record<string, unknown>> {
  if (context.req.method !== 'POST') return context.req.query();
  if (UNREAD.includes(context.res.status)) return {};
  const body: unknown = await context.req.json().catch(() => ({}));
  return typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
}
