import { fromBase64 } from '../base64.ts';

/** A secret is the key in base64 behind this, as the Standard Webhooks write it. */
const PREFIX = 'whsec_';

/** The `webhook-signature` of a body: HMAC-SHA-256 over id, timestamp and body, in base64 behind its version. */
export async function sign(secret: string, id: string, timestamp: string, body: string): Promise<string> {
  const encoder = new TextEncoder();
  const key = await crypto.subtle.importKey('raw', keyOf(secret), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const signature = await crypto.subtle.sign('HMAC', key, encoder.encode(`${id}.${timestamp}.${body}`));
  return `v1,${btoa(String.fromCharCode(...new Uint8Array(signature)))}`;
}

function keyOf(secret: string): ArrayBuffer {
  const key = secret.startsWith(PREFIX) ? fromBase64(secret.slice(PREFIX.length)) : undefined;
  if (key === undefined) throw new TypeError('The secret is none: src/config.ts lets no such one through.');
  return key;
}
