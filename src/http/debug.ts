// The debug routes: raw looks into ServiceTitan for an engineer. Closed unless DEBUG_ENDPOINTS opens them.
import { type Context, Hono } from 'hono';
import { z } from 'zod';
import { MAX_TOKEN_LENGTH } from '../../supabase/functions/_shared/contactBatch.ts';
import { openCredentials } from '../credentials/openCredentials.ts';
import { createServiceTitanApi, type ServiceTitanApi } from '../serviceTitanApi.ts';
import type { AppEnv } from './appEnv.ts';
import { readBody, readQuery, serviceTitanId, workspaceId } from './input.ts';
import { Problem, unknownWorkspace, wrongTenant } from './problem.ts';

const MAX_NOTE_LENGTH = 5000;
const SAMPLE_SIZE = 5;

const target = { workspaceId, tenantId: serviceTitanId };
const noteSchema = z.object({
  ...target,
  customerId: serviceTitanId,
  text: z
    .string('has to be text')
    .trim()
    .min(1, 'is empty')
    .max(MAX_NOTE_LENGTH, `is longer than ${MAX_NOTE_LENGTH} characters`),
});
const customerSchema = z.object({ ...target, customerId: serviceTitanId.optional() });
const paginationSchema = z.object({
  ...target,
  continueFrom: z.string().trim().min(1, 'is empty').max(MAX_TOKEN_LENGTH, 'is too long').optional(),
});

export const debug = new Hono<AppEnv>()
  .use(async (context, next) => {
    if (!context.get('config').DEBUG_ENDPOINTS) {
      throw new Problem(
        403,
        'debug_disabled',
        'The debug routes are switched off: set DEBUG_ENDPOINTS to "true" for as long as you need them.',
      );
    }
    await next();
  })

  /** Bumps a customer's modifiedOn, where ServiceTitan counts a note as a change. */
  .post('/add-note', async (context) => {
    const { customerId, text, ...of } = await readBody(context, noteSchema);
    const api = await connect(context, of);
    return context.json({ success: true, note: await api.addNote(customerId, { text }) });
  })

  .get('/raw-customer', async (context) => {
    const { customerId, ...of } = readQuery(context, customerSchema);
    const api = await connect(context, of);
    if (customerId === undefined) {
      const sample = await api.rawCustomers({ page: 1, pageSize: SAMPLE_SIZE, active: 'Any', sort: '+Id' });
      return context.json({ success: true, customers: sample.data });
    }
    const customer = await api.customer(customerId);
    // Each needs a scope of its own: what is refused is said, the rest is shown.
    const [contacts, tagTypes, jobs, leads] = await Promise.all([
      orReason(api.contactsOfCustomer(customerId)),
      orReason(api.tagTypes({ active: 'Any', pageSize: 5000 })),
      orReason(api.jobs({ customerId })),
      orReason(api.leads({ customerId })),
    ]);
    return context.json({ success: true, customer, contacts, tagTypes, jobs, leads });
  })

  /** One batch of the customer export: how many, and where it goes on. */
  .get('/pagination', async (context) => {
    const { continueFrom, ...of } = readQuery(context, paginationSchema);
    const api = await connect(context, of);
    const page = await api.exportCustomers({ from: continueFrom ?? null });
    const describe = (at: number) => {
      const customer = page.data.at(at);
      return customer ? { id: customer.id, modifiedOn: customer.modifiedOn } : null;
    };
    return context.json({
      success: true,
      count: page.data.length,
      unreadable: page.rejected.length,
      hasMore: page.hasMore,
      continueFrom: page.continueFrom,
      first: describe(0),
      last: describe(-1),
    });
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

async function orReason(page: Promise<{ data: unknown[] }>): Promise<unknown> {
  try {
    return (await page).data;
  } catch (error) {
    return { error: error instanceof Error ? error.message : 'unknown' };
  }
}
