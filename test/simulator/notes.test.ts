import { afterAll, expect, test } from 'vitest';
import { startServiceTitan } from '../../local/serviceTitan/server.ts';
import { createTenantClient } from './tenantClient.ts';

const serviceTitan = await startServiceTitan();
afterAll(() => serviceTitan.stop());

function tenant() {
  const client = createTenantClient(serviceTitan);
  client.world.createCustomer({ id: 1, modifiedOn: '2026-01-01' });
  return client;
}

const post = (body: unknown) => ({ method: 'POST', body: JSON.stringify(body) });

test('stores a note, lists it and moves the modifiedOn of the customer', async () => {
  const { crm, world } = tenant();
  const { status, body } = await crm('/customers/1/notes', post({ text: 'Prefers mornings', pinToTop: true }));
  expect(status).toBe(200);
  expect(body).toEqual({
    id: expect.any(Number),
    text: 'Prefers mornings',
    isPinned: true,
    createdById: expect.any(Number),
    createdOn: expect.stringMatching(/^\d{4}-.*Z$/),
    modifiedOn: body.createdOn,
  });
  expect((await crm('/customers/1/notes?includeTotal=true')).body).toMatchObject({ totalCount: 1, data: [body] });
  expect(world.customer(1)!.modifiedOn).toBe(body.createdOn);
});

test('leaves the customer alone by the switch', async () => {
  const { crm, world } = tenant();
  world.setSwitches({ notesMoveModifiedOn: false });
  expect((await crm('/customers/1/notes', post({ text: 'Prefers mornings' }))).body.isPinned).toBe(false);
  expect(world.customer(1)!.modifiedOn).toBe('2026-01-01T00:00:00Z');
});

test('stores the same text twice, for nothing makes a repeated call harmless', async () => {
  const { crm } = tenant();
  for (let time = 0; time < 2; time++) await crm('/customers/1/notes', post({ text: 'Twice' }));
  expect((await crm('/customers/1/notes')).body.data).toMatchObject([{ text: 'Twice' }, { text: 'Twice' }]);
});

test('refuses a note without text and one for an unknown customer', async () => {
  const { crm } = tenant();
  const refused = await crm('/customers/1/notes', post({ note: 'Wrong name' }));
  expect(refused).toMatchObject({ status: 400, body: { errors: { text: expect.anything() } } });
  expect((await crm('/customers/1/notes', { method: 'POST', body: 'no JSON' })).status).toBe(400);
  expect((await crm('/customers/2/notes', post({ text: 'Nobody' }))).status).toBe(404);
  expect((await crm('/customers/2/notes')).status).toBe(404);
});

test('needs the scope to write', async () => {
  const { crm, world } = createTenantClient(serviceTitan, { scopes: ['tn.crm.customers:r'] });
  world.createCustomer({ id: 1 });
  expect((await crm('/customers/1/notes')).status).toBe(200);
  expect((await crm('/customers/1/notes', post({ text: 'Refused' }))).status).toBe(403);
  expect(world.notesOf(1)).toEqual([]);
});

test('filters notes by their times', async () => {
  const { crm, world } = tenant();
  world.addNote(1, 'Now');
  expect((await crm('/customers/1/notes?createdBefore=2026-01-01')).body.data).toEqual([]);
  expect((await crm('/customers/1/notes?modifiedOnOrAfter=2026-01-01')).body.data).toHaveLength(1);
});
