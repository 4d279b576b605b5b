// The limit: the rows are there already, finished, in files; COPY and one statement a table merge them. No network, no
// mapping, no check of anything: a sync can come near to it, not past it.
import type { Sql } from 'postgres';
import { copyFile } from '../parity.ts';
import { CONTACT_COLUMNS, METHOD_COLUMNS } from '../tables.ts';
import type { Form } from './form.ts';

export function createLimitForm(sql: Sql): Form {
  return {
    name: 'limit',
    own: {},
    sync: async ({ workspaceId, source, rows }) => {
      await sql.begin(async (transaction) => {
        const one = transaction as unknown as Sql;
        await one`create temporary table new_contacts on commit drop as table bench.expected_contacts with no data`;
        await one`create temporary table new_methods on commit drop as table bench.expected_methods with no data`;
        await copyFile(one, 'new_contacts', rows.contacts);
        await copyFile(one, 'new_methods', rows.methods);
        await one.unsafe(mergeInto('public.contacts', 'new_contacts', CONTACT_COLUMNS, ['workspace_id', 'crm_id']), [
          workspaceId,
        ]);
        await one.unsafe(
          mergeInto('public.servicetitan_contact_methods', 'new_methods', METHOD_COLUMNS, [
            'workspace_id',
            'source',
            'crm_id',
            'id',
          ]),
          [workspaceId, source],
        );
      });
    },
    stop: async () => {},
  };
}

/** The statement; its parameters are the values of the key's columns that the files leave out. */
function mergeInto(table: string, rows: string, columns: readonly string[], key: string[]): string {
  const given = key.filter((column) => !columns.includes(column));
  const set = columns.filter((column) => !key.includes(column)).map((column) => `${column} = excluded.${column}`);
  return `
    insert into ${table} (${[...given, ...columns].join(', ')})
    select ${[...given.map((_, index) => `$${index + 1}`), ...columns].join(', ')} from ${rows}
    on conflict (${key.join(', ')}) do update set ${set.join(', ')}
  `;
}
