// What PT412 says of the product's tables is told in closed words alone, whoever answers for the database.
import { Hono } from 'hono';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { answerProblem } from '../../../src/http/problem.ts';
import { createSupabase } from '../../../src/supabase/client.ts';
import { createConnections } from '../../../src/supabase/connections.ts';

/** What a caller of the Worker is answered where the database answers 412 so. */
async function connectTo(message: string, details: string) {
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      response.writeHead(412, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ code: 'PT412', message, details, hint: null }));
    });
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => void server.close());
  const supabase = createSupabase({
    SUPABASE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    SUPABASE_SECRET_KEY: `sb_secret_${'x'.repeat(22)}`,
  });
  const app = new Hono()
    .put('/', async (context) => context.json(await createConnections(supabase).save({} as never)))
    .onError((error, context) => answerProblem(context, error));
  const response = await app.request('/', { method: 'PUT' });
  return {
    status: response.status,
    ...((await response.json()) as { error: { code: string; message: string } }).error,
  };
}

test('R23: each obstacle is a sentence with the statement that mends it, under 409', async () => {
  const answer = await connectTo(
    'tables_unfit',
    JSON.stringify([
      {
        object: 'column public.contacts.slug',
        fault: 'required and has no default',
        statement: 'alter table public.contacts alter column slug drop not null;',
      },
      {
        object: 'rule later of public.contacts',
        fault: 'a rule, which takes no upsert',
        statement: 'drop rule later on public.contacts;',
      },
      { object: 'table public.contacts', fault: 'closed to a row of the sync (SQLSTATE 42501)', statement: null },
    ]),
  );
  expect(answer).toEqual({
    status: 409,
    code: 'tables_unfit',
    message:
      'The sync could not write to your tables as they are, so nothing was stored. ' +
      'The column public.contacts.slug is required and has no default. Run: alter table public.contacts alter column slug drop not null; ' +
      'The rule later of public.contacts is a rule, which takes no upsert. Run: drop rule later on public.contacts; ' +
      'The table public.contacts is closed to a row of the sync (SQLSTATE 42501). See docs/deploying.md. Then connect again.',
  });
});

test('R23: a workspace that is missing is told with what to do', async () => {
  expect(await connectTo('workspace_missing', '23502')).toMatchObject({
    status: 409,
    message:
      'Your table workspaces has no row of this id, and the sync could not add one (SQLSTATE 23502): create it first, then connect again.',
  });
});

test.for([
  'Lucia Ortega',
  '{"Lucia": "Ortega"}',
  JSON.stringify([
    { object: 'column public.contacts."Ortega"', fault: 'Ortega', statement: "alter table x add y 'Ortega';" },
  ]),
  JSON.stringify([{ object: 'Ortega', fault: 'closed to Ortega', statement: 'Ortega' }]),
  JSON.stringify(['Ortega', { statement: 7 }]),
])('of %s nothing is copied', async (details) => {
  for (const message of ['tables_unfit', 'workspace_missing', 'Ortega']) {
    const answer = await connectTo(message, details);
    expect([answer.status, answer.code]).toEqual(message === 'Ortega' ? [503, 'database'] : [409, 'tables_unfit']);
    expect(answer.message).not.toContain('Ortega');
  }
});
