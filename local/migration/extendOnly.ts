import postgres from 'postgres';
import { StackError } from '../stackError.ts';
import { addColumns, canBeAdded, type Column, PRODUCT_TABLE_NAMES, refuseOtherTypes } from './productTables.ts';
import { splitStatements } from './statements.ts';

const TABLES = PRODUCT_TABLE_NAMES.join('|');
const ON_TABLE = new RegExp(String.raw`\bpublic"?\."?(?:${TABLES})\b`);
const ADDED_COLUMN = new RegExp(String.raw`^ALTER TABLE "public"\."(${TABLES})"\s+ADD COLUMN "(\w+)" (.+);$`);
const COLUMN_COMMENT = new RegExp(String.raw`^COMMENT ON COLUMN "public"\."(?:${TABLES})"\."\w+" IS '`);
/** They may speak of a product's table and change nothing of it. */
const ONLY_MENTIONS = /^(?:CREATE (?:OR REPLACE )?(?:FUNCTION|VIEW)|COMMENT ON (?:FUNCTION|VIEW))\b/;

/**
 * The same statements, but that a product's table gets columns alone, each only where it lacks it. Any other
 * change of such a table is refused with a StackError: the tool that compares two databases knows no owner,
 * and would drop a product's columns. `dbUrl` is the database that the statements are for.
 */
export async function extendOnly(statements: string, dbUrl: string): Promise<string> {
  const indexes = await indexesOfProductTables(dbUrl);
  const columns: Column[] = [];
  const others: string[] = [];
  const refused: string[] = [];
  for (const statement of splitStatements(statements)) {
    const [, table, name, definition] = ADDED_COLUMN.exec(statement) ?? [];
    const column = table === undefined ? null : { table, name: name!, definition: definition! };
    if (column && canBeAdded(column)) columns.push(column);
    else if (ONLY_MENTIONS.test(statement) || COLUMN_COMMENT.test(statement)) others.push(statement);
    else if (ON_TABLE.test(statement) || indexes.some((index) => statement.includes(`"${index}"`)))
      refused.push(statement);
    else others.push(statement);
  }
  if (refused.length > 0) {
    throw new StackError(
      "No migration may do this to a table that can be a product's own:\n" +
        `${refused.join('\n')}\nIt can add columns that may be null or have a default. Take the rest back in supabase/schemas.`,
    );
  }
  const extension = columns.length === 0 ? [] : [refuseOtherTypes(columns), addColumns(columns)];
  return `${[...extension, ...others].join('\n\n')}\n`;
}

async function indexesOfProductTables(dbUrl: string): Promise<string[]> {
  const sql = postgres(dbUrl, { max: 1 });
  try {
    const rows = await sql<{ indexname: string }[]>`
      select indexname from pg_indexes where schemaname = 'public' and tablename in ${sql(PRODUCT_TABLE_NAMES)}
    `;
    return rows.map(({ indexname }) => indexname);
  } finally {
    await sql.end();
  }
}
