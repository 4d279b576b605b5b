// R18 on the demo, as a person sees it: `npm start`, a few ticks, and GET /proof.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import postgres, { type Sql } from 'postgres';
import { expect, onTestFinished, test, vi } from 'vitest';
import { DEMO_TENANT_ID } from '../../local/serviceTitan/demo.ts';
import { until } from './aliveProcesses.ts';
import { createCheckout, stackEnvironment, startInCheckout } from './checkout.ts';

const WORKSPACE = '45963';

interface Proof {
  sentence: string;
  proved: boolean;
  confirmedUpTo: string | null;
  pass: ({ why: string; asOf: string; listed: number; ids: Record<string, string[]> } & Record<string, unknown>) | null;
}

test('R18: on the demo the proof comes by itself with true numbers, and names exactly ten differences that are planted', async () => {
  const checkout = createCheckout();
  const env = await stackEnvironment(checkout);
  const worker = `http://127.0.0.1:${env['WORKER_PORT']}`;
  const stack = startInCheckout(checkout, [], { ...env, LOCAL_TICK_SECONDS: '4', SETTLED_EVERY_MINUTES: '0' });
  await until(() => /incremental completed/.test(stack.output), 90);
  const proofOf = (isMeant: (one: Proof) => boolean): Promise<Proof> =>
    vi.waitUntil(
      async () => {
        const proof = (await (await fetch(`${worker}/proof?workspaceId=${WORKSPACE}`)).json()) as Proof;
        return isMeant(proof) ? proof : null;
      },
      { timeout: 90_000, interval: 500 },
    ) as Promise<Proof>;

  const first = await proofOf(({ pass }) => pass !== null);
  const { DATABASE_URL: url } = parseEnv(readFileSync(join(checkout, '.local/env'), 'utf8'));
  const sql = postgres(url!, { max: 1, onnotice: () => {} });
  onTestFinished(() => sql.end());
  const [stored] = await sql`select count(*)::integer as count from public.contacts where workspace_id = ${WORKSPACE}`;
  // The demo's people go on making customers.
  const { listed } = first.pass!;
  expect(listed).toBeGreaterThanOrEqual(300);
  expect(listed).toBeLessThanOrEqual(stored!['count'] as number);
  expect(first).toMatchObject({ proved: true, pass: { why: 'first', seen: listed, rightWhenRead: listed, gone: 0 } });
  expect(first.sentence).toContain(`ServiceTitan listed ${listed} customers `);
  expect(first.sentence).toContain(`${listed} were right when they were read`);

  const planted = await plantTen(sql);
  await fetch(`${worker}/trigger`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ workspaceId: WORKSPACE, tenantId: DEMO_TENANT_ID, mode: 'full' }),
  });
  const second = await proofOf(({ pass }) => pass?.why === 'asked');
  const named = (kind: string) => second.pass!.ids[kind]!.toSorted();
  expect(second.pass).toMatchObject({
    missing: 2,
    stale: 2,
    differing: 3,
    wentBack: 1,
    gone: 2,
    refused: 0,
    mended: 7,
  });
  expect(Object.fromEntries(Object.keys(planted).map((kind) => [kind, named(kind)]))).toEqual(planted);
  expect(second.sentence).toContain('2 missing, 2 stale and 3 edited contacts were mended; 1 is asked for again');

  // As if it were an hour ago: by then two settled readings have ended.
  await sql`update public.servicetitan_proofs set began_at = began_at - interval '1 hour' where workspace_id = ${WORKSPACE}`;
  const third = await proofOf(({ sentence }) => sentence.includes('is confirmed by a second reading'));
  expect(third.sentence).toContain('which found 0 misses.');
  expect(Date.parse(third.confirmedUpTo!)).toBeGreaterThan(Date.parse(third.pass!.asOf));
}, 300_000);

/** Ten customers by what the proof has to call them. */
async function plantTen(sql: Sql): Promise<Record<string, string[]>> {
  const rows = await sql<{ crm_id: string }[]>`
    select crm_id from public.contacts
    where workspace_id = ${WORKSPACE} and phone is not null and active
    order by crm_modified_on, crm_id
    limit 8
  `;
  const [a, b, c, d, e, f, g, h] = rows.map(({ crm_id }) => crm_id) as [string, ...string[]] & Record<number, string>;
  const update = (ids: (string | undefined)[], set: string) =>
    sql.unsafe(`update public.contacts set ${set} where workspace_id = $1 and crm_id = any ($2)`, [
      WORKSPACE,
      ids as string[],
    ]);
  await sql`delete from public.contacts where workspace_id = ${WORKSPACE} and crm_id = any (${[a, b!]})`;
  await update([c, d], `crm_modified_on = '2001-01-01T00:00:00.0000000Z', name = 'As it was'`);
  await update([e, f], `name = 'By hand'`);
  await update([g], `phone = '+12025550199'`);
  await update([h], `crm_modified_on = '2099-01-01T00:00:00.0000000Z'`);
  const nobody = ['990000001', '990000002'];
  await sql`
    insert into public.contacts (workspace_id, crm_id, crm_source, crm_modified_on, name)
    select ${WORKSPACE}, nobody.crm_id, ${`production/${DEMO_TENANT_ID}`}, '2001-01-01T00:00:00.0000000Z', 'Nobody'
    from unnest(${nobody}::text[]) as nobody (crm_id)
  `;
  return {
    missing: [a, b!].toSorted(),
    stale: [c!, d!].toSorted(),
    differing: [e!, f!, g!].toSorted(),
    wentBack: [h!],
    gone: nobody,
  };
}
