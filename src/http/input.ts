// What a caller may send, checked before anything is started.
import type { Context } from 'hono';
import { z } from 'zod';
import { Problem } from './problem.ts';

/** Ids are accepted as text or number. */
const asText = (pattern: RegExp, shape: string) =>
  z
    .union([z.string(), z.int().nonnegative()], `has to be ${shape}`)
    .transform(String)
    .pipe(z.string().regex(pattern, `has to be ${shape}`));

export const workspaceId = asText(
  /^[A-Za-z0-9_-]{1,64}$/,
  'text of up to 64 letters, digits, "_" and "-", or a number',
);
export const serviceTitanId = asText(/^\d{1,19}$/, 'a ServiceTitan id: digits only');
export const instanceIdText = z
  .string('is missing')
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_-]{0,99}$/, 'has to be an instance id, such as sync-45963-1770520988299');

/** The JSON body as `schema` wants it. Throws a Problem: 415 not JSON by its type, 400 not JSON or not as described. */
export async function readBody<Schema extends z.ZodType>(context: Context, schema: Schema): Promise<z.output<Schema>> {
  if (!/^application\/json\b/i.test(context.req.header('content-type') ?? '')) {
    throw new Problem(
      415,
      'unsupported_media_type',
      'Send the body as JSON, with the header "Content-Type: application/json".',
    );
  }
  const body: unknown = await context.req.json().catch(() => {
    throw new Problem(400, 'invalid_json', 'The body is not valid JSON.');
  });
  return check(schema, body);
}

/** The query as `schema` wants it; a Problem with 400 otherwise. */
export function readQuery<Schema extends z.ZodType>(context: Context, schema: Schema): z.output<Schema> {
  return check(schema, context.req.query());
}

function check<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`);
  throw new Problem(400, 'invalid_request', faults.join('; '));
}
