import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { randomChanges } from '../../local/serviceTitan/seed/randomChanges.ts';
import { World } from '../../local/serviceTitan/tenant/world.ts';

const folder = mkdtempSync(join(tmpdir(), 'journal-'));
afterAll(() => rmSync(folder, { recursive: true }));

const options = { tenantId: '1', clientId: 'a', clientSecret: 'b', appKey: 'c', customers: 30 };

test('what happened outlasts a restart, to the tick', () => {
  const file = join(folder, 'changes');
  const before = new World(options, file);
  randomChanges(before, { count: 120, seed: 4 });
  before.addNote(229472825, 'ticks: 5');
  before.changeCustomer(229472825, { name: '123', raw: { modified: '7' } });

  const after = new World(options, file);
  expect(after.customers).toEqual(before.customers);
  expect(after.contacts).toEqual(before.contacts);
  expect(after.notesOf(229472825)).toEqual(before.notesOf(229472825));
  for (const id of before.customerIds) expect(after.contactIdsOf(id)).toEqual(before.contactIdsOf(id));
  expect(Array.from(after.visibleCustomers.order.touched.rows(), ({ touched }) => touched)).toEqual(
    Array.from(before.visibleCustomers.order.touched.rows(), ({ touched }) => touched),
  );

  const { id } = after.createCustomer({});
  expect(before.customer(id)).toBeUndefined();
  expect(new World(options, file).customer(id)).toEqual(after.customer(id));
});

test('a line that a kill left unfinished is cut off', () => {
  const file = join(folder, 'unfinished');
  new World(options, file).createCustomer({ id: 1 });
  const whole = readFileSync(file, 'utf8');
  appendFileSync(file, '{"customer":{"id":2,');

  const world = new World(options, file);
  expect(world.customer(1)).toBeDefined();
  expect(readFileSync(file, 'utf8')).toBe(whole);
  world.createCustomer({ id: 3 });
  expect(new World(options, file).customer(3)).toBeDefined();
});

test('refuses the journal of a tenant that began otherwise, and names the file', () => {
  const file = join(folder, 'other');
  new World(options, file).createCustomer({ id: 1 });
  expect(() => new World({ ...options, customers: 31 }, file)).toThrow(file);
  expect(() => new World({ ...options, seed: 2 }, file)).toThrow('remove it to begin anew');
});
