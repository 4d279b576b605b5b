// What somebody without the token learns: one answer, whatever is asked.
import { env } from 'cloudflare:workers';
import { expect, test } from 'vitest';
import worker from '../../src/index.ts';
import { base, call } from './call.ts';

test('a stranger gets one and the same 401 on every route there is or is not, by every method', async () => {
  const { body } = await call({ path: '/openapi.json' });
  const known = Object.keys(body['paths']).filter((path) => path !== '/health');
  expect(known.length).toBeGreaterThan(10);
  const paths = [...known.map((path) => path.replaceAll(/\{\w+\}/g, '45963')), '/openapi.json', '/nope', '/debug/nope'];
  const answers = new Map<string, string[]>();
  for (const path of paths) {
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      for (const authorization of [null, 'Bearer wrong']) {
        const headers = { 'content-type': 'application/json', ...(authorization && { authorization }) };
        const sent = method === 'GET' ? {} : { body: '{"workspaceId":' };
        const request = new Request(`${base}${path}`, { method, headers, ...sent });
        const response = await worker.fetch(request as never, env, {} as never);
        const answer = JSON.stringify([response.status, await response.json(), [...response.headers].toSorted()]);
        answers.set(answer, [...(answers.get(answer) ?? []), `${method} ${path}`]);
      }
    }
  }
  expect([...answers.values()]).toHaveLength(1);
  const [[status, told]] = [...answers.keys()].map((answer) => JSON.parse(answer) as [number, unknown]) as [
    [number, unknown],
  ];
  expect([status, told]).toMatchObject([401, { success: false, error: { code: 'unauthorized' } }]);
});
