// GET /why over a real sync: what it says as the world moves on, and that no person's data is in it.
import { expect, test } from 'vitest';
import type { ContactRecord, CustomerRecord } from '../../local/serviceTitan/tenant/records.ts';
import { createWorkspace, type TestWorkspace } from '../support/workspace.ts';
import { call, waitForRun } from './call.ts';

interface Synced extends TestWorkspace {
  customer: CustomerRecord;
  contacts_: ContactRecord[];
}

async function sync({ workspaceId, tenantId }: TestWorkspace, mode?: string): Promise<string> {
  const { body } = await call({ method: 'POST', path: '/trigger', body: { workspaceId, tenantId, mode } });
  await waitForRun(body.instanceId);
  return String(body.instanceId);
}

/** Of `all` the customers there are, one that has contacts. */
async function synced(): Promise<Synced & { instanceId: string }> {
  const workspace = await createWorkspace({ customers: 8, timeZone: null });
  const instanceId = await sync(workspace);
  const world = await workspace.simulator<{ customers: CustomerRecord[]; contacts: ContactRecord[] }>('GET', '/world');
  const customer = world.customers.find(
    ({ id, active }) => active && world.contacts.some((one) => one.customerId === id),
  )!;
  const contacts_ = world.contacts.filter(({ customerId }) => customerId === customer.id);
  return { ...workspace, customer, contacts_, instanceId };
}

async function why({ workspaceId }: TestWorkspace, customerId: string | number) {
  const answer = await call({ path: `/why?workspaceId=${workspaceId}&customerId=${customerId}` });
  expect([answer.status, answer.body.success]).toEqual([200, true]);
  return answer;
}

test('the customer of a sync that just ended is as ServiceTitan shows it, read in that run', async () => {
  const workspace = await synced();
  const { customer, contacts_, instanceId } = workspace;
  const { body, text } = await why(workspace, customer.id);
  expect(body).toMatchObject({
    verdict: 'current',
    sentence: expect.stringMatching(
      /^The contact is as ServiceTitan shows the customer now: version of .* created the contact\.$/,
    ),
    stored: { active: true, mergedToId: null, isOfOtherTenant: false },
    shown: { found: true, modifiedOn: body.stored.modifiedOn },
    differing: [],
    lastRead: { instanceId, feed: 'customers', outcomes: ['created'] },
    lastContactsRead: { instanceId, feed: 'contacts' },
    quarantine: [],
  });
  const personal = [customer.name, customer.address?.street, ...contacts_.map(({ value }) => value)];
  for (const value of personal) expect(text).not.toContain(value);
});

test('a change in ServiceTitan waits for the next run, which brings it', async () => {
  const workspace = await synced();
  const { customer } = workspace;
  await workspace.simulator('PATCH', `/customers/${customer.id}`, { name: 'Renamed', balance: 12.34 });
  const before = await why(workspace, customer.id);
  expect(before.body).toMatchObject({ verdict: 'waiting', differing: ['name', 'balance'], activity: 'idle' });
  expect(before.body.sentence).toMatch(/^ServiceTitan changed the customer at [-\d]{10} [:\d]{8} UTC, /);
  expect(before.text).not.toContain('Renamed');

  const instanceId = await sync(workspace);
  const after = await why(workspace, customer.id);
  // It read the customer, and once more where its comparison of everything came by.
  expect(after.body).toMatchObject({ verdict: 'current', lastCustomersRead: { instanceId } });
});

test('what the product changed in the contact is named', async () => {
  const workspace = await synced();
  const { customer, workspaceId, supabase } = workspace;
  await supabase
    .from('contacts')
    .update({ address_city: 'Elsewhere' })
    .eq('workspace_id', workspaceId)
    .eq('crm_id', customer.id);
  expect((await why(workspace, customer.id)).body).toMatchObject({ verdict: 'differs', differing: ['address.city'] });
});

test('R25: a phone, an e-mail or a consent that the product changed is named, and the next change brings it right', async () => {
  const workspace = await createWorkspace({ customers: 0, timeZone: null });
  // A first sync that the export leaves short would ask for a pass, whose runs mend what is changed by hand (R18).
  await sync(workspace);
  const { id } = await workspace.simulator<{ id: number }>('POST', '/customers', {
    name: 'Someone',
    contacts: [
      { type: 'MobilePhone', value: '2085550117', doNotText: true },
      { type: 'Email', value: 'a@example.com', marketing: false },
    ],
  });
  await sync(workspace);
  const change = async (columns: object) => {
    const { error } = await workspace.supabase
      .from('contacts')
      .update(columns)
      .eq('workspace_id', workspace.workspaceId)
      .eq('crm_id', id);
    expect(error).toBeNull();
  };
  const { metadata } = (await workspace.contacts()).get(String(id))! as { metadata: { custom_fields: object } };
  const consents = { phone_do_not_text: false, email_marketing: true };
  for (const [columns, names] of [
    [{ phone: '+12085559999' }, ['phone']],
    [{ email: null }, ['email']],
    [
      { metadata: { custom_fields: { ...metadata.custom_fields, ...consents } } },
      ['email_marketing', 'phone_do_not_text'],
    ],
  ] as const) {
    await change(columns);
    const { body, text } = await why(workspace, id);
    expect(body).toMatchObject({ verdict: 'differs', differing: names });
    expect(text).not.toMatch(/208555|example/);
    await workspace.simulator('PATCH', `/customers/${id}`, { name: `Someone of ${names.join()}` });
    await sync(workspace);
    expect((await why(workspace, id)).body).toMatchObject({ verdict: 'current', differing: [] });
  }
});

test('R25: a contact that differs is told by what differs in it, and the next run brings it', async () => {
  const workspace = await synced();
  const { customer } = workspace;
  const phone = await workspace.simulator<{ id: number }>('POST', `/customers/${customer.id}/contacts`, {
    type: 'Phone',
    value: '2085550117',
    memo: 'secret desk',
    marketing: true,
  });
  await sync(workspace);
  expect((await why(workspace, customer.id)).body).toMatchObject({ verdict: 'current', differing: [] });
  for (const [change, name] of [
    [{ doNotText: true }, 'contacts.doNotText'],
    [{ marketing: false }, 'contacts.marketing'],
    [{ memo: 'another desk' }, 'contacts.memo'],
    [{ value: '2085550118' }, 'contacts.value'],
    [{ type: 'MobilePhone' }, 'contacts.type'],
  ] as const) {
    await workspace.simulator('PATCH', `/contacts/${phone.id}`, change);
    const { body, text } = await why(workspace, customer.id);
    expect(body.differing).toEqual([name]);
    expect(body.sentence).toContain(`in the field ${name}`);
    expect(text).not.toMatch(/desk|208555/);
    await sync(workspace);
    expect((await why(workspace, customer.id)).body).toMatchObject({ verdict: 'current', differing: [] });
  }
});

test('one that nobody knows, and one of a workspace that is none', async () => {
  const workspace = await createWorkspace({ customers: 3 });
  expect((await why(workspace, 999)).body).toMatchObject({
    verdict: 'never_seen',
    stored: null,
    shown: { found: false },
  });
  const answer = await call({ path: '/why?workspaceId=nobody&customerId=1' });
  expect([answer.status, answer.body.error.code]).toEqual([404, 'unknown_workspace']);
});

test('before the first sync every customer is one that was not read yet', async () => {
  const workspace = await createWorkspace({ customers: 3 });
  const { customers } = await workspace.simulator<{ customers: CustomerRecord[] }>('GET', '/world');
  expect((await why(workspace, customers[0]!.id)).body).toMatchObject({
    verdict: 'not_read_yet',
    workspaceState: 'new',
  });
});

test('R10: a customer set aside is told with the reason', async () => {
  const workspace = await synced();
  const { customer, workspaceId, tenantId, supabase } = workspace;
  await supabase.from('servicetitan_sync_errors').insert({
    workspace_id: workspaceId,
    source: `production/${tenantId}`,
    crm_id: String(customer.id),
    feed: 'contacts',
    reason: 'Not readable.',
    instance_id: 'sync-x-1',
  });
  await workspace.simulator('PATCH', `/customers/${customer.id}`, { name: 'Renamed' });
  const { body } = await why(workspace, customer.id);
  expect(body).toMatchObject({ verdict: 'set_aside', quarantine: [{ feed: 'contacts', attempts: 1 }] });
  expect(body.sentence).toMatch(
    /^The customer is set aside \(for its phones and e-mails, tried once, .*\) because of this: Not readable; the contact differs from what ServiceTitan shows in the field name; /,
  );
});

test('R3: a row of the tenant before is told as such', async () => {
  const workspace = await synced();
  const { customer, workspaceId } = workspace;
  const moved = await createWorkspace({ customers: 0, connectAs: workspaceId });
  expect((await why(moved, customer.id)).body).toMatchObject({
    verdict: 'other_tenant',
    stored: { isOfOtherTenant: true },
    differing: null,
  });
});

test('with ServiceTitan down it says so, and what is known all the same', async () => {
  const workspace = await synced();
  await workspace.simulator('POST', '/faults', { times: 2, fault: { status: 500 } });
  const { body } = await why(workspace, workspace.customer.id);
  expect(body).toMatchObject({
    verdict: 'not_compared',
    shown: { found: null, reason: expect.stringContaining('500') },
    stored: { active: true },
    differing: null,
  });
});
