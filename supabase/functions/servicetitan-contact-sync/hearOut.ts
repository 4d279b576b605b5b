// A body is heard to its end before it is answered, also where it is refused: one that is left unheard on a kept connection
// holds up the calls that come after it.
import { AnswerError } from './answerError.ts';

/** So long a caller may take. */
const TIMEOUT_MS = 30_000;
const MIB = 1024 * 1024;

/** The whole body. Throws `AnswerError`: 413 when it is longer than `limit`, 408 when it does not end in time, 400 when it breaks off. */
export async function hearOut(
  body: ReadableStream<Uint8Array> | null,
  limit: number,
  timeoutMs = TIMEOUT_MS,
): Promise<Uint8Array<ArrayBuffer>[]> {
  let chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for await (const chunk of chunksOf(body, timeoutMs)) {
    length += chunk.byteLength;
    if (length <= limit) chunks.push(chunk as Uint8Array<ArrayBuffer>);
    else chunks = []; // what is too long is heard and not kept
  }
  if (length > limit) throw new AnswerError(413, 'body_too_large', { limit_mib: limit / MIB });
  return chunks;
}

/** Hears what nobody has read, and keeps nothing of it. False where it did not come to an end: the connection has to go. */
export async function hearRest(request: Request, timeoutMs = TIMEOUT_MS): Promise<boolean> {
  if (request.body === null || request.bodyUsed || request.body.locked) return true;
  try {
    for await (const _ of chunksOf(request.body, timeoutMs));
    return true;
  } catch {
    return false;
  }
}

async function* chunksOf(body: ReadableStream<Uint8Array> | null, timeoutMs: number): AsyncGenerator<Uint8Array> {
  if (body === null) return;
  const reader = body.getReader();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), timeoutMs);
  });
  try {
    for (;;) {
      const next = await Promise.race([reader.read().catch(() => 'broken' as const), late]);
      if (next === 'broken') throw new AnswerError(400, 'bad_batch', { body: 'cut_off' });
      if (next === 'late') {
        reader.cancel().catch(() => {});
        throw new AnswerError(408, 'body_too_slow');
      }
      if (next.done) return;
      yield next.value;
    }
  } finally {
    clearTimeout(timer);
  }
}
