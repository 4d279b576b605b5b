// The runtime's cryptography and compression work on threads, and which of two is done first is chance. Here the same
// algorithms do it at once, so that a history plays the same each time it is played.
import { createCipheriv, createDecipheriv, createHash, hkdfSync } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { gunzipSync, gzipSync } from 'node:zlib';

type Bytes = ArrayBuffer | Uint8Array<ArrayBuffer>;

interface Key {
  raw: Uint8Array<ArrayBuffer>;
}

interface Gcm {
  iv: Bytes;
  additionalData: Bytes;
}

const TAG_BYTES = 16;

const subtle = {
  importKey: async (_format: 'raw', raw: Bytes): Promise<Key> => ({ raw: new Uint8Array(raw) }),
  deriveKey: async ({ salt, info }: { salt: Bytes; info: Bytes }, { raw }: Key): Promise<Key> => ({
    raw: new Uint8Array(hkdfSync('sha256', raw, view(salt), view(info), 32)),
  }),
  digest: async (_algorithm: 'SHA-256', bytes: Bytes) => exact(createHash('sha256').update(view(bytes)).digest()),
  async encrypt({ iv, additionalData }: Gcm, { raw }: Key, plain: Bytes) {
    const cipher = createCipheriv('aes-256-gcm', raw, view(iv)).setAAD(view(additionalData));
    return exact(Buffer.concat([cipher.update(view(plain)), cipher.final(), cipher.getAuthTag()]));
  },
  async decrypt({ iv, additionalData }: Gcm, { raw }: Key, sealed: Bytes) {
    const bytes = view(sealed);
    const decipher = createDecipheriv('aes-256-gcm', raw, view(iv)).setAAD(view(additionalData));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    return exact(Buffer.concat([decipher.update(bytes.subarray(0, -TAG_BYTES)), decipher.final()]));
  },
};

/** Puts them in the place of the runtime's own, as far as the product uses those. Answers what puts those back. */
export function keepOrder(): () => void {
  const { CompressionStream, DecompressionStream } = globalThis;
  Object.assign(crypto.subtle, subtle);
  globalThis.CompressionStream = wholeStream(gzipSync) as never;
  globalThis.DecompressionStream = wholeStream(gunzipSync) as never;
  return () => {
    // The runtime's own are the prototype's.
    for (const name of Object.keys(subtle)) delete (crypto.subtle as unknown as Record<string, unknown>)[name];
    Object.assign(globalThis, { CompressionStream, DecompressionStream });
  };
}

/** Lets everybody who is at work come to where he waits. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 4; turn += 1) await setImmediate();
}

function wholeStream(change: (bytes: Buffer) => Buffer): new () => TransformStream<Uint8Array, Uint8Array> {
  return class extends TransformStream<Uint8Array, Uint8Array> {
    constructor() {
      const chunks: Uint8Array[] = [];
      super({
        transform: (chunk) => void chunks.push(chunk),
        flush: (controller) => controller.enqueue(new Uint8Array(change(Buffer.concat(chunks)))),
      });
    }
  };
}

function view(bytes: Bytes): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}

function exact(buffer: Buffer): ArrayBuffer {
  return new Uint8Array(buffer).buffer;
}
