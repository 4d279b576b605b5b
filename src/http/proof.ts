// GET /proof: is it all there? One sentence, and the data behind it (R18).
import { createRoute, z } from '@hono/zod-openapi';
import type { ProofRow } from '../supabase/proofs.ts';
import { answers, createApi } from './api.ts';
import { workspaceId } from './input.ts';
import { unknownWorkspace } from './problem.ts';
import { tellProof } from './proofSentence.ts';
import { iso, time } from './time.ts';

const count = z.int().nullable();
const ids = z.array(z.string());

const passSchema = z
  .object({
    why: z.string().openapi({ description: '`first`, `due`, `asked` or `not_whole`: why it began.' }),
    asOf: time.openapi({ description: 'When it began: what is younger by its stamp, it does not speak of.' }),
    endedAt: time,
    whole: z.boolean(),
    whyNot: z.array(z.object({ code: z.string(), count })),
    begunAgain: z.array(z.string()),
    listed: count.openapi({ description: 'Customers, as ServiceTitan counted them.' }),
    seen: count.openapi({ description: 'Customers that it showed, readably or not.' }),
    rightWhenRead: count,
    missing: count,
    stale: count,
    differing: count,
    fields: z.record(z.string(), z.int()).openapi({ description: 'In how many contacts each field differed.' }),
    returned: count.openapi({ description: 'Contacts that differ again after they were mended.' }),
    mended: count,
    wentBack: count,
    gone: count,
    refused: count,
    rechecks: count.openapi({ description: 'Customers that wait to be asked for by id.' }),
    unreadableFields: z.record(z.string(), z.int()),
    ids: z
      .object({
        missing: ids,
        stale: ids,
        differing: ids,
        returned: ids,
        wentBack: ids,
        refused: ids,
        gone: ids,
        fields: z.record(z.string(), z.array(z.string())),
      })
      .openapi({ description: 'Up to 100 customers of each kind, and the fields in which each differed.' }),
  })
  .openapi('Pass');

const route = createRoute({
  method: 'get',
  path: '/proof',
  summary: "Whether a workspace's contacts are complete, as of when, and what was found wrong",
  request: { query: z.object({ workspaceId }) },
  responses: answers("One plain sentence and the data behind it; customers by id, never a person's data.", {
    sentence: z.string(),
    proved: z.boolean(),
    workspaceId: z.string(),
    readUpTo: time.nullable().openapi({ description: 'Every change before it was read once.' }),
    confirmedUpTo: time
      .nullable()
      .openapi({ description: 'Every change before it was read a second time, in another way.' }),
    pass: passSchema.nullable().openapi({ description: 'The last comparison of everything that has ended.' }),
    underWay: z.object({ why: z.string(), beganAt: time, stage: z.string(), pages: z.int() }).nullable(),
    wanted: z.boolean().openapi({ description: 'Another one was asked for and has not begun.' }),
    since: z.object({
      windows: z.int().openapi({ description: 'Windows that were closed since the last comparison began.' }),
      unbroken: z.boolean().openapi({ description: 'Each began no later than the one before had ended.' }),
      misses: z.int().openapi({ description: 'Records that the second reading had to bring.' }),
    }),
  }),
});

export const proof = createApi().openapi(route, async (context) => {
  const { workspaceId: id } = context.req.valid('query');
  const reports = context.get('reports');
  const [row, proven] = await Promise.all([reports.readWorkspace(id, context.get('config')), reports.readProof(id)]);
  if (!row) throw unknownWorkspace();
  const told = tellProof({ proven, isSynced: row.initial_sync_completed, timeZone: row.time_zone, now: new Date() });
  const { under_way: underWay = null, since = NOTHING_SINCE, wanted = false } = proven ?? {};
  return context.json(
    {
      success: true,
      ...told,
      workspaceId: id,
      readUpTo: iso(row.cursor),
      confirmedUpTo: iso(proven?.settled_until ?? null),
      pass: proven?.proof ? toPass(proven.proof) : null,
      underWay: underWay && {
        why: underWay.why,
        beganAt: iso(underWay.began_at),
        stage: underWay.stage,
        pages: underWay.page,
      },
      wanted,
      since,
    },
    200,
  );
});

const NOTHING_SINCE = { windows: 0, unbroken: true, misses: 0 };

function toPass(row: ProofRow): z.infer<typeof passSchema> {
  const named = (kind: string) => z.array(z.string()).catch([]).parse(row.ids[kind]);
  return {
    why: row.why,
    asOf: iso(row.began_at),
    endedAt: iso(row.ended_at),
    whole: row.whole,
    whyNot: row.why_not.map(({ code, count: many = null }) => ({ code, count: many })),
    begunAgain: row.begun_again,
    listed: row.listed,
    seen: row.seen,
    rightWhenRead: row.right_when_read,
    missing: row.missing,
    stale: row.stale,
    differing: row.differing,
    fields: row.fields,
    returned: row.returned,
    mended: row.mended,
    wentBack: row.went_back,
    gone: row.gone,
    refused: row.refused,
    rechecks: row.rechecks,
    unreadableFields: row.unreadable_fields,
    ids: {
      missing: named('missing'),
      stale: named('stale'),
      differing: named('differing'),
      returned: named('returned'),
      wentBack: named('went_back'),
      refused: named('refused'),
      gone: named('gone'),
      fields: z.record(z.string(), z.array(z.string())).catch({}).parse(row.ids['fields']),
    },
  };
}
