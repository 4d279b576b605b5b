// Tables that a product may have before the sync comes: a migration creates or extends them and never takes
// anything away.
import { StackError } from '../stackError.ts';
import type { SchemaFile } from './schemas.ts';
import { splitStatements, withoutComment } from './statements.ts';

interface ProductTable {
  /** Columns that are the product's own business, in whatever form it has them. */
  itsOwn: string[];
  /** Columns that it has to have, because no value could be given to its rows. */
  required: string[];
}

const PRODUCT_TABLES: Record<string, ProductTable> = {
  contacts: { itsOwn: ['id', 'created_at'], required: ['workspace_id'] },
  workspaces: { itsOwn: ['id'], required: [] },
};

export interface Column {
  table: string;
  name: string;
  /** What follows the name in `create table`. */
  definition: string;
}

/** Their names. */
export const PRODUCT_TABLE_NAMES = Object.keys(PRODUCT_TABLES);

/** Whether a product may lack that column, or have it in a form of its own. */
export function isItsOwn(table: string, column: string): boolean {
  return PRODUCT_TABLES[table]?.itsOwn.includes(column) === true;
}

export function isProductTable(name: string): boolean {
  return name in PRODUCT_TABLES;
}

/** What is done once, where the table is created. The rest is done in any case, and may be done again. */
const OF_CREATION =
  /^(?:create table |alter table \S+ enable row level security;|revoke all on \S+ from [a-z_, ]+;|comment on table )/;
const IN_ANY_CASE =
  /^(?:create (?:unique )?index (?!if |concurrently )\w+ on |grant [a-z, ]+ on \S+ to service_role;|comment on column )/;

/**
 * The migration's form of a table's file: created as the file says where the table is absent, else extended
 * by the columns it lacks. Existing columns, rows, policies and grants stay as they are. Throws a StackError
 * that names the file where it holds something that has no such form.
 */
export function createOrExtend(file: SchemaFile): string {
  const statements = splitStatements(file.text);
  const strange = statements.find(
    (text) => !OF_CREATION.test(withoutComment(text)) && !IN_ANY_CASE.test(withoutComment(text)),
  );
  if (strange !== undefined) {
    throw new StackError(
      `supabase/${file.path}: the table may be a product's own, and the migration has no form for:\n${withoutComment(strange)}`,
    );
  }
  const ofCreation = statements.filter((text) => OF_CREATION.test(withoutComment(text))).map(withoutComment);
  const inAnyCase = statements
    .filter((text) => IN_ANY_CASE.test(withoutComment(text)))
    .map((text) => text.replace(/^create (unique )?index /m, 'create $1index if not exists '));
  return `${file.text.slice(0, file.text.indexOf('create table '))}do $$
begin
  if to_regclass('public.${file.name}') is null then
${ofCreation.join('\n').replaceAll(/^/gm, '    ')}
  end if;
end
$$;

${addColumns(readColumns(file))}

${inAnyCase.join('\n')}`;
}

/**
 * Whether a table with rows can have the column without being written anew: a value that is required has to
 * be given, and one that is given has to be a constant.
 */
export function canBeAdded({ definition }: Column): boolean {
  return !/\bnot null\b(?!.*\bdefault\b)|\bgenerated\b|\bdefault\b.*\(/i.test(definition);
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
 * Refuses a product's table that has one of the columns with another type, or computes it: every write of
 * the sync would fail. It comes before all that changes something.
 */
export function refuseOtherTypes(columns: Column[]): string {
  const wanted = columns.map(({ table, name, definition }) => `      ('${table}', '${name}', '${typeOf(definition)}')`);
  return `do $$
declare
  v_fault text;
begin
  for v_fault in
    select format(
      '%I.%I is %s, expected %s',
      wanted.table_name,
      wanted.name,
      case when is_computed.yes then 'computed' else format_type(actual.atttypid, null) end,
      wanted.type
    )
    from (values
${wanted.join(',\n')}
    ) as wanted (table_name, name, type)
    join pg_catalog.pg_attribute as actual
      on actual.attrelid = to_regclass('public.' || wanted.table_name)
      and actual.attname = wanted.name
      and not actual.attisdropped
    join pg_catalog.pg_type as type on type.oid = actual.atttypid
    -- A domain may hold what its type holds.
    cross join lateral (select coalesce(nullif(type.typbasetype, 0), type.oid)) as base (type)
    cross join lateral (select actual.attgenerated <> '' or actual.attidentity = 'a') as is_computed (yes)
    where is_computed.yes
      or (base.type <> wanted.type::regtype and not (wanted.type = 'text' and base.type = 'varchar'::regtype))
  loop
    raise exception 'The column public.%: rename or convert it, then apply the migrations again.', v_fault;
  end loop;
end
$$;`;
}

/** A line of `create table`: name, type, and of what may follow a type the three that can be added later. */
const COLUMN =
  /^ {2}([a-z_][a-z0-9_]*) (?!.*\b(?:unique|primary|references|check|generated|constraint)\b)([a-z][a-z0-9_ ]*?(?:\(\d+(?:, ?\d+)?\))?(?:\[\])?(?: collate "\w+")?(?: not null)?(?: default [^,]+?)?),?$/;

/**
 * The columns that the sync wants of a product's table, as its file says them. Throws a StackError that names
 * the file and the line where one can't be added to a table that is there already.
 */
export function readColumns({ name: table, path, text }: SchemaFile): Column[] {
  const { itsOwn, required } = PRODUCT_TABLES[table]!;
  const [, body] = /^create table [^(]+\(\n(.*?)\n\);$/ms.exec(text) ?? [];
  if (body === undefined) throw new StackError(`supabase/${path} holds no create table with one column per line.`);
  return body.split('\n').flatMap((line) => {
    if (itsOwn.some((name) => line.startsWith(`  ${name} `))) return [];
    const [, name, definition] = COLUMN.exec(line) ?? [];
    const column = { table, name: name ?? '', definition: definition ?? '' };
    if (name !== undefined && (canBeAdded(column) || required.includes(name))) return [column];
    throw new StackError(
      `supabase/${path}: "${line.trim()}" can't be added to a table that a product has already. Write one column ` +
        'per line, with nothing behind it: name, type, and at most a collation, "not null" with a default, a default.',
    );
  });
}

function typeOf(definition: string): string {
  return definition.replace(/\s(?:collate|not null|default)\b.*$/i, '');
}
