// A run counts customers, not readings: each once, by the most that became of it, and what the calls of failed attempts cost.
import { expect, test } from 'vitest';
import { admin, call } from '../support/database.ts';
import { customer, phone, sync } from './batches.ts';
import {
  complete,
  connect,
  connectSynced,
  continueIn,
  fail,
  ledgerOf,
  startRun,
  stateOf,
  type Run,
} from './workspaces.ts';

const OLDER = '2026-02-08T10:00:00.1234566Z';
const refused = (crmId: string, feed = 'customers') => ({ crm_id: crmId, feed, reason: 'refused' });
const countsOf = async (run: Run) => {
  const { fetched, through_contacts, created, updated, unchanged, stale, errors } = await ledgerOf(run.instanceId);
  return { fetched, through_contacts, created, updated, unchanged, stale, errors };
};
const NONE = { fetched: 0, through_contacts: 0, created: 0, updated: 0, unchanged: 0, stale: 0, errors: 0 };

test('R22: one bad customer is one customer read and one error, however often the run meets it', async () => {
  const run = await startRun(await connect());
  await sync(run, { page: 1, rejected: [refused('1'), refused('1', 'contacts')] });
  await sync(run, { page: 2, rejected: [refused('1')] });
  await sync(run, { page: 3, rejected: [refused('1', 'contacts')], retries_quarantined: true });
  expect(await countsOf(run)).toEqual({ ...NONE, fetched: 1, errors: 1 });
  expect(await stateOf(run)).toMatchObject({ last_sync_errors: 1 });
});

test('R22: a customer on two pages, in two parts and in a retry counts once, by the most that became of it', async () => {
  const run = await startRun(await connect());
  await sync(run, { page: 1, part: '0', customers: [customer('1'), customer('2')] });
  await sync(run, { page: 1, part: '1', customers: [customer('2'), customer('3')] });
  await sync(run, { page: 2, customers: [customer('1'), customer('3', { crm_modified_on: OLDER, name: 'Old' })] });
  await sync(run, { page: 3, customers: [customer('2', { name: 'Renamed' })], retries_quarantined: true });
  expect(await countsOf(run)).toEqual({ ...NONE, fetched: 3, created: 3 });
  expect(await stateOf(run)).toMatchObject({ last_sync_created: 3, last_sync_updated: 0 });
});

test('R22: what was unchanged at first and is updated later in the run is updated, and what became older stays so', async () => {
  const workspace = await connectSynced();
  const before = await startRun(workspace);
  await sync(before, { customers: ['1', '2', '3'].map((id) => customer(id)) });
  await complete(before);
  const run = await startRun(workspace);
  await sync(run, { page: 1, customers: ['1', '2'].map((id) => customer(id)) });
  await sync(run, { page: 2, customers: [customer('1', { name: 'Renamed' })] });
  await sync(run, {
    page: 3,
    customers: ['1', '3'].map((id) => customer(id, { crm_modified_on: OLDER, name: 'Old' })),
  });
  expect(await countsOf(run)).toEqual({ ...NONE, fetched: 3, updated: 1, unchanged: 1, stale: 1 });
});

test('R22: customers changed through their phones alone are told apart from those read, until they are read too', async () => {
  const workspace = await connectSynced();
  const before = await startRun(workspace);
  await sync(before, { customers: ['1', '2', '3'].map((id) => customer(id)) });
  await complete(before);
  const run = await startRun(workspace);
  await sync(run, { page: 1, customers: [customer('1')] });
  const phones = ['1', '2', '3'].map((id) => phone(`${id}0`, id, { active: true }));
  await sync(run, { page: 2, contact_methods: phones });
  expect(await countsOf(run)).toEqual({ ...NONE, fetched: 1, through_contacts: 2, updated: 3 });
  await sync(run, { page: 3, contact_methods: phones });
  await sync(run, { page: 4, customers: [customer('2')] });
  expect(await countsOf(run)).toEqual({ ...NONE, fetched: 2, through_contacts: 1, updated: 3 });
});

test('R22: phones of customers that are not there yet make nobody read or changed', async () => {
  const run = await startRun(await connect());
  await sync(run, { page: 1, contact_methods: [phone('10', '1', { active: true })] });
  expect(await countsOf(run)).toEqual(NONE);
  await sync(run, { page: 2, customers: [customer('1')] });
  expect(await countsOf(run)).toEqual({ ...NONE, fetched: 1, created: 1 });
});

test('R22: a phone that is graded anew for its country changes its customer once', async () => {
  const workspace = await connectSynced();
  const before = await startRun(workspace);
  await sync(before, { customers: [customer('1'), customer('2')] });
  await complete(before);
  const run = await startRun(workspace);
  const written = await sync(run, { page: 1, part: '0', contact_methods: [phone('10', '1', { active: true })] });
  expect(written.updated).toBe(1);
  for (const normalized of ['+12085550011', '+12085550012']) {
    await call('renormalize_servicetitan_phones', {
      p_run: { workspace_id: run.workspaceId, instance_id: run.instanceId, fence: run.fence, page: 1, part: '0' },
      p_phones: [
        {
          id: 10,
          crm_id: '1',
          usability: 'valid',
          normalized,
          extension: null,
          home_country: 'US',
          country_code: null,
        },
      ],
      p_commit: null,
    });
  }
  expect(await countsOf(run)).toEqual({ ...NONE, through_contacts: 1, updated: 1 });
});

test('R22: a chunk that goes whole after some of its records went apart counts each customer and each phone once', async () => {
  const run = await startRun(await connect());
  const phones = ['1', '2'].map((id) => phone(`${id}0`, id, { active: true }));
  const unreadable = { 'customer.taxExempt': 1 };
  await sync(run, { part: '0:0-1/4', customers: [customer('1')], contact_methods: phones.slice(0, 1), unreadable });
  await sync(run, {
    part: '0',
    customers: [customer('1'), customer('2')],
    contact_methods: phones,
    rejected: [refused('3')],
    unreadable,
  });
  expect(await countsOf(run)).toEqual({ ...NONE, fetched: 3, created: 2, errors: 1 });
  expect(await ledgerOf(run.instanceId)).toMatchObject({ contact_methods: 2, unreadable_fields: unreadable });
});

test('R21, R22: a ledger that went back behind the reads log tells no number below nought', async () => {
  const workspace = await connectSynced();
  const before = await startRun(workspace);
  await sync(before, { customers: [customer('1')] });
  await complete(before);
  const run = await startRun(workspace);
  await sync(run, { page: 1, customers: [customer('1')] });
  await admin`update public.servicetitan_sync_runs set fetched = 0, unchanged = 0 where instance_id = ${run.instanceId}`;
  await sync(run, { page: 2, customers: [customer('1', { name: 'Renamed' })] });
  expect(await countsOf(run)).toEqual({ ...NONE, updated: 1 });
});

const note = (run: Run, calls: number): Promise<unknown> =>
  call('note_servicetitan_calls', { p_workspace_id: run.workspaceId, p_instance_id: run.instanceId, p_calls: calls });
const callsOf = async (run: Run): Promise<unknown> => (await ledgerOf(run.instanceId))['service_titan_calls'];

test.for([
  ['completes', 2, (run: Run): Promise<void> => complete(run)],
  ['fails', 2, (run: Run): Promise<void> => fail(run, 'servicetitan_server')],
  ['hands over', 7, async (run: Run): Promise<void> => void (await continueIn(run, null))],
] as const)('the calls of attempts that failed are added to those of a run that %s', async ([, told, end]) => {
  const run = await startRun(await connect());
  await note(run, 4);
  await note(run, 3);
  expect(await callsOf(run)).toBe(7);
  await end(run);
  const ended = await ledgerOf(run.instanceId);
  expect(ended['service_titan_calls']).toBe(7 + told);
  await note(run, 5);
  expect(await ledgerOf(run.instanceId)).toEqual(ended);
});
