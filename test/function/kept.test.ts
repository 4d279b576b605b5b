// A refused call and those that come after it on the same connection, on the real Deno behind the gateway. A body that was left
// unheard would hold up the second next call until its caller gives up.
import { randomBytes } from 'node:crypto';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect, inject, onTestFinished, test } from 'vitest';
import { hearOut, hearRest } from '../../supabase/functions/servicetitan-contact-sync/hearOut.ts';
import { readJson } from '../../supabase/functions/servicetitan-contact-sync/readJson.ts';
import { batchOf } from './rows.ts';

const { supabaseUrl, secretKey } = inject('stack');
const url = `${supabaseUrl}/functions/v1/servicetitan-contact-sync`;
const MIB = 1024 * 1024;
const good = Buffer.from(JSON.stringify(batchOf()));
const GAVE_UP_MS = 15_000;

interface Asked {
  method?: string;
  headers?: Record<string, string>;
  body?: Buffer;
  chunked?: boolean;
}

/** Status and error code, or that there was no answer. */
function ask(agent: Agent, { method = 'POST', headers = {}, body = good, chunked = false }: Asked = {}) {
  return new Promise<string>((resolve) => {
    const length = chunked ? {} : { 'content-length': String(body.length) };
    const call = request(
      url,
      {
        method,
        agent,
        headers: { apikey: secretKey, 'content-type': 'application/json', ...length, ...headers },
        signal: AbortSignal.timeout(GAVE_UP_MS),
      },
      async (answer) => {
        let text = '';
        for await (const part of answer) text += String(part);
        resolve(`${answer.statusCode} ${JSON.parse(text).error?.code}`);
      },
    );
    call.on('error', () => resolve('no answer'));
    if (!chunked) return void call.end(body);
    for (let at = 0; at < body.length; at += 65_536) call.write(body.subarray(at, at + 65_536));
    call.end();
  });
}

const large = Buffer.alloc(20 * MIB, '"');
const noise = randomBytes(9 * MIB);

test.for<[string, string, Asked]>([
  ['more than 8 MiB', '413 body_too_large', { body: large }],
  ['more than 8 MiB without a length', '413 body_too_large', { body: large, chunked: true }],
  ['another method', '405 method_not_allowed', { body: large, method: 'PUT' }],
  ['another content type', '415 unsupported_media_type', { body: large, headers: { 'content-type': 'text/plain' } }],
  ['another encoding', '415 unsupported_media_type', { body: large, headers: { 'content-encoding': 'br' } }],
  ['no JSON', '400 bad_batch', { body: large.subarray(0, 7 * MIB) }],
  ['no key', '401 unauthorized', { body: large, headers: { apikey: '' } }],
  [
    'a wrong key, without a length',
    '401 unauthorized',
    { body: large, chunked: true, headers: { apikey: 'sb_secret_x' } },
  ],
  ['no gzip', '400 bad_batch', { body: noise.subarray(0, 7 * MIB), headers: { 'content-encoding': 'gzip' } }],
  ['too much gzip', '413 body_too_large', { body: noise, headers: { 'content-encoding': 'gzip' } }],
  [
    'a small gzip that inflates without end',
    '413 body_too_large',
    { body: gzipSync(Buffer.alloc(200 * MIB, '"')), headers: { 'content-encoding': 'gzip' } },
  ],
])('after %s the next calls on the same connection are answered', async ([, refusal, asked]) => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  expect(await ask(agent, asked)).toBe(refusal);
  expect(await ask(agent)).toBe('409 superseded');
  expect(await ask(agent)).toBe('409 superseded');
});

test('a caller who stops sending half-way holds up nobody else', async () => {
  const { hostname, port } = new URL(url);
  const silent = connect(Number(port), hostname);
  onTestFinished(() => void silent.destroy());
  await new Promise<void>((resolve) => silent.once('connect', resolve));
  silent.write(
    `POST /functions/v1/servicetitan-contact-sync HTTP/1.1\r\nhost: ${hostname}\r\napikey: ${secretKey}\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{"run":`,
  );
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  expect(await Promise.all(Array.from({ length: 4 }, () => ask(agent)))).toEqual(Array(4).fill('409 superseded'));
});

/** Sends something and then nothing more; counts whether it was let go. */
function stalling(first: string) {
  let cancelled = 0;
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode(first)),
    cancel: () => void (cancelled += 1),
  });
  const init = { method: 'POST', body, duplex: 'half' as const, headers: { 'content-type': 'application/json' } };
  return { request: new Request('https://project.example/', init), cancelled: () => cancelled };
}

test('a body that does not come to its end is given up', async () => {
  const read = stalling('{"run":');
  await expect(readJson(read.request, 20)).rejects.toMatchObject({ status: 408, code: 'body_too_slow' });
  expect(read.cancelled()).toBe(1);

  const refused = stalling('x');
  expect(await hearRest(refused.request, 20)).toBe(false);
  expect(refused.cancelled()).toBe(1);
});

test('what is too long is heard to its end and not kept', async () => {
  let sent = 0;
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (sent === 64) return controller.close();
        sent += 1;
        controller.enqueue(new Uint8Array(MIB));
      },
    },
    { highWaterMark: 0 },
  );
  await expect(hearOut(body, 8 * MIB)).rejects.toMatchObject({ status: 413 });
  expect(sent).toBe(64);
});
