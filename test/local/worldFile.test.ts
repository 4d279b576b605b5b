import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { changeCustomers } from '../../local/demoChanges.ts';
import { startServiceTitan } from '../../local/serviceTitan/server.ts';
import { fillWorld, readWorld, saveWorld } from '../../local/worldFile.ts';

const tenant = (tenantId: string, customers: number) => ({
  tenantId,
  customers,
  seed: 1,
  clientId: `client-${tenantId}`,
  clientSecret: 'local-client-secret',
  appKey: 'local-app-key',
});

function temporaryFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'world-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'serviceTitan.json');
}

test('what was never written down is not there', () => {
  expect(readWorld(temporaryFile())).toBeUndefined();
});

test('a restarted ServiceTitan holds the customers and contacts it held, changes included', async () => {
  const serviceTitan = await startServiceTitan();
  onTestFinished(() => serviceTitan.stop());
  const file = temporaryFile();
  const world = serviceTitan.createTenant(tenant('1', 200));
  const { movedBalances } = changeCustomers(world);
  saveWorld(file, world, movedBalances);

  const restarted = serviceTitan.createTenant(tenant('2', 0));
  fillWorld(restarted, readWorld(file)!);
  expect(restarted.customers).toEqual(world.customers);
  const kept = world.contacts.map((contact) => {
    const { preferences: _, ...rest } = contact;
    return rest;
  });
  expect(byId(restarted.contacts)).toMatchObject(byId(kept));
});

test('a round of changes adds, changes and removes contacts, moves balances, merges and creates customers', async () => {
  const serviceTitan = await startServiceTitan();
  onTestFinished(() => serviceTitan.stop());
  const world = serviceTitan.createTenant(tenant('1', 200));
  const before = { customers: world.customers, contacts: world.contacts };
  const { changes, movedBalances } = changeCustomers(world);
  const formerValue = new Map(before.contacts.map((contact) => [contact.id, contact.value]));
  const wasMerged = new Set(before.customers.filter(({ mergedToId }) => mergedToId !== null).map(({ id }) => id));

  expect(changes).toBeGreaterThan(25);
  expect(movedBalances.length).toBeGreaterThan(0);
  expect(world.customers.length).toBe(before.customers.length + 1);
  expect(world.contacts.length).toBeGreaterThan(before.contacts.length);
  expect(world.contacts.some(({ id, value }) => formerValue.has(id) && formerValue.get(id) !== value)).toBe(true);
  expect(world.contacts.filter(({ active }) => !active).length).toBeGreaterThan(
    before.contacts.filter(({ active }) => !active).length,
  );
  expect(world.customers.some(({ id, mergedToId }) => mergedToId !== null && !wasMerged.has(id))).toBe(true);
});

function byId<Row extends { id: number }>(rows: Row[]): Row[] {
  return rows.toSorted((a, b) => a.id - b.id);
}
