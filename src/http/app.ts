// The six routes and what stands in front of them.
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { secureHeaders } from 'hono/secure-headers';
import { readConfig } from '../config.ts';
import { createSupabase } from '../supabase/client.ts';
import { createLedger } from '../supabase/ledger.ts';
import type { AppEnv } from './appEnv.ts';
import { requireToken } from './auth.ts';
import { debug } from './debug.ts';
import { answerProblem, Problem } from './problem.ts';
import { status } from './status.ts';
import { trigger } from './trigger.ts';

const MAX_BODY_BYTES = 64 * 1024;
const METHODS: Record<string, string> = {
  '/health': 'GET',
  '/trigger': 'POST',
  '/status': 'GET',
  '/debug/add-note': 'POST',
  '/debug/raw-customer': 'GET',
  '/debug/pagination': 'GET',
};

export const app = new Hono<AppEnv>()
  .use(secureHeaders())
  .use(async (context, next) => {
    await next();
    context.header('cache-control', 'no-store');
  })
  .get('/health', (context) => context.json({ success: true, status: 'ok' }))
  .use(async (context, next) => {
    const config = readConfig(context.env);
    context.set('config', config);
    context.set('ledger', createLedger(createSupabase(config)));
    await next();
  })
  .use(requireToken)
  .use(async (context, next) => {
    const allowed = METHODS[context.req.path];
    if (allowed === undefined)
      throw new Problem(404, 'not_found', `There is no such route. There are: ${Object.keys(METHODS).join(', ')}.`);
    if (context.req.method !== allowed) {
      context.header('allow', allowed);
      throw new Problem(405, 'method_not_allowed', `This route takes ${allowed}.`);
    }
    await next();
  })
  .use(
    bodyLimit({
      maxSize: MAX_BODY_BYTES,
      onError: () => {
        throw new Problem(413, 'body_too_large', `The body is larger than ${MAX_BODY_BYTES / 1024} KiB.`);
      },
    }),
  )
  .route('/trigger', trigger)
  .route('/status', status)
  .route('/debug', debug)
  .onError((error, context) => answerProblem(context, error));
