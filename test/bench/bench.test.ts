// The benchmark stays alive, and its gate shut to wrong rows. Its measurements are `npm run bench`.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { compareRows, createExpectedTables } from '../../bench/parity.ts';
import { admin } from '../support/database.ts';
import { createWorkspace } from '../support/workspace.ts';

const run = promisify(execFile);
const main = join(import.meta.dirname, '..', '..', 'bench', 'main.ts');

test('a smallest run compares two forms, finds the rows of both equal to the source, and counts what a tick and a call cost', async () => {
  const forms = ['--sizes', '20', '--latency-sizes', '', '--changes', '1', '--forms', 'per-row,limit'];
  const costs = ['--parts', 'forms,function,tick,profile', '--page', '1', '--workspaces', '120'];
  const { stdout } = await run(process.execPath, [main, '--quick', ...forms, ...costs]);
  expect(stdout.match(/rows equal/g)).toHaveLength(4);
  expect(stdout).toContain('Times, as multiples of the product');
  expect(stdout).toMatch(/1 customers abroad, ten phones each( +\d+)+/);
  expect(stdout).toMatch(/Postgres +write_servicetitan_customers( +[\d.]+){4}/);
  // One batch of a hundred, a second's wait, and the rest.
  expect(stdout).toMatch(/all due +120 +\d+ +2 +100 +100 +1 /);
  expect(stdout.match(/  yes$/gm)).toHaveLength(5);
}, 180_000);

test('the gate sees a row that is missing, one that is too many, one that differs and one of another source', async () => {
  const { workspaceId } = await createWorkspace({ customers: 0 });
  const folder = mkdtempSync(join(tmpdir(), 'parity-'));
  const files = { contacts: join(folder, 'contacts.tsv'), methods: join(folder, 'methods.tsv') };
  const line = (crmId: number, name: string) => `${[crmId, 's', name, ...Array(15).fill('\\N')].join('\t')}\n`;
  const method = (id: number) =>
    `${[id, 1, 'Email', 'none', 'unusable', ...Array(3).fill('\\N'), 't', '\\N', 't', 'then'].join('\t')}\n`;
  try {
    writeFileSync(files.methods, method(1) + method(2));
    writeFileSync(files.contacts, line(1, 'same') + line(2, 'expected') + line(3, 'missing'));
    const parity = await admin.begin(async (sql) => {
      await createExpectedTables(sql as never);
      for (const [crmId, name] of [
        ['1', 'same'],
        ['2', 'found'],
        ['4', 'too many'],
      ]) {
        await sql`insert into contacts (workspace_id, crm_id, crm_source, name) values (${workspaceId}, ${crmId!}, 's', ${name!})`;
      }
      for (const [id, source] of [
        [1, 's'],
        [2, 'of another tenant'],
      ] as const) {
        const row = {
          workspace_id: workspaceId,
          source,
          id,
          crm_id: '1',
          type: 'Email',
          value: 'none',
          usability: 'unusable',
        };
        await sql`insert into servicetitan_contact_methods ${sql({ ...row, do_not_text: true, modified_on: 'then' })}`;
      }
      const result = await compareRows(sql as never, { workspaceId, source: 's' }, files);
      await sql`drop schema bench cascade`;
      return result;
    });
    expect(parity).toEqual({ contacts: 3, methods: 2, different: 4 });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
