// The debug routes: raw looks into ServiceTitan for an engineer. Closed unless DEBUG_ENDPOINTS opens them.
import { createRoute, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { MAX_TOKEN_LENGTH } from '../../supabase/functions/_shared/contactBatch.ts';
import { describeFaults } from '../config.ts';
import { ConfigError, SyncError } from '../errors.ts';
import { openCredentials } from '../credentials/openCredentials.ts';
import { createServiceTitanApi, type RawPage, type RawRecord, type ServiceTitanApi } from '../serviceTitanApi.ts';
import { answers, createApi, jsonBody, takesJson } from './api.ts';
import type { AppEnv } from './appEnv.ts';
import { serviceTitanId, workspaceId } from './input.ts';
import { Problem, unknownWorkspace, wrongTenant } from './problem.ts';
import { redact, redactRecord } from './redact.ts';

const MAX_NOTE_LENGTH = 5000;
const SAMPLE_SIZE = 5;

const target = { workspaceId, tenantId: serviceTitanId };
/** As ServiceTitan answers it, whatever it holds. */
const rawRecord = z.record(z.string(), z.unknown());
const rawRecords = z.union([z.array(z.unknown()), z.object({ error: z.string() })]);
type RawRecords = z.infer<typeof rawRecords>;
const redacted = {
  redact: z.enum(['true', 'false'], 'has to be "true" or "false"').optional().openapi({
    description:
      '`true` hides what is about a person and keeps ids, kinds, flags and times, so that the answer fits a ticket.',
  }),
};

const addNote = createRoute({
  method: 'post',
  path: '/debug/add-note',
  summary: "Bumps a customer's modifiedOn, where ServiceTitan counts a note as a change",
  middleware: takesJson,
  request: {
    query: z.object(redacted),
    body: jsonBody(
      z.object({
        ...target,
        customerId: serviceTitanId,
        text: z
          .string('has to be text')
          .trim()
          .min(1, 'is empty')
          .max(MAX_NOTE_LENGTH, `is longer than ${MAX_NOTE_LENGTH} characters`)
          .regex(/^\P{Cs}*$/u, 'has to be text'),
      }),
    ),
  },
  responses: answers('The note as ServiceTitan took it.', { note: rawRecord }),
});

const rawCustomer = createRoute({
  method: 'get',
  path: '/debug/raw-customer',
  summary: 'One customer as ServiceTitan shows it; without customerId, five sample customers',
  request: { query: z.object({ ...target, ...redacted, customerId: serviceTitanId.optional() }) },
  responses: answers('Raw; what a missing scope keeps back is an error in its place.', {
    customers: z.array(z.unknown()).optional(),
    customer: rawRecord.optional(),
    contacts: rawRecords.optional(),
    tagTypes: rawRecords.optional(),
    jobs: rawRecords.optional(),
    leads: rawRecords.optional(),
  }),
});

const atEdge = z.object({ id: z.string(), modifiedOn: z.string() }).nullable();
const pagination = createRoute({
  method: 'get',
  path: '/debug/pagination',
  summary: 'One batch of the customer export: how many, and where it goes on',
  request: {
    query: z.object({
      ...target,
      ...redacted,
      continueFrom: z.string().trim().min(1, 'is empty').max(MAX_TOKEN_LENGTH, 'is too long').optional(),
    }),
  },
  responses: answers('The batch in numbers.', {
    count: z.number(),
    unreadable: z.number(),
    hasMore: z.boolean(),
    continueFrom: z.string().nullable(),
    first: atEdge,
    last: atEdge,
  }),
});

export const debug = createApi();

debug.use('/debug/*', async (context, next) => {
  const misspelt = context.get('settings').faults.filter(({ setting }) => setting === 'DEBUG_ENDPOINTS');
  if (misspelt.length > 0) throw new ConfigError(describeFaults(misspelt));
  if (!context.get('config').DEBUG_ENDPOINTS) {
    throw new Problem(
      403,
      'debug_disabled',
      'The debug routes are switched off: set DEBUG_ENDPOINTS to "true" for as long as you need them.',
    );
  }
  await next();
});

debug.openapi(addNote, async (context) => {
  const { customerId, text, ...of } = context.req.valid('json');
  const api = await connect(context, of);
  const note = await api.addNote(customerId, { text });
  return context.json({ success: true, note: context.req.valid('query').redact === 'true' ? redact(note) : note }, 200);
});

debug.openapi(rawCustomer, async (context) => {
  const { customerId, redact: isRedacted, ...of } = context.req.valid('query');
  const show = isRedacted === 'true' ? redactRecord : (record: unknown) => record;
  const api = await connect(context, of);
  if (customerId === undefined) {
    const sample = await api.rawCustomers({ page: 1, pageSize: SAMPLE_SIZE, active: 'Any', sort: '+Id' });
    return context.json({ success: true, customers: sample.data.map(show) }, 200);
  }
  const customer = await api.customer(customerId);
  // Each needs a scope of its own: what is refused is said, the rest is shown.
  const [contacts, tagTypes, jobs, leads] = await Promise.all([
    orReason(api.rawContactsOfCustomer(customerId), show),
    orReason(api.tagTypes({ active: 'Any', pageSize: 5000 }), show),
    orReason(api.jobs({ customerId }), show),
    orReason(api.leads({ customerId }), show),
  ]);
  return context.json({ success: true, customer: show(customer) as RawRecord, contacts, tagTypes, jobs, leads }, 200);
});

debug.openapi(pagination, async (context) => {
  const { continueFrom, ...of } = context.req.valid('query');
  const api = await connect(context, of);
  const page = await api.exportCustomers({ from: continueFrom ?? null });
  const describe = (at: number) => {
    const customer = page.data.at(at);
    return customer ? { id: customer.id, modifiedOn: customer.modifiedOn } : null;
  };
  return context.json(
    {
      success: true,
      count: page.data.length,
      unreadable: page.rejected.length,
      hasMore: page.hasMore,
      continueFrom: page.continueFrom,
      first: describe(0),
      last: describe(-1),
    },
    200,
  );
});

async function connect(
  context: Context<AppEnv>,
  of: { workspaceId: string; tenantId: string },
): Promise<ServiceTitanApi> {
  const sealed = await context.get('ledger').readConnection(of.workspaceId);
  if (!sealed) throw unknownWorkspace();
  if (sealed.tenant_id !== of.tenantId) {
    throw wrongTenant();
  }
  return createServiceTitanApi(await openCredentials(context.get('config'), of.workspaceId, sealed));
}

async function orReason(page: Promise<RawPage>, show: (record: unknown) => unknown): Promise<RawRecords> {
  try {
    return (await page).data.map(show);
  } catch (error) {
    return { error: error instanceof SyncError ? error.message : 'It failed unexpectedly.' };
  }
}
