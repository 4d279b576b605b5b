// Records that break whatever answer would hold them. A server of a few lines stands in front of the simulated
// ServiceTitan and looks at what it answers.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished, vi } from 'vitest';
import type { TestWorkspace } from './workspace.ts';

/** `never`: no answer at all. */
export type How = 500 | 502 | 503 | 409 | 404 | 'never' | 'garbage' | 'reset';

export interface Poison {
  /** Which calls it befalls. */
  at: (url: URL) => boolean;
  /** Ids of records; a call that names one, or whose answer would hold one, fails. None: every call does. */
  ids?: readonly (number | string)[];
  how: How;
}

export interface PoisonedServiceTitan {
  /** For the setting SERVICETITAN_API_URL. */
  url: string;
  /** What is wrong now; a test changes it. */
  poisons: Poison[];
  /** The calls that came in, in order. */
  asked: URL[];
}

export const contactsById = (url: URL) =>
  url.pathname.endsWith('/customers/contacts') && url.searchParams.has('customerIds');
export const contactsList = (url: URL) =>
  url.pathname.endsWith('/customers/contacts') && !url.pathname.includes('/export/');
export const customersList = (url: URL) => /\/tenant\/\d+\/customers$/.test(url.pathname);
export const customersById = (url: URL) => customersList(url) && url.searchParams.has('ids');
export const customersExport = (url: URL) => url.pathname.endsWith('/export/customers');
export const contactsExport = (url: URL) => url.pathname.endsWith('/export/customers/contacts');

/** Stands there until the test ends. */
export async function poisonedServiceTitan({ stack }: TestWorkspace): Promise<PoisonedServiceTitan> {
  const front: PoisonedServiceTitan = { url: '', poisons: [], asked: [] };
  const server = createServer(async (request, response) => {
    const url = new URL(request.url!, stack.serviceTitanUrl);
    front.asked.push(url);
    const answer = await fetch(url, { headers: request.headers as Record<string, string> });
    const text = await answer.text();
    const how = front.poisons.find((poison) => poison.at(url) && isHit(poison, url, text))?.how;
    if (how === 'never') return;
    if (how === 'reset') return void request.socket.destroy();
    const headers: Record<string, string> = { 'content-type': 'application/json' };
    const date = answer.headers.get('date');
    if (date) headers.date = date;
    response.writeHead(typeof how === 'number' ? how : answer.status, headers);
    response.end(how === undefined ? text : how === 'garbage' ? text.slice(0, text.length / 2) : '{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  front.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return front;
}

function isHit({ ids }: Poison, url: URL, text: string): boolean {
  if (ids === undefined) return true;
  const named = `${url.searchParams.get('ids') ?? ''},${url.searchParams.get('customerIds') ?? ''}`.split(',');
  return ids.some((id) => named.includes(String(id)) || new RegExp(`"(?:id|customerId)":${id}\\b`).test(text));
}

/** What a call has instead of its time. Long enough for one that is answered, on a machine that does much else. */
const SHORTENED: Record<number, number> = { 100_000: 2_000, 15_000: 600 };

/** Shortens the time that a call has, until the test ends. */
export function shortenCalls(): void {
  const asked = vi.spyOn(AbortSignal, 'timeout').mockImplementation((milliseconds) => {
    const controller = new AbortController();
    setTimeout(
      () => controller.abort(new DOMException('The operation timed out.', 'TimeoutError')),
      SHORTENED[milliseconds] ?? milliseconds,
    ).unref();
    return controller.signal;
  });
  onTestFinished(() => asked.mockRestore());
}
