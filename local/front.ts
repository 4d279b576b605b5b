import { Agent, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { forward } from './forward.ts';
import { listenOnLoopback, refuse, type Listener } from './loopback.ts';

export interface FrontOptions {
  port: number;
  /** Where the Worker itself listens. */
  workerUrl: string;
  /** What the Worker asks for; added to calls that bring none. */
  token: string;
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']);
const JSON_TYPE = /^application\/json\s*(?:;|$)/i;

// What Cloudflare, a proxy or the dev server itself would set. From a caller they are lies.
const NOT_THE_CALLERS = /^(?:mf-|cf-|x-forwarded-|forwarded$|x-real-ip$|true-client-ip$)/;
// Not `transfer-encoding`: without it a body of a GET would reach the Worker as a request of its own.
const OF_THE_CONNECTION = /^(?:host|connection|keep-alive|te|trailer|upgrade|expect|proxy-.*)$/;

/**
 * The Worker's address on this machine. The Worker is as closed here as anywhere: it asks for a token, and this adds the
 * token to what programs of this machine and the status page ask without one. No page of another origin gets that far.
 */
export async function startFront({ port, workerUrl, token }: FrontOptions): Promise<Listener> {
  const agent = new Agent({ keepAlive: true });
  const { hostname, port: workerPort } = new URL(workerUrl);
  const listener = await listenOnLoopback(port, (incoming, response) => {
    const path = pathOf(incoming.url ?? '');
    if (path === undefined) return refuse(response, 404, 'not_found', 'There is no such path.');
    if (!METHODS.has(incoming.method ?? '')) {
      return refuse(response, 405, 'method_not_allowed', `${incoming.method} is not allowed.`);
    }
    if (incoming.headers.upgrade !== undefined) {
      return refuse(response, 400, 'invalid_request', 'No connection is upgraded here.');
    }
    if (!isReadOnly(incoming) && !isDeliberate(incoming)) {
      return refuse(
        response,
        415,
        'unsupported_media_type',
        'Send the header "Content-Type: application/json", which a form of a web page cannot.',
      );
    }
    const headers = headersFor(incoming.headers);
    headers.authorization ||= `Bearer ${token}`;
    forward(incoming, response, { hostname, port: workerPort, path, headers, agent }, () =>
      refuse(response, 502, 'worker_unavailable', 'The Worker does not answer: its log says why.'),
    );
  });
  return {
    url: listener.url,
    stop: async () => {
      await listener.stop();
      agent.destroy();
    },
  };
}

/**
 * The path to ask the Worker for, in the one way that it can be read; undefined for what is not to be reached. Of the dev
 * server's own paths that is all but the explorer of Workflow runs: they start ticks and open every binding.
 */
function pathOf(target: string): string | undefined {
  // A whole URL, or `//host`, would be read as another place.
  if (!/^\/(?![/\\])/.test(target)) return undefined;
  const url = URL.parse(target, 'http://127.0.0.1');
  if (url === null || url.host !== '127.0.0.1') return undefined;
  const { pathname, search } = url;
  if (!/cdn-cgi/i.test(decoded(pathname))) return pathname + search;
  const isExplorer = /^\/cdn-cgi\/(?:local\/)?explorer(?:\/|$)/.test(pathname);
  const hidesAnother = /%(?:2e|2f|5c|25)|\/\//i.test(pathname);
  return isExplorer && !hidesAnother ? pathname + search : undefined;
}

/** Without any escape, however often it was escaped. What can't be decoded is taken for the worst. */
function decoded(path: string): string {
  for (let text = path; ;) {
    try {
      const next = decodeURIComponent(text);
      if (next === text) return text;
      text = next;
    } catch {
      return 'cdn-cgi';
    }
  }
}

const isReadOnly = ({ method }: IncomingMessage) => method === 'GET' || method === 'HEAD';

/** No page of another origin can send any of these without asking first, and nobody answers that question. */
function isDeliberate({ headers }: IncomingMessage): boolean {
  return (
    JSON_TYPE.test(headers['content-type'] ?? '') ||
    Boolean(headers.authorization) ||
    headers['sec-fetch-site'] === 'same-origin'
  );
}

function headersFor(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const passed = Object.entries(headers).filter(
    ([name]) => !NOT_THE_CALLERS.test(name) && !OF_THE_CONNECTION.test(name),
  );
  return Object.fromEntries(passed);
}
