// The body of a request, bounded before and after it is inflated.

const MAX_BYTES = 8 * 1024 * 1024;
const MAX_INFLATED_BYTES = 32 * 1024 * 1024;

/** A request that is refused as it stands. */
export class BadRequest extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** The JSON of a POST, plain or gzipped. Throws `BadRequest`: 405, 415, 413, 400. */
export async function readJson(request: Request): Promise<unknown> {
  if (request.method !== 'POST') throw new BadRequest(405, 'method_not_allowed', 'it takes POST');
  if (!/^application\/json\b/i.test(request.headers.get('content-type') ?? '')) {
    throw new BadRequest(415, 'unsupported_media_type', 'it takes application/json');
  }
  const isGzip = request.headers.get('content-encoding') === 'gzip';
  const body = bounded(request.body, MAX_BYTES);
  const text = await readText(
    isGzip ? bounded(body.pipeThrough(new DecompressionStream('gzip')), MAX_INFLATED_BYTES) : body,
  );
  try {
    return JSON.parse(text);
  } catch {
    throw new BadRequest(400, 'bad_batch', 'the body is not valid JSON');
  }
}

async function readText(body: ReadableStream<Uint8Array>): Promise<string> {
  try {
    return await new Response(body).text();
  } catch (error) {
    if (error instanceof BadRequest) throw error;
    throw new BadRequest(400, 'bad_batch', 'the body could not be read to its end');
  }
}

function bounded(body: ReadableStream<Uint8Array> | null, limit: number): ReadableStream<Uint8Array<ArrayBuffer>> {
  let bytes = 0;
  const counter = new TransformStream<Uint8Array, Uint8Array<ArrayBuffer>>({
    transform(chunk, controller) {
      bytes += chunk.byteLength;
      if (bytes > limit)
        controller.error(new BadRequest(413, 'body_too_large', `the body is larger than ${limit / 1024 / 1024} MiB`));
      else controller.enqueue(chunk as Uint8Array<ArrayBuffer>);
    },
  });
  return (body ?? new Blob([]).stream()).pipeThrough(counter);
}
