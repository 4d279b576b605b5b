// The Edge Function's behaviour: (request, dependencies) => answer. Web standards alone, so it runs in Deno and in tests.
import {
  type BatchEnvelope,
  batchEnvelopeSchema,
  contactMethodSchema,
  CORRELATION_HEADER,
  customerSchema,
} from '../_shared/contactBatch.ts';
import { z } from 'zod';
import { AnswerError } from './answerError.ts';
import type { Rpc } from './database.ts';
import { readJson } from './readJson.ts';
import { toContactRow, toMethodRow, toMethodRows } from './toContactRow.ts';
import { BatchRefused, Refusals } from './refusals.ts';
import { isUnstorable, UNSTORABLE } from './unstorable.ts';
import { type Item, writeBatch } from './writeBatch.ts';

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
      correlation_id: correlationOf(request),
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
    const refusals = new Refusals(countCustomers(envelope), envelope.rejected);
    const items = toItems(envelope, refusals);
    const { commit, unlist_before, retries_quarantined } = envelope;
    const result = await writeBatch(
      { run, items, refusals, reading: { unlist_before, retries_quarantined }, commit },
      rpc,
    );
    return answer(200, result, { ...result, errors: result.errors.length });
  } catch (error) {
    const { status, code, message, unexpected } = toAnswer(error);
    const response = answer(status, { error: { code, message } }, { code, ...unexpected });
    if (status === 405) response.headers.set('allow', 'POST');
    return response;
  }
}

/** Null for what is no such id: nothing that a caller makes up goes into the log. */
function correlationOf(request: Request): string | null {
  const given = request.headers.get(CORRELATION_HEADER) ?? '';
  return /^[\w-]{1,100}\/\d{1,9}\/\d{1,9}$/.test(given) ? given : null;
}

/** Of how many customers the batch holds records; one without a readable id counts for itself. */
function countCustomers({ customers, contact_methods }: BatchEnvelope): number {
  const idOf = (record: unknown, key: string): unknown =>
    (typeof record === 'object' && record !== null && Reflect.get(record, key)) || record;
  return new Set([
    ...customers.map((record) => idOf(record, 'id')),
    ...contact_methods.map((record) => idOf(record, 'customer_id')),
  ]).size;
}

/** Each record is checked on its own; a bad one is set aside by its customer's id. */
function toItems(envelope: BatchEnvelope, refusals: Refusals): Item[] {
  const items: Item[] = [];
  for (const [index, record] of envelope.customers.entries()) {
    const parsed = ownMethods.safeParse(record);
    if (parsed.success) {
      items.push({
        feed: 'customers',
        customerId: parsed.data.id,
        customer: toContactRow(parsed.data),
        methods: toMethodRows(parsed.data),
      });
    } else {
      const customer_id = readId(record, ['customers', index, 'id']);
      refusals.add({ feed: 'customers', customer_id, reason: faults(parsed.error), sqlstate: null });
    }
  }
  for (const [index, record] of envelope.contact_methods.entries()) {
    const parsed = storableMethod.safeParse(record);
    if (parsed.success) {
      items.push({
        feed: 'contacts',
        customerId: parsed.data.customer_id,
        customer: null,
        methods: [toMethodRow(parsed.data)],
      });
    } else {
      const customer_id = readId(record, ['contact_methods', index, 'customer_id']);
      refusals.add({ feed: 'contacts', customer_id, reason: faults(parsed.error), sqlstate: null });
    }
  }
  return items;
}

/** Re-read methods replace the customer's stored ones, so one of another customer would be taken from its owner. */
export const ownMethods = customerSchema
  .refine(({ id, contact_methods }) => (contact_methods ?? []).every((method) => method.customer_id === id), {
    path: ['contact_methods'],
    message: 'one belongs to another customer',
  })
  .refine((customer) => !isUnstorable(customer), UNSTORABLE);
export const storableMethod = contactMethodSchema.refine((method) => !isUnstorable(method), UNSTORABLE);

/** A record that can't be named can't be set aside: the whole batch is refused. The path's last part is the id's key. */
function readId(record: unknown, path: [feed: string, index: number, key: string]): string {
  const value = typeof record === 'object' && record !== null ? Reflect.get(record, path[2]) : undefined;
  return check(customerSchema.shape.id, value, path.join('.'));
}

function check<Schema extends z.ZodType>(schema: Schema, value: unknown, what: string): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new AnswerError(
    400,
    'bad_batch',
    `${what} is not as agreed (${faults(parsed.error)}): deploy the Worker and the function from one version`,
  );
}

/** Fields and rules, never values. */
function faults(error: z.ZodError): string {
  return error.issues
    .slice(0, 5)
    .map((issue) => `${issue.path.join('.') || 'it'}: ${issue.message}`)
    .join('; ')
    .slice(0, 500);
}

interface Answer {
  status: number;
  code: string;
  message: string;
  /** For the log alone. */
  unexpected?: { error: string; at: string[] };
}

function toAnswer(error: unknown): Answer {
  if (error instanceof AnswerError) return { status: error.status, code: error.code, message: error.message };
  if (error instanceof BatchRefused) return { status: 422, code: 'batch_refused', message: error.message };
  const name = error instanceof Error ? error.name : 'unknown';
  // The places without the message, which may hold the data that the code choked on.
  const at = error instanceof Error ? (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line)) : [];
  return {
    status: 500,
    code: 'unexpected',
    message: `it failed unexpectedly (${name}); see its log`,
    unexpected: { error: name, at: at.slice(0, 3).map((line) => line.trim()) },
  };
}
