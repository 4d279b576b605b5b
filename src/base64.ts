export function toBase64Url(bytes: ArrayBuffer): string {
  return btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

/** Reads base64 and base64url alike; undefined when it is neither. */
export function fromBase64(text: string): ArrayBuffer | undefined {
  try {
    return Uint8Array.from(atob(text.trim().replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0))
      .buffer;
  } catch {
    return undefined;
  }
}
