// R12: the initial sync resumes where it broke, from the tokens that its pages committed.
import { expect, test } from 'vitest';
import {
  advance,
  begin,
  commit,
  complete,
  connect,
  continueIn,
  fail,
  letDie,
  STARTED_AT,
  startRun,
  stateOf,
  type Run,
} from './workspaces.ts';

const LATER = '2026-11-24T18:00:00Z';

test('R12: each page stores where its feed goes on, and the contacts token stays for the incremental runs', async () => {
  const run = await startRun(await connect());
  await commit(run, { feed: 'initial_contacts', continue_from: 'c-2' });
  expect(await stateOf(run)).toMatchObject({
    initial_feed: 'contacts',
    last_continue_from: 'c-2',
    contacts_continue_from: null,
  });
  await commit(run, { feed: 'initial_contacts', continue_from: 'c-end', done: true });
  expect(await stateOf(run)).toMatchObject({
    initial_feed: 'customers',
    last_continue_from: null,
    contacts_continue_from: 'c-end',
  });
  await commit(run, { feed: 'initial_customers', continue_from: 'k-2' });
  expect(await stateOf(run)).toMatchObject({
    initial_feed: 'customers',
    last_continue_from: 'k-2',
    contacts_continue_from: 'c-end',
  });
  await advance(run, null);
  expect(await stateOf(run)).toMatchObject({
    initial_feed: null,
    last_continue_from: null,
    contacts_continue_from: 'c-end',
    initial_sync_completed: true,
  });
});

test.for([
  ['failed', (run: Run) => fail(run, 'service_titan_down')],
  ['was taken over', letDie],
] as const)('R12: after a run that %s, token, feed and the time it first began are kept', async ([, end]) => {
  const workspace = await connect();
  const run = await startRun(workspace);
  await commit(run, { feed: 'initial_contacts', continue_from: 'c-end', done: true });
  await commit(run, { feed: 'initial_customers', continue_from: 'k-7' });
  await end(run);
  const next = await startRun(workspace, LATER);
  expect(next.begun).toMatchObject({
    mode: 'initial',
    started_at: STARTED_AT,
    initial_feed: 'customers',
    continue_from: 'k-7',
    contacts_continue_from: 'c-end',
  });
});

test('R12: a successor of an initial sync goes on from the stored token', async () => {
  const run = await startRun(await connect());
  await commit(run, { feed: 'initial_contacts', continue_from: 'c-9' });
  const successor = await continueIn(run, null);
  expect(successor.begun).toMatchObject({
    mode: 'initial',
    started_at: STARTED_AT,
    initial_feed: 'contacts',
    continue_from: 'c-9',
    checkpoint: null,
  });
});

test('R12: a refused token is dropped and its feed begun again, with the time kept', async () => {
  const workspace = await connect();
  const run = await startRun(workspace);
  await commit(run, { feed: 'initial_contacts', continue_from: 'c-end', done: true });
  await commit(run, { feed: 'initial_customers', continue_from: 'refused' });
  await commit(run, { feed: 'initial_customers', continue_from: null });
  await fail(run, 'service_titan_down');
  expect((await startRun(workspace, LATER)).begun).toMatchObject({
    started_at: STARTED_AT,
    initial_feed: 'customers',
    continue_from: null,
  });
});

test("R12: the time it began is the earliest of the Worker's clock and ServiceTitan's answers", async () => {
  const run = await startRun(await connect());
  await commit(run, { feed: 'initial_contacts', continue_from: 'c-2', read_at: '2026-11-24T10:00:05Z' });
  expect(await stateOf(run)).toMatchObject({ initial_started_at: STARTED_AT });
  await commit(run, { feed: 'initial_contacts', continue_from: 'c-3', read_at: '2026-11-24T09:58:00Z' });
  await commit(run, { feed: 'initial_contacts', continue_from: 'c-4', read_at: null });
  await commit(run, { feed: 'initial_contacts', continue_from: 'c-5', read_at: '2026-11-24T09:59:00Z' });
  expect(await stateOf(run)).toMatchObject({ initial_started_at: '2026-11-24T09:58:00+00:00' });
});

test('R12: the first incremental starts from the time it began less 15 minutes', async () => {
  const run = await startRun(await connect());
  await commit(run, { feed: 'initial_contacts', continue_from: 'c', done: true, read_at: '2026-11-24T09:58:00Z' });
  await advance(run, null);
  expect(await stateOf(run)).toMatchObject({
    last_modified_cursor: '2026-11-24T09:43:00+00:00',
    initial_sync_completed: true,
  });
});

test('R12: repeating a commit changes nothing, and one of the contacts cannot turn the customers back', async () => {
  const run = await startRun(await connect());
  const done = { feed: 'initial_contacts', continue_from: 'c-end', done: true, read_at: '2026-11-24T09:59:00Z' };
  await commit(run, done);
  const steady = async () => {
    const { alive_until: _, updated_at: __, ...state } = await stateOf(run);
    return state;
  };
  const first = await steady();
  await commit(run, done);
  expect(await steady()).toEqual(first);
  await commit(run, { feed: 'initial_customers', continue_from: 'k-2' });
  const second = await steady();
  await commit(run, done);
  await commit(run, { feed: 'initial_contacts', continue_from: 'c-1' });
  expect(await steady()).toEqual(second);
});

test('R12: before the contacts are done the customer feed commits nothing', async () => {
  const run = await startRun(await connect());
  await commit(run, { feed: 'initial_contacts', continue_from: 'c-2' });
  await commit(run, { feed: 'initial_customers', continue_from: 'k-2' });
  expect(await stateOf(run)).toMatchObject({ initial_feed: 'contacts', last_continue_from: 'c-2' });
});

test('R9: the contacts feed of an incremental run moves its own token and nothing else', async () => {
  const workspace = await connect();
  const first = await startRun(workspace);
  await commit(first, { feed: 'initial_contacts', continue_from: 'c-end', done: true });
  await advance(first, null);
  await complete(first);
  const run = await startRun(workspace, LATER);
  const before = await stateOf(run);
  await commit(run, { feed: 'contacts', continue_from: 'c-next', done: true });
  const after = await stateOf(run);
  expect(after).toEqual({ ...before, contacts_continue_from: 'c-next', alive_until: after['alive_until'] });
  expect(await begin(run, run.instanceId)).toMatchObject({ contacts_continue_from: 'c-next' });
});
