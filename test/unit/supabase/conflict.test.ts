// R10: PT409, and 409 of the function, mean another run only in our own words. The product's triggers may say it too.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { callFunction, createSupabase } from '../../../src/supabase/client.ts';
import { createWriteBatch } from '../../../src/supabase/contactSync.ts';
import { batchOf } from '../../function/rows.ts';

/** A Supabase that answers every call with 409 and this body. */
async function conflicting(body: object) {
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      response.writeHead(409, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => void server.close());
  return {
    SUPABASE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    SUPABASE_SECRET_KEY: `sb_secret_${'x'.repeat(22)}`,
  };
}
const askDatabase = async (message: string) =>
  callFunction(createSupabase(await conflicting({ code: 'PT409', message })), 'complete_servicetitan_run', {});
const askFunction = async (body: object) => createWriteBatch(await conflicting(body))(batchOf());

test.for(['superseded', 'page_out_of_order'])('R10: PT409 "%s" ends the run', async (message) => {
  await expect(askDatabase(message)).rejects.toMatchObject({ code: 'superseded' });
  await expect(askFunction({ error: { code: message, details: {} } })).rejects.toMatchObject({ code: 'superseded' });
});

test.for(['The quota of Lucia Ortega is used up', '', 'superseded by Lucia Ortega'])(
  'R10: PT409 "%s" is a trigger of the product, and no other run',
  async (message) => {
    const error = await askDatabase(message).catch((reason: Error) => reason);
    expect(error).toMatchObject({ code: 'database', message: expect.stringContaining('code PT409') });
    expect(String(error)).not.toContain('Ortega');
  },
);

test.for([{}, { error: { code: 'database_error', details: {} } }, { message: 'conflict' }])(
  'R10: 409 with %j is no other run either',
  async (body) => {
    await expect(askFunction(body)).rejects.toMatchObject({ name: 'EdgeFunctionError' });
  },
);
