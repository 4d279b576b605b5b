// No sockets: each run of an instance has hosts of its own, whose names tell whose call it is. Calls of ServiceTitan go to
// the simulated one, calls of the Edge Function to its handler, both in this process.
import { handle } from '../../../supabase/functions/servicetitan-contact-sync/handler.ts';
import { createApp } from '../../../local/serviceTitan/app.ts';
import { Worlds } from '../../../local/serviceTitan/worlds.ts';
import type { RpcAnswer } from './dataApi.ts';
import { keepOrder } from './sameOrder.ts';

/** Whoever makes calls. */
export interface Caller {
  serviceTitan: (url: URL, call: () => Promise<Response>, timeOut: () => never) => Promise<Response>;
  edgeFunction: (call: () => Promise<Response>) => Promise<Response>;
  /** A SQL function called by the Edge Function on behalf of this caller. */
  sqlOfFunction: (name: string, parameters: object) => Promise<RpcAnswer>;
}

const callers = new Map<string, Caller>();
let names = 0;

/** All tenants of all histories; a token tells whose it is. */
export const worlds = new Worlds();
const app = createApp(worlds);

/** Gives the caller its hosts: `https://<name>.servicetitan.test` and `https://<name>.supabase.test`. */
export function join(caller: Caller): string {
  names += 1;
  const name = `c${names}`;
  callers.set(name, caller);
  return name;
}

export function leave(name: string): void {
  callers.delete(name);
}

/** The time limit that was set last; a client sets it right before it calls. */
let lastLimit: AbortController | undefined;

/** Puts the network in the place of `fetch`, and time limits that run out on command alone. Answers what puts all back. */
export function installNetwork(): () => void {
  const giveUpOrder = keepOrder();
  const { timeout } = AbortSignal;
  AbortSignal.timeout = () => {
    lastLimit = new AbortController();
    return lastLimit.signal;
  };
  const outside = globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const [name = '', service, domain] = url.hostname.split('.');
    if (domain !== 'test') return outside(input, init);
    const caller = callers.get(name);
    if (!caller) return new Promise<never>(() => {}); // it is dead, and nobody waits
    const { signal: _, ...request } = init ?? {};
    if (service === 'servicetitan') {
      const limit = lastLimit;
      return caller.serviceTitan(
        url,
        () => askServiceTitan(url, request),
        () => {
          const reason = new DOMException('The operation was aborted due to timeout', 'TimeoutError');
          limit?.abort(reason);
          throw reason;
        },
      );
    }
    return caller.edgeFunction(() =>
      handle(new Request(url, request), {
        rpc: (name, parameters) => caller.sqlOfFunction(name, parameters),
        log: () => {},
      }),
    );
  };
  return () => {
    giveUpOrder();
    AbortSignal.timeout = timeout;
    globalThis.fetch = outside;
  };
}

async function askServiceTitan(url: URL, init: RequestInit): Promise<Response> {
  let isCut = false;
  const incoming = { socket: { destroy: () => void (isCut = true) } };
  const response = await app.fetch(new Request(url, init), { incoming } as never);
  if (isCut) throw new TypeError('fetch failed');
  return response;
}
