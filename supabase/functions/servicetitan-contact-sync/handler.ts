// The Edge Function's behaviour: (request, dependencies) => answer. Web standards alone, so it runs in Deno and in tests.
import {
  type BatchEnvelope,
  batchEnvelopeSchema,
  CORRELATION_HEADER,
  customerSchema,
} from '../_shared/contactBatch.ts';
import { contractQuestionSchema, fingerprintOf } from '../_shared/contract.ts';
import { fieldsOf } from '../_shared/refusal.ts';
import { tellErrorName } from '../_shared/shapes.ts';
import type { z } from 'zod';
import { AnswerError } from './answerError.ts';
import type { Rpc } from './database.ts';
import { regradeSlice } from './gradeAnew.ts';
import { readJson } from './readJson.ts';
import { toContactRow, toMethodRow, toMethodRows, toRecheckedRows } from './toContactRow.ts';
import { Refusals } from './refusals.ts';
import { setMethodsAside } from './setMethodsAside.ts';
import { ownMethods, ownRecheck, storableMethod } from './sound.ts';
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
    const body = await readJson(request);
    if (contractQuestionSchema.safeParse(body).success)
      return answer(200, { contract: await fingerprintOf() }, { event: 'contract_asked' });
    const envelope = check(batchEnvelopeSchema, body, []);
    run = envelope.run;
    if (envelope.regrade) {
      const regraded = await regradeSlice(run, envelope.regrade.after, rpc);
      return answer(200, regraded, { updated: regraded.updated, regraded: true });
    }
    const refusals = new Refusals(envelope.rejected);
    const items = toItems(envelope, refusals);
    const { commit, retries_quarantined, reader, tag_types, pass, unreadable } = envelope;
    const result = await writeBatch(
      { run, items, refusals, reading: { retries_quarantined, reader, tag_types, pass }, unreadable, commit },
      rpc,
    );
    return answer(200, result, { ...result, errors: result.errors.length });
  } catch (error) {
    const { status, code, details, message } = toAnswer(error);
    // The sentence is for people who call by hand: the Worker makes its own of the code and the details.
    const response = answer(status, { error: { code, message, details } }, { code, ...details, ...whereThrown(error) });
    if (status === 405) response.headers.set('allow', 'POST');
    return response;
  }
}

/** Null for what is no such id: nothing that a caller makes up goes into the log. */
function correlationOf(request: Request): string | null {
  const given = request.headers.get(CORRELATION_HEADER) ?? '';
  return /^[\w-]{1,100}\/\d{1,9}\/\d{1,9}$/.test(given) ? given : null;
}

const NO_READING = { witness: null, is_whole: false };

/** Each record is checked on its own; a bad one is set aside by its customer's id. */
function toItems(envelope: BatchEnvelope, refusals: Refusals): Item[] {
  const items: Item[] = [];
  const home = envelope.run.country;
  for (const [index, record] of envelope.customers.entries()) {
    const whole = ownMethods.safeParse(record);
    const apart = whole.success ? null : setMethodsAside(record, ownMethods);
    const parsed = apart?.record ?? whole;
    if (parsed.success) {
      items.push({
        feed: 'customers',
        customerId: parsed.data.id,
        customer: toContactRow(parsed.data, home),
        methods: toMethodRows(parsed.data, home),
      });
      if (apart) {
        refusals.add({ feed: 'contacts', customer_id: parsed.data.id, parts: fieldsOf(apart.fault) });
      }
    } else {
      const customer_id = readId(record, ['customers', index, 'id']);
      refusals.add({ feed: 'customers', customer_id, parts: fieldsOf(parsed.error) });
    }
  }
  for (const [index, record] of envelope.contact_methods.entries()) {
    const parsed = storableMethod.safeParse(record);
    if (parsed.success) {
      items.push({
        feed: 'contacts',
        customerId: parsed.data.customer_id,
        customer: null,
        methods: [toMethodRow(parsed.data, home)],
      });
    } else {
      const customer_id = readId(record, ['contact_methods', index, 'customer_id']);
      refusals.add({ feed: 'contacts', customer_id, parts: fieldsOf(parsed.error) });
    }
  }
  for (const [index, record] of envelope.rechecked.entries()) {
    const whole = ownRecheck.safeParse(record);
    const apart = whole.success ? null : setMethodsAside(record, ownRecheck);
    const parsed = apart?.record ?? whole;
    const fault = apart?.fault ?? parsed.error;
    if (parsed.success) {
      const { customer_id, customer, contact_methods } = parsed.data;
      // Without a readable id of each method nobody can say what the reading lacks: it is no witness.
      const { witness, is_whole } = contact_methods === null ? NO_READING : parsed.data;
      items.push({
        feed: 'contacts',
        customerId: customer_id,
        customer: customer && toContactRow(customer, home),
        methods: toRecheckedRows(parsed.data, home),
        recheck: { crm_id: customer_id, witness, is_whole },
      });
    }
    if (fault) {
      const customer_id = readId(record, ['rechecked', index, 'customer_id']);
      refusals.add({ feed: 'contacts', customer_id, parts: fieldsOf(fault) });
    }
  }
  return items;
}

/** A record that can't be named can't be set aside: the whole batch is refused. The path's last part is the id's key. */
function readId(record: unknown, path: [feed: string, index: number, key: string]): string {
  const value = typeof record === 'object' && record !== null ? Reflect.get(record, path[2]) : undefined;
  return check(customerSchema.shape.id, value, path);
}

function check<Schema extends z.ZodType>(schema: Schema, value: unknown, path: (string | number)[]): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new AnswerError(400, 'bad_batch', fieldsOf(parsed.error, path));
}

function toAnswer(error: unknown): AnswerError {
  if (error instanceof AnswerError) return error;
  return new AnswerError(500, 'unexpected', { error_name: tellErrorName(error) });
}

/** For the log: the places without the message, which may hold the data that the code choked on. */
function whereThrown(error: unknown): object {
  if (error instanceof AnswerError) return {};
  const at = error instanceof Error ? (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line)) : [];
  return { error: tellErrorName(error), at: at.slice(0, 3).map((line) => line.trim()) };
}
