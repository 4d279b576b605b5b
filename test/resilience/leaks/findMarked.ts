// Finds marked values in bytes, however they are packed: as they are, in UTF-16, gzipped, in base64, and one in the other.
import { constants, gunzipSync } from 'node:zlib';

/** Marked values by the name they are reported under. */
export type Marks = Record<string, string>;

const GZIP_HEADER = Buffer.from([0x1f, 0x8b, 0x08]);
const BASE64_RUN = /[A-Za-z0-9+/_-]{20,}/g;
const DEEPEST = 3;

/** The names of the marks that are in it, sorted. */
export function findMarked(marks: Marks, bytes: Buffer, depth = 0): string[] {
  const found = new Set<string>();
  for (const [name, value] of Object.entries(marks)) {
    const forms = [Buffer.from(value, 'utf8'), Buffer.from(value, 'utf16le'), Buffer.from(encodeURIComponent(value))];
    if (forms.some((form) => bytes.includes(form))) found.add(name);
  }
  if (depth < DEEPEST) {
    for (const inner of [...gunzipped(bytes), ...decoded(bytes)]) {
      for (const name of findMarked(marks, inner, depth + 1)) found.add(name);
    }
  }
  return [...found].sort();
}

function* gunzipped(bytes: Buffer): Generator<Buffer> {
  for (let at = bytes.indexOf(GZIP_HEADER); at !== -1; at = bytes.indexOf(GZIP_HEADER, at + 1)) {
    const stream = bytes.subarray(at);
    try {
      // One that is cut short gives what it has.
      yield gunzipSync(stream, { finishFlush: constants.Z_SYNC_FLUSH });
    } catch {} // three bytes that look like a header
  }
}

/** A run may begin with characters that belong to something else, so it is read from each of four offsets. */
function* decoded(bytes: Buffer): Generator<Buffer> {
  const offsets: Buffer[][] = [[], [], [], []];
  for (const [run] of bytes.toString('latin1').matchAll(BASE64_RUN)) {
    for (const [offset, parts] of offsets.entries()) parts.push(Buffer.from(run.slice(offset), 'base64url'));
  }
  for (const parts of offsets)
    if (parts.length > 0) yield Buffer.concat(parts.flatMap((part) => [part, Buffer.alloc(1)]));
}
