// GET /why: one customer, from ServiceTitan's present word to what became of its last read.
import { createRoute, z } from '@hono/zod-openapi';
import { zoneOf } from '../schedule/businessHours.ts';
import { createClock } from '../schedule/nextTick.ts';
import { explain, VERDICTS } from '../why/explain.ts';
import { namesOfEdits } from '../why/edits.ts';
import { namesOfDifferences } from '../why/fields.ts';
import { toShownFields } from '../why/shownFields.ts';
import { toStoredFields } from '../why/storedFields.ts';
import { answers, createApi } from './api.ts';
import { askServiceTitan } from './askServiceTitan.ts';
import { serviceTitanId, workspaceId } from './input.ts';
import { unknownWorkspace } from './problem.ts';
import { setAsideSchema, toSetAside } from './quarantineView.ts';
import { ACTIVITIES, CONDITIONS } from './workspaceCondition.ts';
import { STATES } from './workspaceState.ts';
import { iso, time } from './time.ts';
import { toWorkspace } from './workspaceView.ts';

const version = {
  modifiedOn: z.string().openapi({ description: 'To all seven digits.', example: '2026-02-08T10:00:00.1234567Z' }),
  active: z.boolean(),
  mergedToId: z.string().nullable(),
};
const readSchema = z
  .object({
    at: time,
    instanceId: z.string(),
    feed: z.enum(['customers', 'contacts']),
    outcomes: z.array(z.enum(['created', 'updated', 'unchanged', 'stale', 'set_aside'])),
  })
  .openapi('Read');

const route = createRoute({
  method: 'get',
  path: '/why',
  summary:
    'Why a contact is as it is: its version against what ServiceTitan shows now, its last read, and what comes next',
  request: { query: z.object({ workspaceId, customerId: serviceTitanId }) },
  responses: answers("One plain sentence and the data behind it; fields by name, never a person's data.", {
    sentence: z.string(),
    verdict: z.enum(VERDICTS),
    workspaceId: z.string(),
    customerId: z.string(),
    stored: z
      .object({ ...version, isOfOtherTenant: z.boolean() })
      .nullable()
      .openapi({ description: 'The version that the contact holds; null when there is no contact.' }),
    shown: z
      .object({ found: z.boolean().nullable(), ...z.object(version).partial().shape, reason: z.string().optional() })
      .openapi({
        description: 'What ServiceTitan shows now; `found` is null with a reason when it could not be asked.',
      }),
    differing: z.array(z.string()).nullable().openapi({ description: 'Names of the fields that differ.' }),
    lastRead: readSchema.nullable().openapi({ description: 'The last chunk that held the customer, of either feed.' }),
    lastCustomersRead: readSchema.nullable(),
    lastContactsRead: readSchema.nullable(),
    quarantine: z.array(setAsideSchema),
    condition: z.enum(CONDITIONS),
    conditionText: z.string(),
    activity: z.enum(ACTIVITIES),
    activityText: z.string(),
    workspaceState: z.enum(STATES).openapi({ deprecated: true }),
    workspaceStateText: z.string().openapi({ deprecated: true }),
    cursor: time.nullable(),
    nextTickAt: time.nullable(),
  }),
});

export const why = createApi().openapi(route, async (context) => {
  const { workspaceId: id, customerId } = context.req.valid('query');
  const config = context.get('config');
  const [row, known, live] = await Promise.all([
    context.get('reports').readWorkspace(id, config),
    context.get('reports').readCustomer(id, customerId),
    askServiceTitan(context, id, customerId),
  ]);
  if (!row) throw unknownWorkspace();

  const workspace = toWorkspace(row, config, createClock(config, new Date())(zoneOf(row)));
  const stored = known.customer && {
    modifiedOn: known.customer.contact.crm_modified_on ?? '',
    active: known.customer.contact.active ?? true,
    mergedToId: known.customer.contact.merged_to_crm_id,
    isOfOtherTenant: known.customer.contact.crm_source !== `${row.environment}/${row.tenant_id}`,
  };
  const compared =
    known.customer && !stored!.isOfOtherTenant && live.customer
      ? {
          differences: namesOfDifferences(toStoredFields(known.customer), toShownFields(live.customer, live.contacts)),
          edited: namesOfEdits(known.customer),
        }
      : null;
  const differing = compared && [...compared.differences, ...compared.edited];
  const reads = known.reads.map(({ read_at, instance_id, feed, outcomes }) => ({
    at: iso(read_at),
    instanceId: instance_id,
    feed,
    outcomes,
  }));
  const lastRead = reads[0] ?? null;
  const quarantine = known.quarantine.map(toSetAside);

  const { verdict, sentence } = explain({
    workspace: { ...workspace, initialSyncCompleted: row.initial_sync_completed },
    overlapSeconds: config.CURSOR_OVERLAP_SECONDS,
    stored,
    shown: live.shown,
    differing,
    edited: compared?.edited ?? [],
    lastRead,
    quarantine,
  });
  return context.json(
    {
      success: true,
      sentence,
      verdict,
      workspaceId: id,
      customerId,
      stored,
      shown: 'reason' in live.shown ? { found: null, reason: live.shown.reason } : live.shown,
      differing,
      lastRead,
      lastCustomersRead: reads.find(({ feed }) => feed === 'customers') ?? null,
      lastContactsRead: reads.find(({ feed }) => feed === 'contacts') ?? null,
      quarantine,
      condition: workspace.condition,
      conditionText: workspace.conditionText,
      activity: workspace.activity,
      activityText: workspace.activityText,
      workspaceState: workspace.state,
      workspaceStateText: workspace.stateText,
      cursor: workspace.cursor,
      nextTickAt: workspace.nextTickAt,
    },
    200,
  );
});
