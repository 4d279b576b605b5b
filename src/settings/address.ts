// Addresses among the settings. Secrets and customers' data are sent to them, so each is a plain https address.

/** On this machine alone data travels in clear. */
const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'];

/**
 * Without blanks, which a URL parser drops, without backslashes, which it takes for slashes, and in ASCII, because letters of
 * another script or width look like others.
 */
const PLAIN = /^https?:\/\/[!-~]+$/i;
const HOST = /^https?:\/\/[^\\/?#@]+(?:[/?][^\\#]*)?$/i;

/** Whether it is https (http to this machine), without user, password or fragment. */
export function isAddress(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || !PLAIN.test(text) || !HOST.test(text) || url.username !== '' || url.password !== '') return false;
  return url.protocol === 'https:' || LOOPBACK.includes(url.hostname);
}

/** An address that paths are put behind. */
export function isBaseAddress(text: string): boolean {
  return isAddress(text) && !text.includes('?');
}

/** An address without a path; a slash at its end is fine. */
export function isOrigin(text: string): boolean {
  return isBaseAddress(text) && new URL(text).pathname === '/';
}

/** This machine, which nobody else answers for. */
export function isLoopback(text: string): boolean {
  return LOOPBACK.includes(URL.parse(text)?.hostname ?? '');
}

/** What the browser shows while one looks for a project's address, or another of Supabase's own hosts. */
export function isSupabaseDashboard(text: string): boolean {
  // The parser's host has neither the port nor letters of another width; a point at its end names the same host.
  const host = URL.parse(/^[a-z]+:/i.test(text) ? text : `https://${text}`)?.hostname.replace(/\.+$/, '') ?? '';
  return /^(?:[a-z0-9-]+\.)*supabase\.(?:com|io)$|^(?:(?:api|app|www)\.)?supabase\.co$/.test(host);
}

/** The address of one of the project's services, as the dashboard shows it beside the keys. */
export function isDataApi(text: string): boolean {
  const url = isBaseAddress(text) ? URL.parse(text) : null;
  return url !== null && /^\/(?:rest|auth|functions|storage|graphql)(?:\/|$)/.test(url.pathname);
}
