// Tables that a product may have before the sync comes: a migration creates or extends them and never takes
// anything away.
import { StackError } from '../stackError.ts';
import type { SchemaFile } from './schemas.ts';
import { splitStatements, withoutComment } from './statements.ts';

/** By name, with the columns that are the product's own business in whatever form it has them. */
const PRODUCT_TABLES: Record<string, string[]> = {
  contacts: ['id', 'created_at'],
  workspaces: ['id'],
};

export interface Column {
  table: string;
  name: string;
  /** What follows the name in `create table`. */
  definition: string;
}

/** Their names. */
export const PRODUCT_TABLE_NAMES = Object.keys(PRODUCT_TABLES);

export function isProductTable(name: string): boolean {
  return name in PRODUCT_TABLES;
}

/**
 * The migration's form of a table's file: created as the file says where the table is absent, else extended
 * by the columns it lacks. Existing columns, rows, policies and grants stay as they are.
 */
export function createOrExtend({ name, path, text }: SchemaFile): string {
  const statements = splitStatements(text);
  const create = createTableIn({ path, text });
  const isOfCreation = (statement: string) =>
    statement === create ||
    /^(?:alter table \S+ enable row level security|revoke |comment on table )/.test(withoutComment(statement));
  const comment = create.slice(0, create.length - withoutComment(create).length);
  const creation = statements.filter(isOfCreation).map(withoutComment).join('\n').replaceAll(/^/gm, '    ');
  const always = statements
    .filter((statement) => !isOfCreation(statement))
    .map((statement) => statement.replace(/^create (unique )?index /m, 'create $1index if not exists '));
  return `${comment}do $$
begin
  if to_regclass('public.${name}') is null then
${creation}
  end if;
end
$$;

${addColumns(readColumns({ name, path, text }))}

${always.join('\n')}`;
}

/** Not where a value is required and none given: rows that are there already have none. */
export function canBeAdded({ definition }: Column): boolean {
  return !/\bnot null\b(?!.*\bdefault\b)/i.test(definition);
}

/** Adds to each product's table those columns that it lacks. */
export function addColumns(columns: Column[]): string {
  return Map.groupBy(columns.filter(canBeAdded), ({ table }) => table)
    .entries()
    .map(([table, added]) => {
      const actions = added.map(({ name, definition }) => `  add column if not exists ${name} ${definition}`);
      return `alter table public.${table}\n${actions.join(',\n')};`;
    })
    .toArray()
    .join('\n\n');
}

/**
 * Refuses a product's table that has one of the columns with another type: every write of the sync would
 * fail. It comes before all that changes something.
 */
export function refuseOtherTypes(columns: Column[]): string {
  const wanted = columns.map(({ table, name, definition }) => `      ('${table}', '${name}', '${typeOf(definition)}')`);
  return `do $$
declare
  v_fault text;
begin
  for v_fault in
    select format('%I.%I is %s, expected %s', wanted.table_name, wanted.name, format_type(actual.atttypid, null), wanted.type)
    from (values
${wanted.join(',\n')}
    ) as wanted (table_name, name, type)
    join pg_catalog.pg_attribute as actual
      on actual.attrelid = to_regclass('public.' || wanted.table_name)
      and actual.attname = wanted.name
      and not actual.attisdropped
    where actual.atttypid <> wanted.type::regtype
      and not (wanted.type = 'text' and actual.atttypid = 'varchar'::regtype)
  loop
    raise exception 'The column public.%: rename or convert it, then apply the migrations again.', v_fault;
  end loop;
end
$$;`;
}

/** The columns that the sync wants of a product's table, as its file says them, one a line. */
export function readColumns(file: Omit<SchemaFile, 'folder'>): Column[] {
  return [...createTableIn(file).matchAll(/^ {2}(?!constraint |primary key |unique )(\w+) (.+?),?$/gm)]
    .map(([, name, definition]) => ({ table: file.name, name: name!, definition: definition! }))
    .filter(({ name }) => !PRODUCT_TABLES[file.name]!.includes(name));
}

function createTableIn({ path, text }: Pick<SchemaFile, 'path' | 'text'>): string {
  const create = splitStatements(text).find((statement) => withoutComment(statement).startsWith('create table '));
  if (create === undefined) throw new StackError(`supabase/${path} holds no create table.`);
  return create;
}

function typeOf(definition: string): string {
  return definition.replace(/\s(?:collate|not null|default|primary key|check|constraint|generated)\b.*$/i, '');
}
