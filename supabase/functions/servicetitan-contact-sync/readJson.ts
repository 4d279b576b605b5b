// The body of a request, bounded before and after it is inflated.
import { AnswerError } from './answerError.ts';

const MAX_BYTES = 8 * 1024 * 1024;
const MAX_INFLATED_BYTES = 32 * 1024 * 1024;

/** The JSON of a POST, plain or gzipped. Throws `AnswerError`: 405, 415, 413, 400. */
export async function readJson(request: Request): Promise<unknown> {
  if (request.method !== 'POST') throw new AnswerError(405, 'method_not_allowed', 'it takes POST');
  if (headerOf(request, 'content-type')?.split(';')[0]?.trim() !== 'application/json') {
    throw new AnswerError(415, 'unsupported_media_type', 'it takes application/json');
  }
  const encoding = headerOf(request, 'content-encoding') ?? 'identity';
  if (encoding !== 'gzip' && encoding !== 'identity') {
    throw new AnswerError(415, 'unsupported_media_type', 'it takes a body that is plain or gzipped');
  }
  const body = bounded(request.body, MAX_BYTES);
  const bytes = await readBytes(
    encoding === 'gzip' ? bounded(body.pipeThrough(new DecompressionStream('gzip')), MAX_INFLATED_BYTES) : body,
  );
  try {
    // Fatal, for a replaced character would be stored as the customer's own.
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new AnswerError(400, 'bad_batch', 'the body is not valid JSON in UTF-8');
  }
}

function headerOf(request: Request, name: string): string | undefined {
  return request.headers.get(name)?.trim().toLowerCase();
}

async function readBytes(body: ReadableStream<Uint8Array>): Promise<ArrayBuffer> {
  try {
    return await new Response(body).arrayBuffer();
  } catch (error) {
    if (error instanceof AnswerError) throw error;
    throw new AnswerError(400, 'bad_batch', 'the body could not be read to its end');
  }
}

function bounded(body: ReadableStream<Uint8Array> | null, limit: number): ReadableStream<Uint8Array<ArrayBuffer>> {
  let bytes = 0;
  const counter = new TransformStream<Uint8Array, Uint8Array<ArrayBuffer>>({
    transform(chunk, controller) {
      bytes += chunk.byteLength;
      if (bytes > limit)
        controller.error(
          new AnswerError(
            413,
            'body_too_large',
            `the body is larger than ${limit / 1024 / 1024} MiB: send fewer records in a batch`,
          ),
        );
      else controller.enqueue(chunk as Uint8Array<ArrayBuffer>);
    },
  });
  return (body ?? new Blob([]).stream()).pipeThrough(counter);
}
