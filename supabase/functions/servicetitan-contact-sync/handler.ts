// The Edge Function's behaviour: (request, dependencies) => answer. Web standards alone, so it runs in Deno and in tests.
import {
  type BatchEnvelope,
  batchEnvelopeSchema,
  contactMethodSchema,
  customerSchema,
  type Rejected,
} from '../_shared/contactBatch.ts';
import { z } from 'zod';
import { DatabaseError, type Rpc } from './database.ts';
import { BadRequest, readJson } from './readJson.ts';
import { toContactRow, toMethodRow, toMethodRows } from './toContactRow.ts';
import { BatchRefused, type Item, writeBatch } from './writeBatch.ts';

export interface Dependencies {
  rpc: Rpc;
  log: (entry: object) => void;
}

/** Answers a batch, whose caller has been let in already. Never rejects. */
export async function handle(request: Request, { rpc, log }: Dependencies): Promise<Response> {
  const startedAt = performance.now();
  let run: BatchEnvelope['run'] | undefined;
  const answer = (status: number, body: object, said: object) => {
    const { workspace_id, instance_id, page, chunk } = run ?? {};
    log({
      event: 'batch',
      workspace_id,
      instance_id,
      page,
      chunk,
      status,
      ms: Math.round(performance.now() - startedAt),
      ...said,
    });
    return Response.json(body, { status, headers: { 'cache-control': 'no-store' } });
  };
  try {
    const envelope = check(batchEnvelopeSchema, await readJson(request), 'body');
    run = envelope.run;
    const { items, rejected } = toItems(envelope);
    const result = await writeBatch(
      { run, items, rejected: [...envelope.rejected, ...rejected], commit: envelope.commit },
      rpc,
    );
    return answer(200, result, { ...result, errors: result.errors.length });
  } catch (error) {
    const { status, code, message } = toRefusal(error);
    return answer(status, { error: { code, message } }, { code });
  }
}

/** Each record is checked on its own; a bad one is set aside by its customer's id. */
function toItems(envelope: BatchEnvelope): { items: Item[]; rejected: Rejected[] } {
  const items: Item[] = [];
  const rejected: Rejected[] = [];
  for (const record of envelope.customers) {
    const parsed = customerSchema.safeParse(record);
    if (parsed.success) {
      items.push({
        feed: 'customers',
        customerId: parsed.data.id,
        customer: toContactRow(parsed.data),
        methods: toMethodRows(parsed.data),
      });
    } else {
      rejected.push({ feed: 'customers', customer_id: readId(record, 'id'), reason: faults(parsed.error) });
    }
  }
  for (const record of envelope.contact_methods) {
    const parsed = contactMethodSchema.safeParse(record);
    if (parsed.success)
      items.push({
        feed: 'contacts',
        customerId: parsed.data.customer_id,
        customer: null,
        methods: [toMethodRow(parsed.data)],
      });
    else rejected.push({ feed: 'contacts', customer_id: readId(record, 'customer_id'), reason: faults(parsed.error) });
  }
  return { items, rejected };
}

/** A record that can't be named can't be set aside: the whole batch is refused. */
function readId(record: unknown, key: string): string {
  return check(z.object({ [key]: customerSchema.shape.id }), record, 'a record')[key]!;
}

function check<Schema extends z.ZodType>(schema: Schema, value: unknown, what: string): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new BadRequest(400, 'bad_batch', `${what} is not as agreed: ${faults(parsed.error)}`);
}

/** Fields and rules, never values. */
function faults(error: z.ZodError): string {
  return error.issues
    .slice(0, 5)
    .map((issue) => `${issue.path.join('.') || 'it'}: ${issue.message}`)
    .join('; ')
    .slice(0, 500);
}

function toRefusal(error: unknown): { status: number; code: string; message: string } {
  if (error instanceof BadRequest || error instanceof DatabaseError) return error;
  if (error instanceof BatchRefused) {
    return {
      status: 422,
      code: 'batch_refused',
      message: `most records of a batch were refused, so the run stopped. The last: ${error.message}`,
    };
  }
  return {
    status: 500,
    code: 'unexpected',
    message: `it failed unexpectedly (${error instanceof Error ? error.name : 'unknown'}); see its log`,
  };
}
