// Which contract a side was deployed with. It is a fingerprint of the schemas themselves, so that nobody
// counts versions.
import { z } from 'zod';
import { batchErrorSchema } from './batchError.ts';
import {
  batchEnvelopeSchema,
  batchResultSchema,
  contactMethodSchema,
  customerSchema,
  recheckSchema,
} from './contactBatch.ts';

/** In place of a batch: asks which contract the function was deployed with. It reads and writes nothing. */
export const contractQuestionSchema = z.strictObject({ ask: z.literal('contract') });
export const CONTRACT_QUESTION = { ask: 'contract' } satisfies z.infer<typeof contractQuestionSchema>;

export const contractAnswerSchema = z.object({ contract: z.string().regex(/^[0-9a-f]{64}$/) });

/** All that crosses the wire. The records stand apart, because the envelope takes any. */
const WIRE: readonly z.ZodType[] = [
  batchEnvelopeSchema,
  customerSchema,
  contactMethodSchema,
  recheckSchema,
  batchResultSchema,
  batchErrorSchema,
];

/** The same on both sides where they were deployed from one version of the contract. */
export async function fingerprintOf(wire: readonly z.ZodType[] = WIRE): Promise<string> {
  const shapes = wire.map((schema) => z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }));
  const bytes = new TextEncoder().encode(JSON.stringify(shapes));
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
