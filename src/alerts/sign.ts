/** A secret as the Standard Webhooks write it: the key in base64 behind this. Any other text is the key itself. */
const PREFIX = 'whsec_';

/** The `webhook-signature` of a body: HMAC-SHA-256 over id, timestamp and body, in base64 behind its version. */
export async function sign(secret: string, id: string, timestamp: string, body: string): Promise<string> {
  const encoder = new TextEncoder();
  const key = await crypto.subtle.importKey('raw', keyOf(secret), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const signature = await crypto.subtle.sign('HMAC', key, encoder.encode(`${id}.${timestamp}.${body}`));
  return `v1,${btoa(String.fromCharCode(...new Uint8Array(signature)))}`;
}

function keyOf(secret: string): Uint8Array<ArrayBuffer> {
  if (!secret.startsWith(PREFIX)) return new Uint8Array(new TextEncoder().encode(secret));
  return new Uint8Array([...atob(secret.slice(PREFIX.length))].map((character) => character.charCodeAt(0)));
}
