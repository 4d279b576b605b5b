// Who may do what, over all that schema public holds, so that nothing new can be forgotten.
import { expect, test } from 'vitest';
import { admin, as, PERMISSION_DENIED, type Role } from '../support/database.ts';

interface Table {
  name: string;
  isView: boolean;
  columns: string[];
}
interface Routine {
  name: string;
  signature: string;
  /** A call with a null of the right type for each parameter. */
  call: string;
}

const tables = await admin<Table[]>`
  select relation.relname as name, bool_or(relation.relkind = 'v') as "isView", array_agg(attribute.attname order by attribute.attnum) as columns
  from pg_class as relation
  join pg_attribute as attribute on attribute.attrelid = relation.oid and attribute.attnum > 0 and not attribute.attisdropped
  where relation.relnamespace = 'public'::regnamespace
    and relation.relkind in ('r', 'p', 'v', 'm', 'f')
  group by relation.relname
  order by relation.relname
`;
const functions = await admin<Routine[]>`
  select
    proname as name,
    pg_proc.oid::regprocedure::text as signature,
    format('public.%I(%s)', proname, (
      select string_agg('null::' || format_type(type, null), ', ' order by position)
      from unnest(proargtypes) with ordinality as argument (type, position)
    )) as call
  from pg_proc
  where pronamespace = 'public'::regnamespace
  order by signature
`;

const STRANGERS: Role[] = ['anon', 'authenticated'];

function statementsOn({ name, isView, columns }: Table): string[] {
  const [first] = columns;
  const reading = [`select 1 from public.${name}`, `select ${columns.join(', ')} from public.${name}`];
  // Nothing can be written to a join.
  if (isView) return reading;
  return [
    ...reading,
    `insert into public.${name} default values`,
    `update public.${name} set ${first} = ${first}`,
    `delete from public.${name}`,
    `truncate public.${name}`,
  ];
}

test('the tables and functions found are those that are tested below', () => {
  expect(tables.map(({ name }) => name)).toEqual([
    'contacts',
    'servicetitan_alerts',
    'servicetitan_connections',
    'servicetitan_contact_methods',
    'servicetitan_contact_points',
    'servicetitan_contact_tags',
    'servicetitan_pass_chunks',
    'servicetitan_proofs',
    'servicetitan_rechecks',
    'servicetitan_sync_errors',
    'servicetitan_sync_reads',
    'servicetitan_sync_runs',
    'servicetitan_sync_state',
    'servicetitan_tag_types',
    'servicetitan_ticks',
    'workspaces',
  ]);
  expect(functions.length).toBeGreaterThanOrEqual(16);
});

test.for(STRANGERS)('%s can read and change no table', async (role) => {
  for (const statement of tables.flatMap(statementsOn)) {
    await expect(
      as(role, (sql) => sql.unsafe(statement)),
      statement,
    ).rejects.toMatchObject(PERMISSION_DENIED);
  }
});

test.for(STRANGERS)('%s holds no privilege on a column or a sequence', async (role) => {
  const held = await admin`
    select relname
    from pg_class
    where relnamespace = 'public'::regnamespace
      and case
        when relkind = 'S' then has_sequence_privilege(${role}, oid, 'usage, select, update')
        when relkind in ('r', 'p', 'v', 'm', 'f') then has_any_column_privilege(${role}, oid, 'select, insert, update, references')
      end
  `;
  expect(held).toEqual([]);
});

test.for(STRANGERS)('%s can call no function', async (role) => {
  for (const { call } of functions) {
    await expect(
      as(role, (sql) => sql.unsafe(`select ${call}`)),
      call,
      // Not "for table": that would be told from within the function, by a caller who may call it.
    ).rejects.toMatchObject({ ...PERMISSION_DENIED, message: expect.stringContaining('denied for function') });
  }
});

test('strangers hold no privilege of any kind: on a table, a column, a function, the schema, or what is created next', async () => {
  const held = await admin`
    select object, granted.privilege_type as privilege, granted.grantee::regrole::text as role
    from (
      select relname::text as object, relacl as acl from pg_class where relnamespace = 'public'::regnamespace
      union all
      select attrelid::regclass || '.' || attname, attacl
      from pg_attribute join pg_class on pg_class.oid = attrelid
      where relnamespace = 'public'::regnamespace
      union all
      select pg_proc.oid::regprocedure::text, proacl from pg_proc where pronamespace = 'public'::regnamespace
      union all
      select 'default privileges', defaclacl from pg_default_acl where defaclnamespace in (0, 'public'::regnamespace)
      union all
      select 'schema public', nspacl from pg_namespace where nspname = 'public'
    ) as listed
    cross join lateral aclexplode(acl) as granted
    where (granted.grantee = 0 or granted.grantee in ('anon'::regrole, 'authenticated'::regrole))
      and not (object = 'schema public' and granted.privilege_type = 'USAGE')
  `;
  expect(held).toEqual([]);
});

test('nothing of the sync stands outside schema public, where the tests here would not find it', async () => {
  const schemas = await admin<{ name: string }[]>`
    select nspname as name
    from pg_namespace
    where nspname !~ '^pg_' and nspname <> 'information_schema'
    order by name
  `;
  // Supabase's own; supabase_migrations is the history that its CLI keeps.
  expect(schemas.map(({ name }) => name)).toEqual(['auth', 'extensions', 'public', 'supabase_migrations']);
});

test('a view shows its caller what the caller may see: none runs with the rights of its owner', async () => {
  const views = await admin`
    select relname
    from pg_class
    where relnamespace = 'public'::regnamespace
      and relkind in ('v', 'm')
      and not coalesce(reloptions, '{}') && array['security_invoker=true', 'security_invoker=on']
  `;
  expect(views).toEqual([]);
});

test('no function is granted to everybody', async () => {
  const open = await admin`
    select pg_proc.oid::regprocedure::text as signature
    from pg_proc
    cross join lateral aclexplode(coalesce(proacl, acldefault('f', proowner))) as granted
    where pronamespace = 'public'::regnamespace and granted.grantee = 0
  `;
  expect(open).toEqual([]);
});

test('every function runs as its caller, finds nothing by a search path, and is granted to service_role', async () => {
  const rows = await admin`
    select
      pg_proc.oid::regprocedure::text as signature,
      prosecdef as is_definer,
      array(select setting from unnest(proconfig) as setting where setting like 'search_path=%') as settings,
      has_function_privilege('service_role', pg_proc.oid, 'execute') as is_granted
    from pg_proc
    where pronamespace = 'public'::regnamespace
    order by signature
  `;
  expect(rows).toEqual(
    functions.map(({ signature }) => ({
      signature,
      is_definer: false,
      settings: ['search_path=""'],
      is_granted: true,
    })),
  );
});

/** They write the product's own tables, whose triggers, checks and defaults look their names up (R23). */
const UNDER_THE_PROJECTS_PATH = [
  'mark_servicetitan_missing',
  'probe_servicetitan_contacts',
  'put_servicetitan_contact_point',
  'save_servicetitan_connection',
  'write_servicetitan_customers',
];

test("R23: those functions alone run a statement under the project's search path, and pg_catalog comes first in it", async () => {
  const rows = await admin<{ name: string; ways: string[] }[]>`
    select proname as name, array(select distinct unnest(regexp_matches(prosrc, 'set_config\\(.*|(?:reset|set) (?:local )?search_path.*', 'gin'))) as ways
    from pg_proc
    where pronamespace = 'public'::regnamespace and prosrc ~* 'search_path'
    order by name
  `;
  expect(rows.map(({ name }) => name)).toEqual(UNDER_THE_PROJECTS_PATH);
  const known = [
    "set_config('search_path', '', true);",
    "set_config('search_path', concat_ws(', ', 'pg_catalog', nullif(p_path, '')), true);",
  ];
  expect(rows.flatMap(({ ways }) => ways).filter((way) => !known.includes(way))).toEqual([]);
});

test('row level security is on for every table, and no policy opens one', async () => {
  const rows = await admin`
    select relname as name, relrowsecurity as is_on, (select count(*)::integer from pg_policy where polrelid = pg_class.oid) as policies
    from pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
    order by relname
  `;
  const stored = tables.filter(({ isView }) => !isView);
  expect(rows).toEqual(stored.map(({ name }) => ({ name, is_on: true, policies: 0 })));
});

/** What passes leaves the quarantine, what is old the reads log, and who is disconnected the connections. */
const DELETABLE = [
  'servicetitan_alerts',
  'servicetitan_connections',
  'servicetitan_pass_chunks',
  'servicetitan_proofs',
  'servicetitan_rechecks',
  'servicetitan_sync_errors',
  'servicetitan_sync_reads',
  'servicetitan_sync_runs',
];

test('R13: service_role can read every view, read, insert and update every table, and delete from those alone that hold no contact', async () => {
  const rows = await admin<{ name: string; privileges: string[] }[]>`
    select relname as name, array_agg(distinct granted.privilege_type order by granted.privilege_type) as privileges
    from pg_class
    cross join lateral aclexplode(relacl) as granted
    where relnamespace = 'public'::regnamespace
      and relkind in ('r', 'p', 'v', 'm', 'f')
      and granted.grantee = 'service_role'::regrole
    group by relname
    order by relname
  `;
  expect(rows).toEqual(
    tables.map(({ name, isView }) => ({
      name,
      privileges: isView ? ['SELECT'] : [...(DELETABLE.includes(name) ? ['DELETE'] : []), 'INSERT', 'SELECT', 'UPDATE'],
    })),
  );
  for (const statement of ['delete from public.contacts', 'truncate public.contacts']) {
    await expect(as('service_role', (sql) => sql.unsafe(statement))).rejects.toMatchObject(PERMISSION_DENIED);
  }
});
