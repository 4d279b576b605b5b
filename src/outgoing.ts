// The one way out of the Worker: every call of another system goes through here. Secrets travel in headers and bodies, so
// a call goes where the settings say, over TLS, and nowhere else: a redirect that is followed carries them to another host
// (headers on 301, 302, 307 and 308, bodies on the last two), and whatever that host answers is taken for the truth.
import { ConfigError, RedirectError } from './errors.ts';

export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'];

/** Whether secrets may be sent to the address: https, in clear only as far as this machine; no user, password or fragment. */
export function isSafeAddress(url: URL): boolean {
  const isPrivate = url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.includes(url.hostname));
  return isPrivate && url.username === '' && url.password === '' && !url.href.includes('#');
}

/**
 * `fetch` for calls whose address comes from that setting. Rejects with `ConfigError` before anything is sent to an unsafe
 * address, with `RedirectError` on every 3xx, and as `fetch` does.
 */
export function outgoing(setting: string): Fetch {
  return async (input, init) => {
    const url = URL.parse(input instanceof Request ? input.url : String(input));
    if (url === null || !isSafeAddress(url)) throw unsafeAddress(setting);
    const response = await fetch(input, { ...init, redirect: 'manual' });
    if (response.status < 300 || response.status > 399) return response;
    await response.body?.cancel();
    throw new RedirectError(setting);
  };
}

export function unsafeAddress(setting: string): ConfigError {
  return new ConfigError(
    `The address in ${setting} can't be used: it has to begin with https:// (http:// on this machine alone), without user, password or fragment.`,
  );
}
