// What every route is made of: its schemas check the input, type the answer, and become the OpenAPI document.
import { OpenAPIHono, z } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import { describeIssues } from '../../supabase/functions/_shared/shapes.ts';
import type { AppEnv } from './appEnv.ts';
import { Problem } from './problem.ts';

/** A part of the app, whose routes refuse with 400, naming the fields, whatever their schemas don't take. */
export function createApi(): OpenAPIHono<AppEnv> {
  return new OpenAPIHono<AppEnv>({
    defaultHook: (result) => {
      if (result.success) return;
      throw new Problem(400, 'invalid_request', describeIssues(result.error, { most: 20, whole: 'body' }));
    },
  });
}

/**
 * Refuses a body that does not call itself JSON, one without a type included, and a compressed one. Goes with `jsonBody`,
 * which takes fewer ways of writing the type than there are, so it is given the plainest.
 */
export const takesJson: MiddlewareHandler<AppEnv> = async (context, next) => {
  if (!/^application\/json[\t ]*(?:;(?:[^,"]|"[^"]*")*)?$/i.test(context.req.header('content-type') ?? '')) {
    throw new Problem(
      415,
      'unsupported_media_type',
      'Send the body as JSON, with the header "Content-Type: application/json".',
    );
  }
  if (!/^(?:identity)?$/i.test(context.req.header('content-encoding') ?? '')) {
    throw new Problem(415, 'unsupported_media_type', 'Send the body as it is, without a Content-Encoding.');
  }
  const headers = new Headers(context.req.raw.headers);
  headers.set('content-type', 'application/json');
  context.req.raw = new Request(context.req.raw, { headers });
  await next();
};

/** The `request.body` of a route. */
export function jsonBody<Schema extends z.ZodType>(schema: Schema) {
  return { required: true, content: { 'application/json': { schema } } };
}

const refusalSchema = z
  .object({
    success: z.literal(false),
    error: z
      .object({ code: z.string().openapi({ example: 'invalid_request' }), message: z.string() })
      .catchall(z.string())
      .openapi({ description: 'What happened and what to do; beside them what a program needs, such as instanceId.' }),
  })
  .openapi('Refusal');

/** The `responses` of a route: 200 with the fields of `schema` beside `success: true`, and the refusal of everything else. */
export function answers<Shape extends z.ZodRawShape>(description: string, shape: Shape) {
  return {
    200: {
      description,
      content: { 'application/json': { schema: z.object({ success: z.literal(true), ...shape }) } },
    },
    default: { description: 'A refusal', content: { 'application/json': { schema: refusalSchema } } },
  };
}
