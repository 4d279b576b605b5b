// The function's answer to whoever asks which contract it has: in Deno, and by its handler.
import { expect, inject, test } from 'vitest';
import { z } from 'zod';
import { batchEnvelopeSchema, customerSchema, FUNCTION_NAME } from '../../supabase/functions/_shared/contactBatch.ts';
import { CONTRACT_QUESTION, fingerprintOf } from '../../supabase/functions/_shared/contract.ts';

const { supabaseUrl, secretKey, publishableKey } = inject('stack');
const ask = async (body: object, apikey = secretKey) => {
  const response = await fetch(`${supabaseUrl}/functions/v1/${FUNCTION_NAME}`, {
    method: 'POST',
    headers: { apikey, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};

test('in Deno it has the fingerprint that the Worker makes of the same schemas', async () => {
  expect(await ask(CONTRACT_QUESTION)).toEqual({ status: 200, body: { contract: await fingerprintOf() } });
});

test('a stranger is not told it', async () => {
  expect((await ask(CONTRACT_QUESTION, publishableKey)).status).toBe(401);
});

test.for([
  ['another question', { ask: 'else' }],
  ['a question with something beside it', { ...CONTRACT_QUESTION, run: {} }],
])('%s is a bad batch, as it is to a function from before it was asked', async ([, body]) => {
  expect(await ask(body as object)).toMatchObject({ status: 400, body: { error: { code: 'bad_batch' } } });
});

test.for([
  ['a field more', batchEnvelopeSchema.extend({ more: z.string() })],
  ['a field less', batchEnvelopeSchema.omit({ tag_types: true })],
  ['a bound', batchEnvelopeSchema.extend({ customers: z.array(z.unknown()).max(7) })],
  ['a type', batchEnvelopeSchema.extend({ customers: z.string() })],
  ['a field that may be left out', batchEnvelopeSchema.partial({ customers: true })],
] as [string, z.ZodType][])('the fingerprint changes with %s', async ([, changed]) => {
  const [before, after] = await Promise.all([fingerprintOf([batchEnvelopeSchema]), fingerprintOf([changed])]);
  expect(after).not.toBe(before);
});

test('the fingerprint holds the records too, which the envelope takes as they come', async () => {
  const wire = [batchEnvelopeSchema, customerSchema.omit({ balance: true })];
  expect(await fingerprintOf(wire)).not.toBe(await fingerprintOf([batchEnvelopeSchema, customerSchema]));
});
