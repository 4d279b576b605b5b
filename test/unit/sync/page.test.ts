import { expect, test } from 'vitest';
import type { Config } from '../../../src/config.ts';
import { createPageSeal, type PageSeal } from '../../../src/credentials/sealPage.ts';
import { packPage, type PageHeader, unpackPage } from '../../../src/sync/page.ts';

const header: PageHeader = {
  records: 1,
  hasMore: true,
  continueFrom: 'token',
  date: '2026-02-08T10:00:00.000Z',
  expected: null,
  isPastFuture: false,
  rechecks: null,
  reader: null,
  commits: [],
  asked: null,
  unnamed: 0,
  retriesQuarantined: false,
  stamp: null,
  list: null,
  doubts: [],
  rest: [],
};
const rows = {
  customers: [],
  contact_methods: [],
  rechecked: [],
  rejected: [{ feed: 'customers' as const, customer_id: '7', reason: 'Größe – ✓' }],
};
const run = { workspaceId: '45963', instanceId: 'sync-45963-1770520988299' };
const sealOf = (of: typeof run, key: string, previous?: string) =>
  createPageSeal(
    {
      CREDENTIALS_KEY: btoa(key.repeat(32)),
      CREDENTIALS_KEY_PREVIOUS: previous && btoa(previous.repeat(32)),
    } as Config,
    of,
  );
const pageSeal = sealOf(run, 'a');

async function unpacked(stream: ReadableStream<Uint8Array>, openedWith: PageSeal = pageSeal) {
  const page = await unpackPage(stream, openedWith);
  if (!('records' in page)) throw new Error('not a page');
  return page;
}

test('a page arrives as it was packed', async () => {
  const page = await unpacked(await packPage({ header, rows }, 500, pageSeal, { ms: 12, calls: 2 }));
  expect(page).toMatchObject({ ...header, ms: 12, calls: 2 });
  expect(await page.readChunk(0)).toEqual(rows);
});

test('its rows can be unpacked again when the sync step is repeated', async () => {
  const page = await unpacked(await packPage({ header, rows }, 500, pageSeal));
  expect(await page.readChunk(0)).toEqual(await page.readChunk(0));
});

test('a page is cut into chunks of the size asked for, and a hundred at most, whose records together are its own', async () => {
  const ids = Array.from({ length: 1050 }, (_, index) => String(index));
  const many = { ...rows, rechecked: [], rejected: ids.map((customer_id) => ({ ...rows.rejected[0]!, customer_id })) };
  for (const [chunkSize, chunks] of [
    [500, 3],
    [1, 96],
  ] as const) {
    const page = await unpacked(await packPage({ header, rows: many }, chunkSize, pageSeal));
    expect(page.chunks).toBe(chunks);
    const read = await Promise.all(Array.from({ length: chunks }, (_, index) => page.readChunk(index)));
    expect(read.flatMap(({ rejected }) => rejected.map(({ customer_id }) => customer_id))).toEqual(ids);
  }
});

test('R20: what could not be read is in the first chunk alone, and in it where the page has no other record', async () => {
  const unreadable = { 'customer.type': 2 };
  const ids = Array.from({ length: 3 }, (_, index) => String(index));
  const many = { ...rows, unreadable, rejected: ids.map((customer_id) => ({ ...rows.rejected[0]!, customer_id })) };
  for (const content of [many, { ...rows, unreadable, rejected: [] }]) {
    const page = await unpacked(await packPage({ header, rows: content }, 1, pageSeal));
    const read = await Promise.all(Array.from({ length: page.chunks }, (_, index) => page.readChunk(index)));
    expect(read.map((chunk) => chunk.unreadable)).toEqual([unreadable, ...read.slice(1).map(() => undefined)]);
  }
});

test('a chunk that is missing, or stands in the place of another, is not taken for the page (R12)', async () => {
  const two = { ...rows, rechecked: [], rejected: [rows.rejected[0]!, { ...rows.rejected[0]!, customer_id: '8' }] };
  const bytes = new Uint8Array(await new Response(await packPage({ header, rows: two }, 1, pageSeal)).arrayBuffer());
  const [head, first, second] = partsOf(bytes);
  await expect(unpacked(new Blob([head!, first!]).stream())).rejects.toThrow(/is not whole/);
  await expect(unpacked(new Blob([head!]).stream())).rejects.toThrow(/is not whole/);
  const swapped = await unpacked(new Blob([head!, second!, first!]).stream());
  await expect(swapped.readChunk(0)).rejects.toThrow(/was changed/);
});

/** The parts of a page, each with the length in front of it. */
function partsOf(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>[] {
  const parts = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + 4 + new DataView(bytes.buffer).getUint32(at);
    parts.push(bytes.slice(at, end));
    at = end;
  }
  return parts;
}

test('the rows are compressed, then sealed', async () => {
  const many = { ...rows, rechecked: [], rejected: Array.from({ length: 1000 }, () => rows.rejected[0]!) };
  const page = await unpacked(await packPage({ header, rows: many }, 500, pageSeal));
  expect(page.bytes).toBeLessThan(JSON.stringify(many).length / 10);

  const bytes = await new Response(await packPage({ header, rows }, 500, pageSeal)).arrayBuffer();
  const text = new TextDecoder('latin1').decode(bytes);
  expect(text).toContain('"records":1');
  expect(text).not.toContain('\x1f\x8b'); // of gzip
});

test('a page sealed with the previous key opens while the key is being changed', async () => {
  const page = await unpacked(await packPage({ header, rows }, 500, sealOf(run, 'a')), sealOf(run, 'b', 'a'));
  expect(await page.readChunk(0)).toEqual(rows);
});

test.for([
  ['with another key', sealOf(run, 'b'), /sealed with another CREDENTIALS_KEY/],
  ['for another workspace', sealOf({ ...run, workspaceId: '1' }, 'a'), /belongs to another run/],
  ['for another run', sealOf({ ...run, instanceId: 'sync-45963-1' }, 'a'), /belongs to another run/],
] as const)('a page sealed %s does not open', async ([, other, reason]) => {
  const page = await unpacked(await packPage({ header, rows }, 500, other));
  await expect(page.readChunk(0)).rejects.toThrow(reason);
});

test('a page whose header or rows were changed does not open', async () => {
  const effort = { ms: 12, calls: 2 };
  const packed = await packPage({ header, rows }, 500, pageSeal, effort);
  const bytes = new Uint8Array(await new Response(packed).arrayBuffer());
  const calls = new TextDecoder('latin1').decode(bytes).indexOf('"calls":2') + '"calls":'.length;
  for (const at of [calls, bytes.length - 1]) {
    const changed = bytes.with(at, bytes[at]! ^ 1);
    await expect((await unpacked(new Blob([changed]).stream())).readChunk(0)).rejects.toThrow(/was changed/);
  }
});

test('a wish to be asked later is told from a page', async () => {
  expect(await unpackPage(await packPage({ waitMs: 7000, isHurried: false }, 500, pageSeal), pageSeal)).toEqual({
    waitMs: 7000,
    isHurried: false,
    ms: 0,
    calls: 0,
  });
});
