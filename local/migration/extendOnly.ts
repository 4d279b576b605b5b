import postgres from 'postgres';
import { StackError } from '../stackError.ts';
import {
  addColumns,
  canBeAdded,
  type Column,
  isItsOwn,
  PRODUCT_TABLE_NAMES,
  refuseOtherTypes,
} from './productTables.ts';
import { splitStatements } from './statements.ts';

const TABLES = PRODUCT_TABLE_NAMES.join('|');
const ON_TABLE = new RegExp(String.raw`\bpublic"?\."?(?:${TABLES})\b`);
const ADDED_COLUMN = new RegExp(
  String.raw`^ALTER TABLE "public"\."(${TABLES})"\s+ADD COLUMN "([a-z_][a-z0-9_]*)" (.+);$`,
);
const COLUMN_COMMENT = new RegExp(String.raw`^COMMENT ON COLUMN "public"\."(${TABLES})"\."(\w+)" IS '`);
/** They may speak of a product's table and change nothing of it. */
const ONLY_MENTIONS = /^(?:CREATE (?:OR REPLACE )?(?:FUNCTION|VIEW)|COMMENT ON (?:FUNCTION|VIEW))\b/;
/** What is granted from then on, or on all there is, is the product's too. */
const ON_ALL = /^ALTER DEFAULT PRIVILEGES\b|^(?:GRANT|REVOKE)\b.*\bON SCHEMA\b/;
/** Fails, or not, by whether the table has rows. */
const NEEDS_A_VALUE = /\bADD COLUMN\b(?!.*\bDEFAULT\b).*\bNOT NULL\b/;

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
    const [, commented, named] = COLUMN_COMMENT.exec(statement) ?? [];
    // What a text says is no change of what it speaks of.
    const change = statement.replaceAll(/'(?:[^']|'')*'/g, "''");
    if (column && canBeAdded(column)) columns.push(column);
    else if (commented !== undefined && !isItsOwn(commented, named!)) others.push(statement);
    else if (ONLY_MENTIONS.test(statement)) others.push(statement);
    else if (NEEDS_A_VALUE.test(change) || ON_ALL.test(change)) refused.push(statement);
    else if (ON_TABLE.test(change) || indexes.some((index) => change.includes(`"${index}"`))) refused.push(statement);
    else others.push(statement);
  }
  if (refused.length > 0) {
    throw new StackError(
      `No migration can do this everywhere, because ${PRODUCT_TABLE_NAMES.join(' and ')} may be a product's own and other ` +
        `tables have rows:\n${refused.join('\n')}\n` +
        'A new column may be null or has a constant as its default. Take the rest back in supabase/schemas.',
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
