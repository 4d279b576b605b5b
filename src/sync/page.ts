// A page on its way from a fetch step to a sync step: a small header that the run reads, and the rows, gzipped and sealed,
// that only the sync step unpacks. It travels as a byte stream, since an export page is far over the 1 MiB of a plain step
// result; the engine keeps it until retention ends, and customers' data has to be unreadable there.
import type { ContactMethod, Customer, Rejected } from '../../supabase/functions/_shared/contactBatch.ts';
import type { PageSeal } from '../credentials/sealPage.ts';

export interface PageRows {
  customers: Customer[];
  contact_methods: ContactMethod[];
  rejected: Rejected[];
}

/** In clear, for `run()` goes by it: counts, and a token that is of no use without the credentials. */
export interface PageHeader {
  /** Customers, contact methods of the feed, and rejected records together. 0: nothing to write. */
  records: number;
  hasMore: boolean;
  /** Export feeds only. */
  continueFrom: string | null;
  /** The `Date` of the answer, ISO. */
  date: string | null;
  /** Calls to ServiceTitan it took. */
  calls: number;
  /** Customers of the window, as ServiceTitan counts them with the first page; null with the others. */
  expected: number | null;
}

/** Either a page, or ServiceTitan's wish to be asked later. */
export type FetchResult = { header: PageHeader; rows: PageRows } | { waitMs: number };

const PREFIX_BYTES = 4;

/** Packs a fetch result: length of the header (uint32), header (JSON), rows (JSON, gzipped, sealed). */
export async function packPage(result: FetchResult, pageSeal: PageSeal): Promise<ReadableStream<Uint8Array>> {
  const head = 'waitMs' in result ? { waitMs: result.waitMs } : result.header;
  const header = new TextEncoder().encode(JSON.stringify(head));
  const prefix = new Uint8Array(PREFIX_BYTES);
  new DataView(prefix.buffer).setUint32(0, header.length);
  const rows = 'rows' in result ? await pageSeal.seal(header, await gzip(JSON.stringify(result.rows))) : '';
  return new Blob([prefix, header, rows]).stream();
}

/** A page between the two steps. */
export interface PackedPage extends PageHeader {
  /** Size in the engine's state. */
  bytes: number;
  /** Opens and unpacks the rows; may be called again when a sync step is repeated. */
  rows: () => Promise<PageRows>;
}

/** Reads the header. The stream is read whole at once: one that is consumed inside a step is locked on its retry. */
export async function unpackPage(
  stream: ReadableStream<Uint8Array>,
  pageSeal: PageSeal,
): Promise<PackedPage | { waitMs: number }> {
  const bytes = await new Response(stream).arrayBuffer();
  const headerEnd = PREFIX_BYTES + new DataView(bytes).getUint32(0);
  const header = bytes.slice(PREFIX_BYTES, headerEnd);
  const head: PageHeader | { waitMs: number } = JSON.parse(new TextDecoder().decode(header));
  if ('waitMs' in head) return head;
  const rows = async () => JSON.parse(await gunzip(await pageSeal.open(header, bytes.slice(headerEnd))));
  return { ...head, bytes: bytes.byteLength, rows };
}

function gzip(text: string): Promise<ArrayBuffer> {
  return new Response(new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'))).arrayBuffer();
}

function gunzip(bytes: ArrayBuffer): Promise<string> {
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).text();
}
