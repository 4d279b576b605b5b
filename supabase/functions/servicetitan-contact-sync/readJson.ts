// The body of a request, bounded before and after it is inflated.
import { AnswerError } from './answerError.ts';
import { hearOut } from './hearOut.ts';

const MAX_BYTES = 8 * 1024 * 1024;
const MAX_INFLATED_BYTES = 32 * 1024 * 1024;

/** The JSON of a POST, plain or gzipped. Throws `AnswerError`: 405, 415, 408, 413, 400. */
export async function readJson(request: Request, timeoutMs?: number): Promise<unknown> {
  if (request.method !== 'POST') throw new AnswerError(405, 'method_not_allowed');
  if (headerOf(request, 'content-type')?.split(';')[0]?.trim() !== 'application/json') {
    throw new AnswerError(415, 'unsupported_media_type');
  }
  const encoding = headerOf(request, 'content-encoding') ?? 'identity';
  if (encoding !== 'gzip' && encoding !== 'identity') throw new AnswerError(415, 'unsupported_media_type');

  const heard = new Blob(await hearOut(request.body, MAX_BYTES, timeoutMs));
  const bytes = new Blob(encoding === 'gzip' ? await inflate(heard) : [heard]);
  try {
    // Fatal, for a replaced character would be stored as the customer's own.
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(await bytes.arrayBuffer()));
  } catch {
    throw new AnswerError(400, 'bad_batch', { body: 'not_json' });
  }
}

function headerOf(request: Request, name: string): string | undefined {
  return request.headers.get(name)?.trim().toLowerCase();
}

/** Stops where it is too much: a small body may inflate without end. */
async function inflate(gzipped: Blob): Promise<Uint8Array<ArrayBuffer>[]> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  try {
    for await (const chunk of gzipped.stream().pipeThrough(new DecompressionStream('gzip'))) {
      length += chunk.byteLength;
      if (length > MAX_INFLATED_BYTES) break;
      chunks.push(chunk as Uint8Array<ArrayBuffer>);
    }
  } catch {
    throw new AnswerError(400, 'bad_batch', { body: 'cut_off' });
  }
  if (length > MAX_INFLATED_BYTES)
    throw new AnswerError(413, 'body_too_large', { limit_mib: MAX_INFLATED_BYTES / 1024 / 1024 });
  return chunks;
}
