// Calls of the Worker as a client makes them.
import { exports } from 'cloudflare:workers';
import { inject } from 'vitest';

export const TOKEN = inject('workerSettings')['API_TOKEN']!;
export const base = 'https://servicetitan-sync.example.workers.dev';

export interface Call {
  method?: string;
  path: string;
  token?: string | null;
  body?: unknown;
  type?: string;
  headers?: Record<string, string>;
}

export async function call({
  method = 'GET',
  path,
  token = TOKEN,
  body,
  type = 'application/json',
  headers = {},
}: Call) {
  const response = await exports.default.fetch(`${base}${path}`, {
    method,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': type }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: JSON.parse(text) as Record<string, any>, text };
}

/** Asks /status until the engine has ended the run; answers its last word. */
export async function waitForRun(instanceId: string): Promise<Record<string, any>> {
  for (;;) {
    const { body } = await call({ path: `/status?instanceId=${instanceId}` });
    if (['complete', 'errored', 'terminated'].includes(body.status?.status)) return body;
    await scheduler.wait(50);
  }
}
