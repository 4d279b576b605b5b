// Addresses among the settings. Secrets and customers' data are sent to them, so each is a plain https address.

/** On this machine alone data travels in clear. */
const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'];

/** Without blanks, which a URL parser drops, and without backslashes, which it takes for slashes. */
const PLAIN = /^https?:\/\/[^\s\\/?#@]+(?:[/?][^\s\\#]*)?$/i;

/** Whether it is https (http to this machine), without user, password or fragment. */
export function isAddress(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || !PLAIN.test(text) || url.username !== '' || url.password !== '') return false;
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

/** What the browser shows while one looks for a project's address. */
export function isSupabaseDashboard(text: string): boolean {
  return /^(?:https?:\/\/)?(?:app\.|www\.)?supabase\.(?:com|io)(?:[/?#]|$)/i.test(text);
}
