// What of a request is refused before its records are looked at.
import { describe, expect, test } from 'vitest';
import { readJson } from '../../supabase/functions/servicetitan-contact-sync/readJson.ts';

const MIB = 1024 * 1024;
const gzip = async (text: string) =>
  new Response(new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'))).arrayBuffer();

function read(
  body: string | Uint8Array<ArrayBuffer> | ArrayBuffer | null,
  headers: Record<string, string> = {},
  method = 'POST',
): Promise<unknown> {
  return readJson(
    new Request('https://project.example/', {
      method,
      body,
      headers: { 'content-type': 'application/json', ...headers },
    }),
  );
}

test.for([
  ['application/json'],
  ['application/json; charset=utf-8'],
  ['Application/JSON'],
  ['application/json ;charset=utf-8'],
  [' APPLICATION/JSON ; x=y'],
])('%s is read', async ([type]) => {
  expect(await read('{"a":1}', { 'content-type': type! })).toEqual({ a: 1 });
});

test.for([
  ['another method', 405, { method: 'PUT' }],
  ['text', 415, { headers: { 'content-type': 'text/plain' } }],
  ['a relative of JSON', 415, { headers: { 'content-type': 'application/json-seq' } }],
  ['another encoding', 415, { headers: { 'content-encoding': 'br' } }],
] as const)('%s is refused with %i', async ([, status, options]) => {
  const { headers = {}, method = 'POST' }: { headers?: Record<string, string>; method?: string } = options;
  await expect(read('{}', headers, method)).rejects.toMatchObject({ status });
});

test.for([
  ['no body', null],
  ['half a body', '{"run":'],
  ['bytes that are not UTF-8, which would be stored as other characters', new Uint8Array([0x22, 0xff, 0x22])],
] as const)('%s is refused with 400 and without a word of it', async ([, body]) => {
  await expect(read(body)).rejects.toMatchObject({ status: 400, message: 'the body is not valid JSON in UTF-8' });
});

describe('gzip', () => {
  test('is read, however the header is written', async () => {
    expect(await read(await gzip('{"a":1}'), { 'content-encoding': 'GZIP' })).toEqual({ a: 1 });
  });

  test('that is none, or breaks off, is refused with 400', async () => {
    const half = (await gzip('{"a":1}')).slice(0, 15);
    await expect(read('{}', { 'content-encoding': 'gzip' })).rejects.toMatchObject({ status: 400 });
    await expect(read(half, { 'content-encoding': 'gzip' })).rejects.toMatchObject({ status: 400 });
  });
});

describe('bounds', () => {
  test('8 MiB are read, one byte more is refused with 413', async () => {
    expect(await read(`"${'x'.repeat(8 * MIB - 2)}"`)).toHaveLength(8 * MIB - 2);
    await expect(read(`"${'x'.repeat(8 * MIB - 1)}"`)).rejects.toMatchObject({ status: 413 });
  });

  test('32 MiB inflated are read, one byte more is refused with 413', async () => {
    const inflating = async (bytes: number) => gzip(`"${'x'.repeat(bytes - 2)}"`);
    expect(await read(await inflating(32 * MIB), { 'content-encoding': 'gzip' })).toHaveLength(32 * MIB - 2);
    await expect(read(await inflating(32 * MIB + 1), { 'content-encoding': 'gzip' })).rejects.toMatchObject({
      status: 413,
    });
  });
});
