// A page on its way from a fetch step to a sync step: a small header that the run reads, and the rows, gzipped and sealed,
// that only the sync step unpacks. It travels as a byte stream, since an export page is far over the 1 MiB of a plain step
// result; the engine keeps it until retention ends, and customers' data has to be unreadable there.
import type {
  Commit,
  ContactMethod,
  Customer,
  Recheck,
  Rejected,
  TagTypes,
  Unreadable,
} from '../../supabase/functions/_shared/contactBatch.ts';
import type { Bytes } from '../credentials/cipher.ts';
import type { PageSeal } from '../credentials/sealPage.ts';
import { PayloadError } from '../errors.ts';
import type { RecheckEvidence } from '../supabase/ledger.ts';
import type { Doubt } from './doubts.ts';
import type { ListFacts } from './listFacts.ts';
import type { Found, Span } from './span.ts';

/** The records of a page, or of a chunk of it. */
export interface PageRows {
  customers: Customer[];
  contact_methods: ContactMethod[];
  rejected: Rejected[];
  rechecked: Recheck[];
  /** What was left out of the page's records (R20), with its first chunk alone: so it is counted once. */
  unreadable?: Unreadable;
  /** With the first chunk too. */
  tag_types?: TagTypes;
}

export const NO_ROWS: PageRows = { customers: [], contact_methods: [], rejected: [], rechecked: [] };

/** In clear, for `run()` goes by it: counts, and a token that is of no use without the credentials. */
export interface PageHeader {
  /**
   * Customers, contact methods of the feed, rejected records and those passed over, together. 0: nothing to
   * write.
   */
  records: number;
  hasMore: boolean;
  /** Export feeds only. */
  continueFrom: string | null;
  /** The `Date` of the answer, ISO. */
  date: string | null;
  /** Customers of the window, as ServiceTitan counts them with the first page; null with the others. */
  expected: number | null;
  /** R9: a record of the feed is stamped in the future, so its token can't be kept. */
  isPastFuture: boolean;
  /** Of rechecks alone. */
  rechecks: RecheckEvidence | null;
  /** R17: who read it, where it was not the live reader. */
  reader: 'settled' | null;
  /** R17: where the feeds stand behind a page that holds the end of each. */
  commits: Commit[];
  /** R18: customers of the pass that were asked for by id, by what became of them. */
  asked: Asked | null;
  /** R18: customers of which nobody can tell who they are. */
  unnamed: number;
  /** R10: the customers were asked for by id because they are in the quarantine. */
  retriesQuarantined: boolean;
  /** Export feeds only: the newest `modifiedOn` of the batch. */
  stamp: string | null;
  /** The customers list only: what the page says of its window. */
  list: ListFacts | null;
  /** What the step could not make sure of. */
  doubts: Doubt[];
  /** Spans that a page of a span had no time for. */
  rest: Span[];
}

/** Customers by what asking for them by id has brought (R18). */
export interface Asked {
  answered: string[];
  /** ServiceTitan says that they do not exist. */
  gone: string[];
  /** No answer was to be believed. */
  unread: string[];
}

/**
 * What a fetch step found out without reading a page: that there is too much to read at once, a date to go on from, that
 * the export does not take its own token (R12), or that ServiceTitan wants to be asked later and nobody waits.
 */
export interface Note {
  note: { tooMuch: true } | { found: Found } | { tokenRefused: true } | { later: true };
}

/** `isHurried`: the step narrowed already, and the next one has to go on so. */
export interface Wait {
  waitMs: number;
  isHurried: boolean;
}

/** A page, a note, or ServiceTitan's wish to be asked later. */
export type FetchResult = ReadPage | Note | Wait;

export interface ReadPage {
  header: PageHeader;
  rows: PageRows;
}

/** How long the step took, the attempts before reckoned in, and how many calls the last one made. */
export interface Effort {
  ms: number;
  calls: number;
}

/** More calls than this might not end within a sync step's deadline, so a large page goes by larger chunks than was set. */
const MAX_CHUNKS = 100;

/**
 * R24: a chunk is no larger in JSON, but for one record that is. The function takes 8 MiB, and what it makes of a chunk has to
 * pass the Data API and a statement's time.
 */
const MAX_CHUNK_BYTES = 2 * 1024 * 1024;

const LENGTH_BYTES = 4;

/**
 * Packs a fetch result: the header (JSON), then each chunk of at most about `chunkSize` records (JSON, gzipped, sealed), every
 * part behind its length (uint32). In chunks, so that the sync step sends the first before it has unpacked the last, and never
 * holds them all.
 */
export async function packPage(
  result: FetchResult,
  chunkSize: number,
  pageSeal: PageSeal,
  effort: Effort = { ms: 0, calls: 0 },
): Promise<ReadableStream<Uint8Array>> {
  if (!('header' in result)) return toStream([new TextEncoder().encode(JSON.stringify({ ...result, ...effort }))]);
  const chunks = toChunks(result.rows, chunkSize);
  const header: PackedHeader = { ...result.header, chunks: chunks.length, ...effort };
  const headerText = JSON.stringify(header);
  const parts: Bytes[] = [new TextEncoder().encode(headerText)];
  for (const [index, chunk] of chunks.entries()) {
    const sealed = await pageSeal.seal(boundTo(headerText, index), await gzip(JSON.stringify(chunk)));
    parts.push(await sealed.arrayBuffer());
  }
  return toStream(parts);
}

interface PackedHeader extends PageHeader, Effort {
  chunks: number;
}

/** A page between the two steps. */
export interface PackedPage extends PackedHeader {
  /** Size in the engine's state. */
  bytes: number;
  /** Opens and unpacks a chunk, counted from 0; may be called again when a sync step is repeated. */
  readChunk: (index: number) => Promise<PageRows>;
}

/**
 * Reads the header. The stream is read whole at once: one that is consumed inside a step is locked on its retry. Rejects with
 * `PayloadError` when there are not as many chunks as the header says: nothing of such a page may be taken for written.
 */
export async function unpackPage(
  stream: ReadableStream<Uint8Array>,
  pageSeal: PageSeal,
): Promise<PackedPage | (Note & Effort) | (Wait & Effort)> {
  const bytes = await new Response(stream).arrayBuffer();
  const [headerBytes, ...sealed] = toParts(bytes);
  const headerText = new TextDecoder().decode(headerBytes);
  const header: PackedHeader | (Note & Effort) | (Wait & Effort) = JSON.parse(headerText);
  if (!('records' in header)) return header;
  if (sealed.length === 0 || sealed.length !== header.chunks) {
    throw new PayloadError(
      'A page in the state of this run is not whole, or was packed by another version of the Worker: the next run reads it from ServiceTitan again.',
    );
  }
  const readChunk = async (index: number) =>
    JSON.parse(await gunzip(await pageSeal.open(boundTo(headerText, index), sealed[index]!)));
  return { ...header, bytes: bytes.byteLength, readChunk };
}

/**
 * Cuts a page into chunks of at most that many records of each kind and of about 2 MiB, whichever comes first; at least one
 * chunk.
 */
export function toChunks(rows: PageRows, wantedSize: number): PageRows[] {
  const { customers, contact_methods, rejected, rechecked, unreadable, tag_types } = rows;
  const longest = Math.max(...[customers, contact_methods, rejected, rechecked].map(({ length }) => length), 1);
  const size = Math.max(wantedSize, Math.ceil(longest / MAX_CHUNKS));
  const starts = [0];
  let bytes = 0;
  for (let index = 0; index < longest; index += 1) {
    const more = [customers, contact_methods, rejected, rechecked].reduce((sum, kind) => sum + bytesOf(kind[index]), 0);
    if (index > starts.at(-1)! && (index - starts.at(-1)! >= size || bytes + more > MAX_CHUNK_BYTES)) {
      starts.push(index);
      bytes = 0;
    }
    bytes += more;
  }
  return starts.map((from, index) => {
    const to = starts[index + 1] ?? longest;
    return {
      customers: customers.slice(from, to),
      contact_methods: contact_methods.slice(from, to),
      rejected: rejected.slice(from, to),
      rechecked: rechecked.slice(from, to),
      ...(unreadable && index === 0 ? { unreadable } : {}),
      ...(tag_types !== undefined && index === 0 ? { tag_types } : {}),
    };
  });
}

const encoder = new TextEncoder();

/** In JSON and UTF-8, with the comma. */
function bytesOf(record: unknown): number {
  return record === undefined ? 0 : encoder.encode(JSON.stringify(record)).byteLength + 1;
}

/** A chunk opens in its own place of its own page alone. */
function boundTo(headerText: string, index: number): Bytes {
  return new TextEncoder().encode(`${headerText}/${index}`);
}

function toStream(parts: Bytes[]): ReadableStream<Uint8Array> {
  return new Blob(
    parts.flatMap((part) => {
      const length = new Uint8Array(LENGTH_BYTES);
      new DataView(length.buffer).setUint32(0, part.byteLength);
      return [length, part];
    }),
  ).stream();
}

function toParts(bytes: ArrayBuffer): ArrayBuffer[] {
  const parts: ArrayBuffer[] = [];
  for (let at = 0; at < bytes.byteLength;) {
    const from = at + LENGTH_BYTES;
    at = from + new DataView(bytes).getUint32(at);
    parts.push(bytes.slice(from, at));
  }
  return parts;
}

function gzip(text: string): Promise<ArrayBuffer> {
  return new Response(new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'))).arrayBuffer();
}

function gunzip(bytes: ArrayBuffer): Promise<string> {
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).text();
}
