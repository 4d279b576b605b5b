// R16: what the end of a run takes away, from whom, and what keeps it from others.
import { describe, expect, onTestFinished, test } from 'vitest';
import { admin } from '../support/database.ts';
import { runSync } from '../support/ring.ts';
import { readWorld } from '../support/truth.ts';
import { createWorkspace, type TestWorkspace } from '../support/workspace.ts';
import { always, contactOf, heal, later, LONG_AGO, PHONE, rename, withPhones } from './reachable.ts';

const refusals = async ({ workspaceId }: TestWorkspace) => admin`
  select crm_id, error.sqlstate, recheck.failures
  from public.servicetitan_sync_errors as error
  join public.servicetitan_rechecks as recheck using (workspace_id, source, crm_id)
  where workspace_id = ${workspaceId}
`;

test('R16: a phone that goes by two witnesses takes no e-mail along that only one has lacked', async () => {
  const workspace = await createWorkspace({ customers: 0, switches: { callsPerSecond: null } });
  const contacts = [
    { type: 'MobilePhone', value: '(208) 555-0117' },
    { type: 'Email', value: 'one@example.com' },
  ];
  const ids: number[] = [];
  for (let index = 0; index < 5; index += 1) {
    ids.push((await workspace.simulator<{ id: number }>('POST', '/customers', { name: 'Both', contacts })).id);
  }
  const world = (await readWorld(workspace)).contacts;
  const contactIds = world.map(({ id }) => id);
  await workspace.simulator('POST', '/restamp', { customerIds: ids, contactIds, modifiedOn: LONG_AGO });
  await runSync(workspace);
  const id = ids[3]!;
  const [phone, email] = ['MobilePhone', 'Email'].map(
    (type) => world.find((one) => one.customerId === id && one.type === type)!.id,
  );
  await always(workspace, { contacts: [phone] }, { hidden: true });
  await rename(workspace, id);
  await runSync(workspace);
  // Our own row of the e-mail is lost, and the one answer that asks for the phone lacks the e-mail too.
  await admin`delete from public.servicetitan_contact_methods where workspace_id = ${workspace.workspaceId} and id = ${email!}`;
  await workspace.simulator('POST', '/restamp', { customerIds: [id], modifiedOn: '2026-01-02T00:00:00Z' });
  await always(workspace, { contacts: [email] }, { hidden: true });
  const run = await later(workspace);
  expect(run.steps).toContain('recheck-settle');
  expect(await contactOf(workspace, id)).toMatchObject({ phone: null, email: 'one@example.com' });
});

describe('R16: after an outage in which both ways were empty', () => {
  const afterOutage = async (others: number) => {
    const { workspace, ids } = await withPhones(6);
    for (let index = 0; index < others; index += 1) {
      await workspace.simulator('POST', '/customers', { name: 'Without a phone', contacts: [] });
    }
    await runSync(workspace);
    await always(workspace, { operation: ['contactsByCustomers', 'ownContacts'] }, { empty: true });
    for (const id of ids) await rename(workspace, id);
    await runSync(workspace);
    expect((await later(workspace)).steps).toContain('recheck-settle');
    expect(await contactOf(workspace, ids[2]!)).toMatchObject({ phone: PHONE });
    await heal(workspace);
    await workspace.simulator('POST', '/restamp', { customerIds: ids, modifiedOn: '2026-01-02T00:00:00Z' });
    await always(workspace, { operation: ['ownContacts'], customers: [ids[2]!] }, { status: 500 });
    return { workspace, ids, run: await later(workspace, 61) };
  };

  test('what it lacked twice is not believed because others answer again, while its own reading fails', async () => {
    const { workspace, ids, run } = await afterOutage(3);
    expect(run.steps).toContain('recheck-settle');
    expect(await contactOf(workspace, ids[2]!)).toMatchObject({ phone: PHONE });
  });

  test('one whose list fails does not keep the others from their end, though everybody is on the list', async () => {
    const { workspace, ids } = await afterOutage(0);
    // The settled reader has put them on for their older stamps too, so they are there still.
    const lacking = await admin`
      select distinct crm_id from public.servicetitan_contact_methods
      where workspace_id = ${workspace.workspaceId} and missing_since is not null
    `;
    expect(lacking.map(({ crm_id }) => crm_id)).toEqual([String(ids[2])]);
  });
});

test('R16: a check of the product that one removal breaks keeps nobody else’s removal', async () => {
  const { workspace, ids, methodOf } = await withPhones(12);
  const [kept, gone] = [ids[4]!, ids[7]!];
  const name = `keep_${workspace.tenantId}`;
  onTestFinished(async () => {
    await admin.unsafe(`drop function if exists public.${name}() cascade`);
  });
  await admin.unsafe(`
    create function public.${name}() returns trigger language plpgsql as $$
    begin
      raise exception 'No.' using errcode = '23514';
    end
    $$;
    create trigger ${name} before update on public.contacts for each row
    when (new.workspace_id = '${workspace.workspaceId}' and new.crm_id = '${kept}' and new.phone is null)
    execute function public.${name}();
  `);
  await always(workspace, { contacts: [methodOf(kept), methodOf(gone)] }, { hidden: true });
  for (const id of [kept, gone]) await rename(workspace, id);
  for (let runs = 0; runs < 4; runs += 1) await later(workspace);
  expect(await contactOf(workspace, gone)).toMatchObject({ phone: null });
  // It is set aside, and tried again ever more seldom.
  expect(await contactOf(workspace, kept)).toMatchObject({ phone: PHONE });
  expect(await refusals(workspace)).toEqual([
    { crm_id: String(kept), sqlstate: '23514', failures: expect.any(Number) },
  ]);
});

test('R16: a phone that is gone goes within an hour and a half, though three hundred customers share contacts', async () => {
  const { workspace, ids, methodOf } = await withPhones(310);
  const { workspaceId, tenantId } = workspace;
  await admin`
    insert into public.servicetitan_rechecks (workspace_id, source, crm_id, why, due_at, ask_again)
    select ${workspaceId}, ${`production/${tenantId}`}, unnest(${ids.slice(0, 300).map(String)}::text[]), 'shared', now(), true
  `;
  const gone = ids[305]!;
  await always(workspace, { contacts: [methodOf(gone)] }, { hidden: true });
  await rename(workspace, gone);
  for (let runs = 0; runs < 6; runs += 1) await later(workspace, 15);
  expect(await contactOf(workspace, gone)).toMatchObject({ phone: null });
});
