// The routes and what stands in front of them.
import { bodyLimit } from 'hono/body-limit';
import { secureHeaders } from 'hono/secure-headers';
import { describeFaults, readSettings } from '../config.ts';
import { ConfigError } from '../errors.ts';
import { createSupabase } from '../supabase/client.ts';
import { createConnections } from '../supabase/connections.ts';
import { createLedger } from '../supabase/ledger.ts';
import { createReports } from '../supabase/reports.ts';
import { createApi } from './api.ts';
import { auditDebugCalls } from './audit.ts';
import { requireToken } from './auth.ts';
import { catchUp } from './catchUp.ts';
import { connections } from './connections.ts';
import { debug } from './debug.ts';
import { doctor } from './doctor.ts';
import { health } from './health.ts';
import { takeOutSecrets } from './lastNet.ts';
import { serveOpenApi } from './openApi.ts';
import { answerProblem, Problem } from './problem.ts';
import { proof } from './proof.ts';
import { status } from './status.ts';
import { trigger } from './trigger.ts';
import { refuseUnknownRoute } from './unknownRoute.ts';
import { why } from './why.ts';
import { workspaces } from './workspaces.ts';

const MAX_BODY_BYTES = 64 * 1024;

export const app = createApi();

app.use(
  secureHeaders({
    // For the status page, which is of this origin alone; an answer in JSON needs none of it. There is no CORS either: no
    // answer names an allowed origin.
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      connectSrc: ["'self'"],
      imgSrc: ["'self'", 'data:'],
      baseUri: ["'none'"],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
    },
    xFrameOptions: 'DENY',
    permissionsPolicy: { camera: [], geolocation: [], microphone: [], payment: [], usb: [] },
  }),
);
app.use(async (context, next) => {
  await next();
  context.header('cache-control', 'no-store');
});
app.use(takeOutSecrets);
app.use(async (context, next) => {
  context.set('settings', readSettings(context.env));
  await next();
});
app.route('/', health);

// From here on a caller has to be known before anything is told, be it only which settings are missing.
app.use('/debug/*', auditDebugCalls);
app.use(requireToken);
app.route('/', doctor);
app.use(async (context, next) => {
  const { config, faults } = context.get('settings');
  if (config === null) throw new ConfigError(describeFaults(faults));
  context.set('config', config);
  const supabase = createSupabase(config);
  context.set('ledger', createLedger(supabase, config.DEPLOYMENT));
  context.set('reports', createReports(supabase));
  context.set('connections', createConnections(supabase));
  await next();
});
app.use(catchUp);
app.use(
  bodyLimit({
    maxSize: MAX_BODY_BYTES,
    onError: () => {
      throw new Problem(413, 'body_too_large', `The body is larger than ${MAX_BODY_BYTES / 1024} KiB.`);
    },
  }),
);
for (const routes of [trigger, status, workspaces, connections, why, proof, debug]) app.route('/', routes);
serveOpenApi(app);

app.notFound((context) => refuseUnknownRoute(app, context));
app.onError((error, context) => answerProblem(context, error));
