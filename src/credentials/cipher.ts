// AES-256-GCM with a fresh IV. What is sealed is bound to `boundTo`: it opens for nothing else, so it can't be moved.

// Not Uint8Array: Node's types, which the tests use, tell one over shared memory apart, and workerd's don't.
export type Bytes = ArrayBuffer | ReturnType<TextEncoder['encode']>;

export interface Sealed {
  iv: ArrayBuffer;
  ciphertext: ArrayBuffer;
}

export const IV_BYTES = 12;

export async function encrypt(key: CryptoKey, boundTo: Bytes, plain: Bytes): Promise<Sealed> {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES)).buffer;
  return { iv, ciphertext: await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: boundTo }, key, plain) };
}

/** Rejects when it was sealed with another key, for something else, or was changed. */
export async function decrypt(key: CryptoKey, boundTo: Bytes, { iv, ciphertext }: Sealed): Promise<ArrayBuffer> {
  return crypto.subtle.decrypt({ name: 'AES-GCM', iv, additionalData: boundTo }, key, ciphertext);
}
