// `npm run sql -- "select …"`: one statement in the database of the local stack, its rows as a table.
import { join } from 'node:path';
import postgres from 'postgres';
import { printable } from './printable.ts';
import { stateFolderFor } from './stateFolder.ts';
import { readStateEnv } from './stateSecrets.ts';

const UNREACHABLE = ['ECONNREFUSED', 'ECONNRESET', 'CONNECT_TIMEOUT', 'CONNECTION_ENDED'];

try {
  console.log(await run(process.argv.slice(2).join(' ').trim()));
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}

async function run(statement: string): Promise<string> {
  if (statement === '') throw new Error('Say what to run: npm run sql -- "select crm_id, name from contacts limit 5"');
  const folder = stateFolderFor(process.env, join(import.meta.dirname, '..'));
  const url = readStateEnv(folder)?.['DATABASE_URL'];
  if (url === undefined) throw new Error(`${folder} holds no database yet: start the stack with \`npm start\`.`);
  const sql = postgres(url, { max: 1, onnotice: () => {}, connect_timeout: 5 });
  try {
    // As text, which is how PostgreSQL itself writes each type.
    const rows = await sql.unsafe(statement, [], { simple: false } as object).raw();
    return rows.columns?.length ? table(rows.columns, rows) : `${rows.command} ${rows.count}`;
  } catch (error) {
    const { code = '', message } = error as Error & { code?: string };
    if (message.startsWith('cannot insert multiple commands'))
      throw new Error('One statement at a time.', { cause: error });
    throw new Error(
      UNREACHABLE.includes(code)
        ? `The database of ${folder} does not answer: start the stack with \`npm start\`, and leave it running.`
        : `PostgreSQL refused the statement: ${printable(message)}.`,
      { cause: error },
    );
  } finally {
    await sql.end();
  }
}

function table(columns: readonly { name: string }[], rows: (Buffer | null)[][]): string {
  // One line a row, whatever stands in it.
  const inLine = (text: string) => printable(text.replaceAll(/\s*\n\s*/g, ' '));
  const head = columns.map(({ name }) => inLine(name));
  const cells = rows.map((row) => row.map((value) => inLine(value?.toString() ?? '')));
  const widths = head.map((name, column) => Math.max(name.length, ...cells.map((row) => row[column]!.length)));
  const line = (row: string[]) => ` ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')}`.trimEnd();
  const rule = widths.map((width) => '-'.repeat(width + 2)).join('+');
  return [line(head), rule, ...cells.map(line), `(${rows.length} ${rows.length === 1 ? 'row' : 'rows'})`].join('\n');
}
