-- The database of the sync. Written by `npm run migration` from supabase/schemas: edit there, not here.
-- Until 1.0.0 is released this is the only migration, and each change of the schemas writes it anew.

-- What no write of the sync could pass is refused here, before anything changes (R23).
do $$
declare
  v_obstacle record;
  v_told text := '';
  v_columns text[] := array(
    select attname::text from pg_catalog.pg_attribute
    where attrelid = to_regclass('public.contacts') and attnum > 0 and not attisdropped
  );
  v_is_twice boolean := false;
  v_is_synced boolean := false;
begin
  for v_obstacle in
    with own as (
      select relation.oid, relation.relname as name, relation.relkind, relation.relrowsecurity, relation.relreplident
      from pg_catalog.pg_class as relation
      where relation.relnamespace = 'public'::regnamespace
        and relation.relname in ('contacts', 'workspaces')
    ),
    -- What the sync writes, and whether that may be null.
    written (table_name, name, type, may_be_null) as (
      values
        ('contacts', 'workspace_id', 'text', false),
        ('contacts', 'crm_id', 'text', false),
        ('contacts', 'crm_source', 'text', false),
        ('contacts', 'crm_modified_on', 'text', false),
        ('contacts', 'crm_missing_since', 'timestamptz', false),
        ('contacts', 'name', 'text', false),
        ('contacts', 'email', 'text', true),
        ('contacts', 'phone', 'text', true),
        ('contacts', 'address_street', 'text', true),
        ('contacts', 'address_unit', 'text', true),
        ('contacts', 'address_city', 'text', true),
        ('contacts', 'address_state', 'text', true),
        ('contacts', 'address_zip', 'text', true),
        ('contacts', 'address_country', 'text', true),
        ('contacts', 'address_country_code', 'text', true),
        ('contacts', 'address_latitude', 'double precision', true),
        ('contacts', 'address_longitude', 'double precision', true),
        ('contacts', 'active', 'boolean', false),
        ('contacts', 'merged_to_crm_id', 'text', true),
        ('contacts', 'metadata', 'jsonb', false),
        ('workspaces', 'name', 'text', false),
        ('workspaces', 'time_zone', 'text', false)
    ),
    -- Every column of the two, with what the sync wants of it. A domain may hold what its type holds.
    present as (
      select
        own.name as table_name, own.oid as table_id, attribute.attname as name, written.type, written.may_be_null,
        attribute.attgenerated <> '' or attribute.attidentity = 'a' as is_computed,
        attribute.attgenerated <> '' as is_generated,
        attribute.attnotnull or type.typnotnull as is_required,
        attribute.atthasdef or attribute.attidentity <> '' or type.typdefault is not null as has_default,
        base.type = written.type::regtype or written.type = 'text' and base.type = 'varchar'::regtype as is_fitting
      from own
      join pg_catalog.pg_attribute as attribute
        on attribute.attrelid = own.oid and attribute.attnum > 0 and not attribute.attisdropped
      join pg_catalog.pg_type as type on type.oid = attribute.atttypid
      cross join lateral (select coalesce(nullif(type.typbasetype, 0), type.oid)) as base (type)
      left join written on written.table_name = own.name and written.name = attribute.attname
      where own.relkind in ('r', 'p')
    ),
    -- Unique indexes of contacts. `keys`: the names of what they cover, empty where that is an expression.
    unique_index as (
      select
        named.relname as name, index.indpred is not null as is_partial, index.indimmediate as is_immediate,
        index.indisvalid as is_valid, con.conname as constraint_name,
        array(
          select coalesce(attribute.attname::text, '')
          from unnest(index.indkey::smallint[]) with ordinality as key (number, place)
          left join pg_catalog.pg_attribute as attribute on attribute.attrelid = own.oid and attribute.attnum = key.number
          where key.place <= index.indnkeyatts
          order by 1
        ) as keys
      from own
      join pg_catalog.pg_index as index on index.indrelid = own.oid and index.indisunique
      join pg_catalog.pg_class as named on named.oid = index.indexrelid
      left join pg_catalog.pg_constraint as con on con.conindid = index.indexrelid and con.contype in ('u', 'p') and con.conrelid = own.oid
      where own.name = 'contacts'
    )
    -- A table of another kind.
    select
      format('table public.%I', own.name) as object,
      'no table that takes an upsert' as fault,
      format('alter table public.%I rename to %I;', own.name, own.name || '_of_the_product') as statement
    from own
    where own.relkind not in ('r', 'p')
    union all
    select 'table public.contacts', 'partitioned by more than workspace_id and crm_id', 'alter table public.contacts rename to contacts_of_the_product;'
    from own
    join pg_catalog.pg_partitioned_table as partitioned on partitioned.partrelid = own.oid
    where own.name = 'contacts'
      and exists (
        select
        from unnest(partitioned.partattrs::smallint[]) as key (number)
        left join pg_catalog.pg_attribute as attribute on attribute.attrelid = own.oid and attribute.attnum = key.number
        where coalesce(attribute.attname, '') not in ('workspace_id', 'crm_id')
      )
    union all
    select format('rule %I of public.%I', rule.rulename, own.name), 'a rule, which takes no upsert', format('drop rule %I on public.%I;', rule.rulename, own.name)
    from own
    join pg_catalog.pg_rewrite as rule on rule.ev_class = own.oid and rule.ev_type in ('2', '3') and rule.ev_enabled <> 'D'
    where own.name = 'contacts' and own.relkind in ('r', 'p')
    -- Columns.
    union all
    select format('column public.%I.%I', wanted.table_name, wanted.name), 'missing', format('alter table public.%I add column %I text;', wanted.table_name, wanted.name)
    from (values ('contacts', 'workspace_id'), ('workspaces', 'id')) as wanted (table_name, name)
    join own on own.name = wanted.table_name and own.relkind in ('r', 'p')
    where not exists (select from present where present.table_name = wanted.table_name and present.name = wanted.name)
    union all
    -- The migration has added them.
    select format('column public.%I.%I', written.table_name, written.name), 'missing', format('alter table public.%I add column %I %s;', written.table_name, written.name, written.type)
    from written
    join own on own.name = written.table_name and own.relkind in ('r', 'p')
    where to_regprocedure('public.find_servicetitan_obstacles()') is not null
      and written.name <> 'workspace_id'
      and not exists (select from present where present.table_name = written.table_name and present.name = written.name)
    union all
    select
      format('column public.%I.%I', present.table_name, present.name),
      case when present.is_computed then 'computed' else 'of another type than ' || present.type end,
      case
        when present.is_generated then format('alter table public.%I alter column %I drop expression;', present.table_name, present.name)
        when present.is_computed then format('alter table public.%I alter column %I drop identity;', present.table_name, present.name)
        when present.name = 'workspace_id' then 'alter table public.contacts alter column workspace_id type text;'
        else format('alter table public.%I rename column %I to %I;', present.table_name, present.name, present.name || '_of_the_product')
      end
    from present
    where present.type is not null and (present.is_computed or not present.is_fitting)
    union all
    select
      format('column public.contacts.%I', present.name),
      case when present.type is null then 'required and has no default' else 'required, and ServiceTitan may have nothing for it' end,
      format('alter table public.contacts alter column %I drop not null;', present.name)
    from present
    where present.table_name = 'contacts'
      and present.is_required
      and case when present.type is null then not present.has_default and not present.is_computed else present.may_be_null end
    -- Keys.
    union all
    select
      format('index public.%I', unique_index.name),
      case
        when unique_index.keys = '{crm_id}' then 'unique without the workspace, so that a second firm has no room'
        when not unique_index.is_immediate then 'deferrable'
        else 'not the plain unique one of workspace_id and crm_id'
      end,
      case
        when unique_index.constraint_name is not null then format('alter table public.contacts drop constraint %I;', unique_index.constraint_name)
        else format('drop index public.%I;', unique_index.name)
      end
    from unique_index
    where unique_index.keys = '{crm_id}'
      or unique_index.keys = '{crm_id,workspace_id}' and not unique_index.is_immediate
      or unique_index.name = 'contacts_workspace_id_crm_id_key'
        and (unique_index.keys <> '{crm_id,workspace_id}' or unique_index.is_partial or not unique_index.is_valid)
    union all
    -- Our name, and no unique index of contacts: the migration would take it for the one that it wants.
    select 'index public.contacts_workspace_id_crm_id_key', 'not the plain unique one of workspace_id and crm_id',
      'alter index public.contacts_workspace_id_crm_id_key rename to contacts_workspace_id_crm_id_of_the_product;'
    from pg_catalog.pg_class as relation
    where relation.relnamespace = 'public'::regnamespace
      and relation.relname = 'contacts_workspace_id_crm_id_key'
      and not exists (select from unique_index where unique_index.name = relation.relname)
    union all
    select 'table public.contacts', 'without the unique index of workspace_id and crm_id',
      'create unique index contacts_workspace_id_crm_id_key on public.contacts (workspace_id, crm_id);'
    from own
    where own.name = 'contacts'
      and to_regprocedure('public.find_servicetitan_obstacles()') is not null
      and not exists (
        select
        from unique_index
        where unique_index.keys = '{crm_id,workspace_id}' and not unique_index.is_partial and unique_index.is_immediate and unique_index.is_valid
      )
    union all
    select format('table public.%I', own.name), 'published, and has neither a key nor a replica identity', format('alter table public.%I replica identity full;', own.name)
    from own
    join pg_catalog.pg_publication_tables as published on published.schemaname = 'public' and published.tablename = own.name
    join pg_catalog.pg_publication as publication on publication.pubname = published.pubname and publication.pubupdate
    where own.relreplident = 'n'
      or own.relreplident = 'd' and not exists (select from pg_catalog.pg_index as index where index.indrelid = own.oid and index.indisprimary)
    -- Who may read and change persons.
    union all
    select 'table public.contacts', 'open: row level security is off, and anon or authenticated holds rights', 'alter table public.contacts enable row level security;'
    from own
    where own.name = 'contacts'
      and own.relkind in ('r', 'p')
      and not own.relrowsecurity
      and current_setting('servicetitan_sync.open_tables', true) is distinct from 'allowed'
      and (
        has_any_column_privilege('anon', own.oid, 'select, insert, update')
        or has_any_column_privilege('authenticated', own.oid, 'select, insert, update')
        or has_table_privilege('anon', own.oid, 'delete, truncate')
        or has_table_privilege('authenticated', own.oid, 'delete, truncate')
      )
  loop
    v_told := v_told || format(E'\nThe %s is %s. Run: %s', v_obstacle.object, v_obstacle.fault, v_obstacle.statement);
  end loop;
  if v_columns @> '{workspace_id,crm_id}' then
    execute 'select exists (select from public.contacts where crm_id is not null group by workspace_id, crm_id having count(*) > 1)'
    into v_is_twice;
  end if;
  if v_is_twice then
    v_told := v_told || E'\nThe table public.contacts holds a customer twice. Delete what is too much, as found by: '
      || 'select workspace_id, crm_id, count(*) from public.contacts where crm_id is not null group by 1, 2 having count(*) > 1;';
  end if;
  if v_told = '' then
    return;
  end if;
  if v_columns @> '{crm_source}' then
    execute 'select exists (select from public.contacts where crm_source::text ~ ''^(production|integration)/[0-9]+$'')' into v_is_synced;
  end if;
  if v_is_synced then
    raise warning 'The sync will not be able to write to your tables:%', v_told;
    return;
  end if;
  raise exception E'The sync could not write to your tables as they are, so nothing was changed:%\nThen apply the migrations again. See docs/deploying.md.', v_told;
end
$$;

-- From schemas/1_tables/contacts.sql

-- The rows this product exists for. A product usually has this table already: the migration creates it where
-- it is absent and adds the missing columns where it is present. Columns that the sync does not own stay as
-- they are (R11).
--
-- To add a field of the customer's record, such as `customerSince`: a column here, every list of columns in
-- 5_contacts/write_servicetitan_customers.sql, and toContactRow.ts of the Edge Function. What is not on the
-- wire yet goes into functions/_shared/contactBatch.ts and src/sync/toRows.ts too. A field of a phone or an
-- e-mail is chosen in 5_contacts/pick_servicetitan_contact_points.sql. Then run `npm run migration`.
do $$
begin
  if to_regclass('public.contacts') is null then
    create table public.contacts (
      id uuid primary key default gen_random_uuid(),
      workspace_id text not null,
      crm_id text,
      crm_source text,
      crm_modified_on text collate "C",
      crm_missing_since timestamptz,
      name text,
      email text,
      phone text,
      address_street text,
      address_unit text,
      address_city text,
      address_state text,
      address_zip text,
      address_country text,
      address_country_code text,
      address_latitude double precision,
      address_longitude double precision,
      active boolean,
      merged_to_crm_id text,
      metadata jsonb,
      created_at timestamptz not null default now()
    );
    alter table public.contacts enable row level security;
    revoke all on public.contacts from public, anon, authenticated;
    comment on table public.contacts is 'Contacts; those with a crm_id come from ServiceTitan and are kept current by the sync.';
  end if;
end
$$;

alter table public.contacts
  add column if not exists crm_id text,
  add column if not exists crm_source text,
  add column if not exists crm_modified_on text collate "C",
  add column if not exists crm_missing_since timestamptz,
  add column if not exists name text,
  add column if not exists email text,
  add column if not exists phone text,
  add column if not exists address_street text,
  add column if not exists address_unit text,
  add column if not exists address_city text,
  add column if not exists address_state text,
  add column if not exists address_zip text,
  add column if not exists address_country text,
  add column if not exists address_country_code text,
  add column if not exists address_latitude double precision,
  add column if not exists address_longitude double precision,
  add column if not exists active boolean,
  add column if not exists merged_to_crm_id text,
  add column if not exists metadata jsonb;

-- R3. Rows without a crm_id are the product's own and stay outside it.
create unique index if not exists contacts_workspace_id_crm_id_key on public.contacts (workspace_id, crm_id);
grant select, insert, update on public.contacts to service_role;
comment on column public.contacts.crm_id is 'The ServiceTitan customer id. Ids are issued per tenant, so it is unique within the workspace.';
comment on column public.contacts.crm_source is 'environment/tenant that the row came from; one of another source is overwritten whatever its modifiedOn (R3).';
comment on column public.contacts.crm_modified_on is 'modifiedOn as YYYY-MM-DDTHH:MM:SS.fffffffZ: text, because timestamptz keeps six digits of seven.';
comment on column public.contacts.crm_missing_since is 'R18: since when ServiceTitan no longer has the customer. Null as soon as it shows it again.';
comment on column public.contacts.merged_to_crm_id is 'The customer this one was merged into; null again when the merge is undone (R13).';
comment on column public.contacts.metadata is 'The sync owns the keys it writes inside custom_fields and touches nothing else.';

-- From schemas/1_tables/servicetitan_alerts.sql

-- Incidents that a person is told of.
create table public.servicetitan_alerts (
  id uuid primary key default gen_random_uuid(),
  workspace_id text not null,
  kind text not null
    constraint kind_is_known check (kind in ('no_complete_run', 'credentials_refused', 'errors_persist', 'unusual_changes', 'doubts_persist', 'misses_repeat', 'not_confirmed', 'removals_held', 'not_proved', 'differences_found', 'gone_held', 'rewritten')),
  message text not null,
  opened_at timestamptz not null default now(),
  closed_at timestamptz,
  opening_told_at timestamptz,
  closing_told_at timestamptz,
  claimed_until timestamptz
);

-- One open incident per workspace and kind, however many ticks look at once.
create unique index servicetitan_alerts_open_key on public.servicetitan_alerts (workspace_id, kind) where closed_at is null;
create index servicetitan_alerts_untold_idx on public.servicetitan_alerts (opened_at) where opening_told_at is null or closing_told_at is null;

alter table public.servicetitan_alerts enable row level security;
revoke all on public.servicetitan_alerts from public, anon, authenticated, service_role;
grant select, insert, update, delete on public.servicetitan_alerts to service_role;

comment on table public.servicetitan_alerts is 'Incidents, open and over. Each is told when it opened and when it closed; again where nobody could note that it was told.';
comment on column public.servicetitan_alerts.claimed_until is 'A tick is telling it; past that another one may.';

-- From schemas/1_tables/servicetitan_connections.sql

-- How each workspace reaches ServiceTitan. No foreign key to workspaces: the product's own table may hold ids
-- of another type.
create table public.servicetitan_connections (
  workspace_id text primary key
    constraint workspace_id_fits_an_instance_id check (workspace_id ~ '^[A-Za-z0-9_-]{1,64}$'),
  environment text not null
    constraint environment_is_known check (environment in ('production', 'integration')),
  tenant_id text not null
    constraint tenant_id_is_a_number check (tenant_id ~ '^[0-9]{1,19}$'),
  client_id text not null,
  -- Drawn by the Worker with every saving of the credentials, and bound into the sealed values: an older one that
  -- is put back beside a newer id does not open.
  credentials_id uuid not null,
  client_secret_sealed text not null,
  app_key_sealed text not null,
  country text
    constraint country_is_alpha_2 check (country ~ '^[A-Z]{2}$'),
  enabled boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

alter table public.servicetitan_connections enable row level security;
revoke all on public.servicetitan_connections from public, anon, authenticated, service_role;
grant select, insert, update, delete on public.servicetitan_connections to service_role;

comment on table public.servicetitan_connections is 'How a workspace reaches ServiceTitan. The two sealed columns open only with the Worker''s CREDENTIALS_KEY.';
comment on column public.servicetitan_connections.country is 'R25: the firm''s own country, ISO 3166-1 alpha-2. Null: the one that its time zone is in.';

-- From schemas/1_tables/servicetitan_contact_methods.sql

-- The phones and e-mails behind contacts (R9). pick_servicetitan_contact_points chooses from them. A contact
-- that several customers share is a row of each.
create table public.servicetitan_contact_methods (
  workspace_id text not null,
  source text not null,
  id bigint not null,
  crm_id text not null,
  type text not null,
  value text not null,
  usability text not null
    constraint usability_is_known check (usability in ('valid', 'possible', 'unusable')),
  normalized text
    constraint normalized_is_usable check ((normalized is null) = (usability = 'unusable')),
  normalized_before text,
  extension text,
  home_country text,
  country_code text,
  memo text,
  do_not_text boolean,
  marketing boolean,
  active boolean,
  listed boolean not null default true,
  missing_since timestamptz,
  missing_from text
    constraint missing_from_is_known check (missing_from in ('list', 'own', 'pass')),
  missing_again_at timestamptz,
  modified_on text collate "C" not null,
  refused_modified_on text collate "C",
  refused_at timestamptz,
  -- The order in which a contact takes its phone and its e-mail; null where it takes none of it. From 5 on the
  -- value is of no use, and only shows as it was entered.
  rank smallint generated always as (
    case
      when not listed or active is false or value ~ '^\s*$' then null
      when type not in ('MobilePhone', 'Phone', 'Email') then null
      else case usability when 'valid' then 1 when 'possible' then 3 else 5 end + case when type = 'Phone' then 1 else 0 end
    end
  ) stored,
  primary key (id, crm_id, workspace_id, source)
);

-- By the customer alone: an index with the primary key's other columns would cost the planner the same while
-- the table is empty, and a session keeps the plan that it chose then.
create index servicetitan_contact_methods_crm_id_idx on public.servicetitan_contact_methods (crm_id);

alter table public.servicetitan_contact_methods enable row level security;
revoke all on public.servicetitan_contact_methods from public, anon, authenticated, service_role;
grant select, insert, update on public.servicetitan_contact_methods to service_role;

comment on table public.servicetitan_contact_methods is 'Phones and e-mails behind contacts. No foreign key to contacts: the initial sync reads them before the customers.';
comment on column public.servicetitan_contact_methods.value is 'As it stands in ServiceTitan, to the letter.';
comment on column public.servicetitan_contact_methods.usability is 'R25: what the Edge Function found the value to be good for.';
comment on column public.servicetitan_contact_methods.normalized is 'R25: E.164, or one e-mail address; null where the value is unusable.';
comment on column public.servicetitan_contact_methods.normalized_before is 'R16: what it was normalised to before its value changed. Explains a contact that still shows it.';
comment on column public.servicetitan_contact_methods.home_country is 'R25: the workspace''s country when the value was graded.';
comment on column public.servicetitan_contact_methods.country_code is 'R25: the customer''s country when the value was graded; null where no country could change the answer.';
comment on column public.servicetitan_contact_methods.marketing is 'Whether marketing may be sent to it; null where ServiceTitan does not say.';
comment on column public.servicetitan_contact_methods.active is 'The export feed''s word; null while the newest row came from the list, which has no such field.';
comment on column public.servicetitan_contact_methods.listed is 'R16: false once two witnesses, asked in two ways, lacked it.';
comment on column public.servicetitan_contact_methods.missing_since is 'R16: when a whole reading of its customer first lacked it. Null again as soon as anything shows it.';
comment on column public.servicetitan_contact_methods.missing_from is 'R16: the first witness: the list by customerIds, the customer''s own list, or a pass.';
comment on column public.servicetitan_contact_methods.missing_again_at is 'R16: when a recheck of another kind lacked it too. The end of that run takes it away, or holds it back.';
comment on column public.servicetitan_contact_methods.refused_modified_on is 'R2: an older version that was refused. A recheck that still says the same is written.';

-- From schemas/1_tables/servicetitan_pass_chunks.sql

-- What the pass under way has seen (R18), a row for each chunk that was written of it. Deleted at its end.
create table public.servicetitan_pass_chunks (
  workspace_id text not null,
  pass bigint not null,
  feed text not null
    constraint feed_is_known check (feed in ('contacts', 'customers', 'asked')),
  page integer not null,
  part text not null,
  ids bigint[] not null default '{}',
  owners bigint[] not null default '{}',
  missing bigint[] not null default '{}',
  stale bigint[] not null default '{}',
  differing jsonb not null default '{}',
  kept jsonb not null default '{}',
  went_back bigint[] not null default '{}',
  set_aside bigint[] not null default '{}',
  unnamed integer not null default 0,
  unreadable jsonb not null default '{}',
  primary key (workspace_id, pass, feed, page, part)
);

alter table public.servicetitan_pass_chunks enable row level security;
revoke all on public.servicetitan_pass_chunks from public, anon, authenticated, service_role;
grant select, insert, update, delete on public.servicetitan_pass_chunks to service_role;

comment on table public.servicetitan_pass_chunks is 'R18: what the pass under way has seen and found, by chunk. A chunk that is written again adds to what it held.';
comment on column public.servicetitan_pass_chunks.feed is 'contacts: the contacts export. customers: the customers list. asked: customers asked for by id.';
comment on column public.servicetitan_pass_chunks.ids is 'Customers that were shown, readably or not; in contacts the contact methods.';
comment on column public.servicetitan_pass_chunks.owners is 'In contacts: the customer of each of `ids`, since a contact may be shared (R9).';
comment on column public.servicetitan_pass_chunks.differing is 'By customer the fields that were mended.';
comment on column public.servicetitan_pass_chunks.kept is 'By customer the fields that a trigger of the product keeps as they are.';
comment on column public.servicetitan_pass_chunks.unnamed is 'Customers of which nobody can tell who they are.';

-- From schemas/1_tables/servicetitan_proofs.sql

-- One row a pass (R18). While `ended_at` is null the pass is under way and the row is its place; then it is the
-- proof. A workspace has one pass at a time. Another tenant drops it (R3).
create table public.servicetitan_proofs (
  workspace_id text not null,
  pass bigint not null,
  source text not null,
  why text not null
    constraint why_is_known check (why in ('first', 'due', 'asked', 'not_whole')),
  began_at timestamptz not null,
  created_at timestamptz not null default now(),
  stage text not null default 'contacts'
    constraint stage_is_known check (stage in ('contacts', 'customers', 'sweep', 'ask', 'ended')),
  continue_from text,
  page integer not null default 0,
  chunks integer not null default 0,
  begun_again text[] not null default '{}',
  to_ask bigint[] not null default '{}',
  held bigint[] not null default '{}',
  why_not jsonb not null default '[]',
  ended_at timestamptz,
  whole boolean,
  listed bigint,
  seen bigint,
  right_when_read bigint,
  missing bigint,
  stale bigint,
  differing bigint,
  fields jsonb not null default '{}',
  returned bigint,
  mended bigint,
  went_back bigint,
  gone bigint,
  refused bigint,
  rechecks bigint,
  unreadable_fields jsonb not null default '{}',
  ids jsonb not null default '{}',
  primary key (workspace_id, pass)
);

create unique index servicetitan_proofs_under_way_key on public.servicetitan_proofs (workspace_id) where ended_at is null;

alter table public.servicetitan_proofs enable row level security;
revoke all on public.servicetitan_proofs from public, anon, authenticated, service_role;
grant select, insert, update, delete on public.servicetitan_proofs to service_role;

comment on table public.servicetitan_proofs is 'R18: one row a pass, which compares everything that ServiceTitan shows with contacts. Counts are filled at its end.';
comment on column public.servicetitan_proofs.pass is 'The fence of the run that began it, so it grows.';
comment on column public.servicetitan_proofs.why is 'first: none has ended for this source yet. due: FULL_PASS_DAYS. asked: by a person, so it goes on run after run. not_whole: the one before was not whole.';
comment on column public.servicetitan_proofs.began_at is 'What the proof is as of: a record that is younger by its stamp is not missed.';
comment on column public.servicetitan_proofs.created_at is 'By the clock of the database alone, where began_at is the earliest of three: how long the pass takes is told by it.';
comment on column public.servicetitan_proofs.continue_from is 'Where the stage goes on: a token of the contacts export, or the page and the page size of the customers list.';
comment on column public.servicetitan_proofs.page is 'Pages that the pass has read; the last one may be read once more.';
comment on column public.servicetitan_proofs.chunks is 'Rows that the pass has in servicetitan_pass_chunks. Fewer than that: somebody has taken some, and nothing is concluded.';
comment on column public.servicetitan_proofs.begun_again is 'What was begun again already: contacts, pass. Each once.';
comment on column public.servicetitan_proofs.to_ask is 'Customers that have yet to be asked for by id, before anything is concluded of them.';
comment on column public.servicetitan_proofs.held is 'So many were not listed any more that none is marked as gone, unless the next pass finds the same.';
comment on column public.servicetitan_proofs.why_not is 'Why the pass is not whole: [{code, count}].';
comment on column public.servicetitan_proofs.right_when_read is 'Customers that were read and found stored as they are.';
comment on column public.servicetitan_proofs.missing is 'Customers of which contacts had no row.';
comment on column public.servicetitan_proofs.stale is 'Customers of which contacts had an older version.';
comment on column public.servicetitan_proofs.differing is 'Customers of which contacts had the same version with other content; `fields` says in how many each field.';
comment on column public.servicetitan_proofs.returned is 'Of the differing those that differed in the same field in the pass before, which mended it: something rewrites it.';
comment on column public.servicetitan_proofs.went_back is 'Customers of which contacts had a newer version: they are asked for by id (R2).';
comment on column public.servicetitan_proofs.gone is 'Customers that ServiceTitan no longer has.';
comment on column public.servicetitan_proofs.ids is 'Up to 100 customers of each kind, and under `fields` the fields in which each differed.';

-- From schemas/1_tables/servicetitan_rechecks.sql

-- The recheck list: customers to be asked by id in a later run, and why. They are no errors.
create table public.servicetitan_rechecks (
  workspace_id text not null,
  source text not null,
  crm_id text not null,
  why text not null
    constraint why_is_known check (why in ('missing', 'unlisted', 'shared', 'unbacked', 'went_back', 'newer', 'balance')),
  added_at timestamptz not null default now(),
  due_at timestamptz not null default now(),
  asked_at timestamptz,
  asked_in text,
  read_in text,
  failures integer not null default 0,
  failing_since timestamptz,
  phone_bare_since timestamptz,
  phone_bare_from text
    constraint phone_bare_from_is_known check (phone_bare_from in ('list', 'own')),
  phone_bare_again_at timestamptz,
  email_bare_since timestamptz,
  email_bare_from text
    constraint email_bare_from_is_known check (email_bare_from in ('list', 'own')),
  email_bare_again_at timestamptz,
  refused_modified_on text collate "C",
  refused_at timestamptz,
  refused_in text,
  ask_again boolean not null default false,
  held_at timestamptz,
  primary key (workspace_id, source, crm_id)
);

alter table public.servicetitan_rechecks enable row level security;
revoke all on public.servicetitan_rechecks from public, anon, authenticated, service_role;
grant select, insert, update, delete on public.servicetitan_rechecks to service_role;

comment on table public.servicetitan_rechecks is 'The recheck list: customers that a later run asks for by id, with the reason. No errors; what takes away, and what goes back, has to be said twice (R2, R16).';
comment on column public.servicetitan_rechecks.why is 'missing: a whole reading lacked a method. unlisted: a feed shows a method that is held as gone. shared: a contact appeared under a second customer. unbacked: the contact shows a phone or e-mail that no method explains. went_back: an older version was refused. newer: the settled reader brought a newer version, without its methods. balance: what the settled reader shows differs in the balance alone, and may be older.';
comment on column public.servicetitan_rechecks.due_at is 'Not asked before. Infinity: an older version was refused in one run; a second one makes it due.';
comment on column public.servicetitan_rechecks.asked_in is 'The run that asked last.';
comment on column public.servicetitan_rechecks.read_in is 'R16: the run whose reading of its contact methods was the last that can be believed. What a run takes away, it has to have lacked itself.';
comment on column public.servicetitan_rechecks.failures is 'Readings in a row that failed: asked again at once, then hourly, then daily (R10).';
comment on column public.servicetitan_rechecks.failing_since is 'When the first of these readings failed.';
comment on column public.servicetitan_rechecks.phone_bare_since is 'R16: when a whole reading first showed nothing that explains the contact''s phone; phone_bare_from is its kind, phone_bare_again_at the second. The e-mail has its own.';
comment on column public.servicetitan_rechecks.refused_modified_on is 'R2: the older version of the customer that was refused, first at refused_at, last in the run refused_in.';
comment on column public.servicetitan_rechecks.ask_again is 'Asked for once more a day later: an older version was written (R2), or a contact is shared.';
comment on column public.servicetitan_rechecks.held_at is 'R16: too many customers would have lost a phone or an e-mail at once; a day later it is asked again and taken.';

-- From schemas/1_tables/servicetitan_sync_errors.sql

-- The quarantine (R10): one row for each customer and feed that could not be read or written.
create table public.servicetitan_sync_errors (
  workspace_id text not null,
  source text not null,
  crm_id text not null,
  feed text not null
    constraint feed_is_known check (feed in ('customers', 'contacts')),
  reason text not null,
  sqlstate text,
  call_failed boolean not null default false,
  instance_id text not null,
  attempts integer not null default 1,
  first_seen_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  primary key (workspace_id, source, crm_id, feed)
);

alter table public.servicetitan_sync_errors enable row level security;
revoke all on public.servicetitan_sync_errors from public, anon, authenticated, service_role;
grant select, insert, update, delete on public.servicetitan_sync_errors to service_role;

comment on table public.servicetitan_sync_errors is 'The quarantine (R10): customers set aside with the reason, re-fetched on later runs, removed when they pass.';
comment on column public.servicetitan_sync_errors.call_failed is 'R10: the call that would show the customer fails, so it is asked for alone, ever more seldom.';

-- From schemas/1_tables/servicetitan_sync_reads.sql

-- The reads log: what became of each customer that a chunk held. /why answers from it.
create table public.servicetitan_sync_reads (
  workspace_id text not null,
  source text not null,
  instance_id text not null,
  page integer not null,
  part text not null,
  feed text not null
    constraint feed_is_known check (feed in ('customers', 'contacts')),
  read_at timestamptz not null default now(),
  created bigint[],
  updated bigint[],
  unchanged bigint[],
  stale bigint[],
  set_aside bigint[],
  primary key (instance_id, page, part)
);

-- The newest first: a customer is looked for from the last chunk back.
create index servicetitan_sync_reads_workspace_id_read_at_idx on public.servicetitan_sync_reads (workspace_id, read_at);
create index servicetitan_sync_reads_read_at_idx on public.servicetitan_sync_reads (read_at);

alter table public.servicetitan_sync_reads enable row level security;
revoke all on public.servicetitan_sync_reads from public, anon, authenticated, service_role;
grant select, insert, update, delete on public.servicetitan_sync_reads to service_role;

comment on table public.servicetitan_sync_reads is 'The reads log: one row per applied chunk, with customer ids by what became of them. Pruned with the ledger, and after 14 days where nothing changed.';
comment on column public.servicetitan_sync_reads.feed is 'customers: read as customers, contacts re-read with them in an incremental run; contacts: touched by the contacts export.';
comment on column public.servicetitan_sync_reads.set_aside is 'R10: went to the quarantine, with their whole record or for their contacts alone.';

-- From schemas/1_tables/servicetitan_sync_runs.sql

-- The ledger: one row per run.
create table public.servicetitan_sync_runs (
  instance_id text primary key,
  workspace_id text not null,
  fence bigint not null,
  trigger text not null
    constraint trigger_is_known check (trigger in ('cron', 'manual', 'successor')),
  mode text
    constraint mode_is_known check (mode in ('initial', 'incremental')),
  status text not null default 'queued'
    constraint status_is_known check (status in ('queued', 'running', 'continued', 'completed', 'failed', 'superseded')),
  predecessor text,
  took_over text,
  source text,
  window_from timestamptz,
  window_started_at timestamptz,
  window_until timestamptz,
  window_closed_at timestamptz,
  customers_started_at timestamptz,
  pages integer not null default 0,
  fetched bigint not null default 0,
  through_contacts bigint not null default 0,
  created bigint not null default 0,
  updated bigint not null default 0,
  unchanged bigint not null default 0,
  stale bigint not null default 0,
  errors bigint not null default 0,
  contact_methods bigint not null default 0,
  expected bigint,
  misses bigint not null default 0,
  unreadable_fields jsonb not null default '{}',
  service_titan_calls integer not null default 0,
  steps integer not null default 0,
  error_code text,
  error text,
  doubts jsonb not null default '[]',
  retry jsonb,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz,
  constraint servicetitan_sync_runs_workspace_id_fence_key unique (workspace_id, fence)
);

create index servicetitan_sync_runs_window_closed_at_idx on public.servicetitan_sync_runs (workspace_id, window_closed_at)
where window_closed_at is not null;
create index servicetitan_sync_runs_under_way_idx on public.servicetitan_sync_runs (workspace_id)
where status in ('queued', 'running');
create index servicetitan_sync_runs_created_at_idx on public.servicetitan_sync_runs (created_at);

alter table public.servicetitan_sync_runs enable row level security;
revoke all on public.servicetitan_sync_runs from public, anon, authenticated, service_role;
grant select, insert, update, delete on public.servicetitan_sync_runs to service_role;

comment on table public.servicetitan_sync_runs is 'The ledger: one row per run, successors included. The truth about a run is here; the Workflow engine only drives.';
comment on column public.servicetitan_sync_runs.window_started_at is 'The sync start time of the window; a successor inherits it.';
comment on column public.servicetitan_sync_runs.took_over is 'The dead run whose lease this one took.';
comment on column public.servicetitan_sync_runs.window_until is 'The cursor that the closed window moved the workspace to; null while it is open.';
comment on column public.servicetitan_sync_runs.window_closed_at is 'When every page of the window was written and the cursor moved.';
comment on column public.servicetitan_sync_runs.customers_started_at is 'When an initial sync had all contacts and began with the customers.';
comment on column public.servicetitan_sync_runs.steps is 'Steps of the Workflow instance, known when it ends.';
comment on column public.servicetitan_sync_runs.expected is 'Customers of the window as ServiceTitan counted them at its first page.';
comment on column public.servicetitan_sync_runs.misses is 'R17: customers and contact methods that the live reader had passed and the settled reader brought.';
comment on column public.servicetitan_sync_runs.unreadable_fields is 'R20: in how many records a field came in a form that could not be read, such as {"customer.taxExempt": 12}; the stored value stayed.';
comment on column public.servicetitan_sync_runs.fetched is 'Customers read: each once, and so for created, updated, unchanged, stale and errors.';
comment on column public.servicetitan_sync_runs.through_contacts is 'Customers that were not read, and that a phone or an e-mail changed.';
comment on column public.servicetitan_sync_runs.service_titan_calls is 'Calls of ServiceTitan''s as made: those of failed attempts at once, all others when the run ends.';
comment on column public.servicetitan_sync_runs.contact_methods is 'Contact methods read.';
comment on column public.servicetitan_sync_runs.retry is 'What a step of the live run waits for: {step, attempt, attempts, cause, next_try_at}; null while nothing failed.';
comment on column public.servicetitan_sync_runs.doubts is 'What this run, and those that it succeeds, could not make sure of: [{code, feed, at, …}], codes from src/sync/doubts.ts.';

-- From schemas/1_tables/servicetitan_sync_state.sql

do $$
begin
  -- Ours has a fence. Of the earlier sync's nothing is dropped.
  if to_regclass('public.servicetitan_sync_state') is not null and not exists (
    select from pg_catalog.pg_attribute
    where attrelid = to_regclass('public.servicetitan_sync_state') and attname = 'fence' and not attisdropped
  ) then
    alter table public.servicetitan_sync_state rename to servicetitan_sync_state_before;
    alter index if exists public.servicetitan_sync_state_pkey rename to servicetitan_sync_state_before_pkey;
  end if;
end
$$;

-- One row per workspace: where its sync stands, and who may write for it. The first ten columns are for
-- anybody's queries. The others are the sync's own, and their comments say what for.
create table public.servicetitan_sync_state (
  workspace_id text primary key,
  sync_status text not null default 'idle'
    constraint sync_status_is_known check (sync_status in ('idle', 'running', 'completed', 'failed')),
  last_modified_cursor timestamptz,
  last_continue_from text,
  initial_sync_completed boolean not null default false,
  total_customers_synced bigint not null default 0,
  last_sync_created bigint not null default 0,
  last_sync_updated bigint not null default 0,
  last_sync_errors bigint not null default 0,
  last_error text,
  source text,
  initial_feed text
    constraint initial_feed_is_known check (initial_feed in ('contacts', 'customers')),
  initial_started_at timestamptz,
  contacts_continue_from text,
  contacts_past_future boolean not null default false,
  initial_stamp text,
  contacts_stamp text,
  export_seen text[] not null default '{}',
  export_again text
    constraint export_again_is_known check (export_again in ('by date', 'from the first')),
  settled jsonb not null default '{}',
  settled_until timestamptz,
  checkpoint jsonb,
  home_country text,
  tag_types_asked_at timestamptz,
  tag_types_refused boolean not null default false,
  pass_wanted_at timestamptz,
  fence bigint not null default 0,
  run_instance_id text,
  alive_until timestamptz,
  nudged_at timestamptz,
  page integer not null default 0,
  parts text[] not null default '{}',
  failures integer not null default 0,
  next_attempt_at timestamptz,
  last_completed_at timestamptz,
  deployment text,
  completed_by text,
  updated_at timestamptz not null default now()
);

alter table public.servicetitan_sync_state enable row level security;
revoke all on public.servicetitan_sync_state from public, anon, authenticated, service_role;
grant select, insert, update on public.servicetitan_sync_state to service_role;

comment on table public.servicetitan_sync_state is 'One row per workspace: what the sync knows and where it resumes. It belongs to `source`; another source starts over.';
comment on column public.servicetitan_sync_state.last_modified_cursor is 'R4: every customer version shown before this instant is in contacts, or named in servicetitan_sync_errors.';
comment on column public.servicetitan_sync_state.last_continue_from is 'Export token of initial_feed, while an initial sync is under way (R12).';
comment on column public.servicetitan_sync_state.total_customers_synced is 'Running total over all runs of contacts created and updated.';
comment on column public.servicetitan_sync_state.source is 'environment/tenant this state belongs to (R3).';
comment on column public.servicetitan_sync_state.initial_feed is 'Which export the initial sync reads; null when none is under way.';
comment on column public.servicetitan_sync_state.initial_started_at is 'R12: when the initial sync first began, whoever continues it; its cursor follows from this.';
comment on column public.servicetitan_sync_state.contacts_continue_from is 'R9: token of the contacts export, followed from run to run, always with includeRecentChanges=true.';
comment on column public.servicetitan_sync_state.contacts_past_future is 'R9: the reading of the contacts export that is under way has shown a stamp in the future; at its end the token is not kept.';
comment on column public.servicetitan_sync_state.initial_stamp is 'R10: the newest modifiedOn that the export of initial_feed has shown; a batch that breaks is passed over from there.';
comment on column public.servicetitan_sync_state.contacts_stamp is 'R10: the same for the contacts export, followed from run to run.';
comment on column public.servicetitan_sync_state.export_again is 'R12: how the export that is read over several runs was begun again, after it had refused its token: once is enough.';
comment on column public.servicetitan_sync_state.export_seen is 'R19: while an export is read over several runs, the tokens with which those runs began: one that comes again has led in a circle.';
comment on column public.servicetitan_sync_state.settled is 'R17: where the settled reader stands, by feed: {customers, contacts: {from, stamp, past_future, as_of, until}}. as_of: what the last reading that reached its end had to show; until: the same of the one before.';
comment on column public.servicetitan_sync_state.settled_until is 'R17: up to this time a second reading has confirmed every change; null until there were two.';
comment on column public.servicetitan_sync_state.checkpoint is 'R6: {modified_on_or_after, page_size, next_page, started_at, seen} of a window that a run handed over half-way, all or none. `seen` is what its pages have shown so far; null where an older version stored the checkpoint.';
comment on column public.servicetitan_sync_state.home_country is 'R25: the country that all of the workspace''s phones are graded for. Null before the first.';
comment on column public.servicetitan_sync_state.tag_types_asked_at is 'When the names of tags were read last, or refused. They are asked for once a day.';
comment on column public.servicetitan_sync_state.tag_types_refused is 'The app might not read them then. That is told once.';
comment on column public.servicetitan_sync_state.pass_wanted_at is 'R18: a pass that was asked for and has not begun; another one may be under way.';
comment on column public.servicetitan_sync_state.fence is 'R8: grows with every start; a write with an older one is refused.';
comment on column public.servicetitan_sync_state.run_instance_id is 'The run that holds the lease, null when none does.';
comment on column public.servicetitan_sync_state.alive_until is 'R8: the heartbeat, waits included. Past it the run is nudged, and a while later taken over.';
comment on column public.servicetitan_sync_state.nudged_at is 'R8: when a tick woke the silent run; five minutes later another may take over. Null after a sign of life.';
comment on column public.servicetitan_sync_state.page is 'R2, R21: the last page applied by the live run; an earlier one is refused. -1 until the run has begun, then 0.';
comment on column public.servicetitan_sync_state.parts is 'R11, R21: what is written of that page (is_servicetitan_part_whole), so that nothing is counted twice and the run can see that all is there.';
comment on column public.servicetitan_sync_state.failures is 'How often in a row ServiceTitan refused the credentials.';
comment on column public.servicetitan_sync_state.deployment is 'Which Worker claimed the lease last, by its setting DEPLOYMENT.';
comment on column public.servicetitan_sync_state.completed_by is 'Which Worker completed the last run; it keeps another one out for an hour.';
comment on column public.servicetitan_sync_state.next_attempt_at is 'Set while ServiceTitan refuses the credentials: ticks wait, /trigger does not.';

do $$
begin
  if to_regclass('public.servicetitan_sync_state_before') is not null then
    execute $copy$
      insert into public.servicetitan_sync_state
        (workspace_id, total_customers_synced, last_sync_created, last_sync_updated, last_sync_errors)
      select distinct on (told.row ->> 'workspace_id')
        told.row ->> 'workspace_id',
        coalesce(substring(told.row ->> 'total_customers_synced' from '^[0-9]{1,18}')::bigint, 0),
        coalesce(substring(told.row ->> 'last_sync_created' from '^[0-9]{1,18}')::bigint, 0),
        coalesce(substring(told.row ->> 'last_sync_updated' from '^[0-9]{1,18}')::bigint, 0),
        coalesce(substring(told.row ->> 'last_sync_errors' from '^[0-9]{1,18}')::bigint, 0)
      from (select to_jsonb(before) as row from public.servicetitan_sync_state_before as before) as told
      where told.row ->> 'workspace_id' is not null
      order by told.row ->> 'workspace_id'
    $copy$;
  end if;
end
$$;

-- From schemas/1_tables/servicetitan_tag_types.sql

-- The names behind the ids in `metadata.custom_fields.tag_type_ids`, as ServiceTitan lists them.
create table public.servicetitan_tag_types (
  workspace_id text not null,
  source text not null,
  id text not null,
  name text not null,
  active boolean not null,
  primary key (workspace_id, source, id)
);

alter table public.servicetitan_tag_types enable row level security;
revoke all on public.servicetitan_tag_types from public, anon, authenticated, service_role;
grant select, insert, update on public.servicetitan_tag_types to service_role;

comment on table public.servicetitan_tag_types is 'Tags by id, read once a day where the app may. One that ServiceTitan no longer lists stays, for customers may carry it.';
comment on column public.servicetitan_tag_types.id is 'Text, because a double can''t hold every id of ServiceTitan''s.';

-- From schemas/1_tables/servicetitan_ticks.sql

-- When the cron last woke a Worker: one row for each that runs here (DEPLOYMENT), so that none hides another's silence.
create table public.servicetitan_ticks (
  deployment text primary key,
  last_tick_at timestamptz,
  last_catch_up_at timestamptz
);

alter table public.servicetitan_ticks enable row level security;
revoke all on public.servicetitan_ticks from public, anon, authenticated, service_role;
grant select, insert, update on public.servicetitan_ticks to service_role;

comment on table public.servicetitan_ticks is 'When the cron last woke each Worker: where it stays away nothing starts by itself, and no alert is told.';
comment on column public.servicetitan_ticks.deployment is 'The Worker''s setting DEPLOYMENT.';
comment on column public.servicetitan_ticks.last_tick_at is 'When the cron last came; null before the first time.';
comment on column public.servicetitan_ticks.last_catch_up_at is 'When a call did the work of a tick that had not come.';

-- From schemas/1_tables/workspaces.sql

-- The firms. A product usually has this table already, with an id of any type: the migration creates it where
-- it is absent and adds the missing columns where it is present.
do $$
begin
  if to_regclass('public.workspaces') is null then
    create table public.workspaces (
      id text primary key,
      name text,
      time_zone text
    );
    alter table public.workspaces enable row level security;
    revoke all on public.workspaces from public, anon, authenticated;
    comment on table public.workspaces is 'A firm whose ServiceTitan customers become contacts.';
  end if;
end
$$;

alter table public.workspaces
  add column if not exists name text,
  add column if not exists time_zone text;

grant select, insert, update on public.workspaces to service_role;
comment on column public.workspaces.time_zone is 'IANA zone, such as America/Denver; business hours are decided in it. Null: the sync runs at any hour.';

-- From schemas/2_shared/add_servicetitan_counts.sql

-- Adds counts by name: {"a": 1} and {"a": 2, "b": 1} are {"a": 3, "b": 1}. Null counts as nothing.
create function public.add_servicetitan_counts(p_counts jsonb, p_more jsonb)
returns jsonb
language sql
immutable
security invoker
set search_path = ''
as $$
  select coalesce(jsonb_object_agg(total.name, total.count), '{}')
  from (
    select each.key as name, sum(each.value::bigint) as count
    from (
      select * from jsonb_each_text(p_counts)
      union all
      select * from jsonb_each_text(p_more)
    ) as each
    group by each.key
  ) as total
$$;

revoke all on function public.add_servicetitan_counts(jsonb, jsonb) from public, anon, authenticated;
grant execute on function public.add_servicetitan_counts(jsonb, jsonb) to service_role;

-- From schemas/2_shared/collect_servicetitan_ranges.sql

-- The records of a part that the database holds in parts of their own (R21), by number; of the names
-- is_servicetitan_part_whole knows. A range of which phones are outstanding does not count.
create function public.collect_servicetitan_ranges(p_parts text[], p_part text)
returns int4multirange
language sql
immutable
security invoker
set search_path = ''
as $$
  select range_agg(int4range(ends[1]::integer, ends[2]::integer, '[]'))
  from unnest(p_parts) as held (part)
  cross join lateral regexp_match(substr(held.part, length(p_part) + 1), '^:(\d{1,6})-(\d{1,6})/\d{1,6}$') as ends
  where starts_with(held.part, p_part || ':')
    and ends is not null
    and not exists (select from unnest(p_parts) as outstanding (part) where starts_with(outstanding.part, held.part || '~'))
$$;

revoke all on function public.collect_servicetitan_ranges(text[], text) from public, anon, authenticated;
grant execute on function public.collect_servicetitan_ranges(text[], text) to service_role;

-- From schemas/2_shared/count_servicetitan_seconds.sql

-- Seconds from one time to the other, whatever somebody has written into their columns by hand: infinity, or a year that has
-- no number of its own. Null where one of them is null. An error here would be one of every workspace that is told in the same call.
create function public.count_servicetitan_seconds(p_from timestamptz, p_to timestamptz)
returns integer
language sql
immutable
security invoker
set search_path = ''
as $$
  select case
    when p_from is not null and p_to is not null
    then greatest(-2147483647, least(2147483647, extract(epoch from p_to - p_from)))::integer
  end
$$;

revoke all on function public.count_servicetitan_seconds(timestamptz, timestamptz) from public, anon, authenticated;
grant execute on function public.count_servicetitan_seconds(timestamptz, timestamptz) to service_role;

-- From schemas/2_shared/find_servicetitan_culprit.sql

-- Which function of the product's own an error came out of, by Postgres's account of where it arose (R23): a
-- trigger, or what a check or a default calls. Null where it arose in a statement of the sync itself. The
-- account goes from the inside out, and it may quote values: only a name passes, and "it" stands for one that
-- is no plain name.
create function public.find_servicetitan_culprit(p_context text)
returns text
language sql
immutable
security invoker
set search_path = ''
as $$
  select case
    when found.name ~ 'servicetitan_' or found.name is null then null
    when found.name ~ '^[a-z_][a-z0-9_]{0,62}$' then found.name
    else 'it'
  end
  from (
    select coalesce(part[1], part[2]) as name
    from regexp_matches(
      p_context,
      '^PL/[A-Za-z]+ function "?(?:[^".(]+"?[.]"?)?([^".(]+)"?[(]|^SQL function "([^"]+)"',
      'n'
    ) as part
    limit 1
  ) as found
$$;

revoke all on function public.find_servicetitan_culprit(text) from public, anon, authenticated;
grant execute on function public.find_servicetitan_culprit(text) to service_role;

-- From schemas/2_shared/find_servicetitan_obstacles.sql

-- What of the product's own tables no write of the sync could pass (R23), read in the catalogue: {object, fault,
-- statement}, the last being what mends it. The first migration asks this before it changes anything, and so
-- does whoever connects a workspace. The Worker knows each `fault` by its words (obstacles.ts).
--
-- Open tables are let be where somebody has said so:
-- `alter database postgres set servicetitan_sync.open_tables = 'allowed'`.
create function public.find_servicetitan_obstacles()
returns table (object text, fault text, statement text)
language sql
stable
security invoker
set search_path = ''
as $$
  with own as (
    select relation.oid, relation.relname as name, relation.relkind, relation.relrowsecurity, relation.relreplident
    from pg_catalog.pg_class as relation
    where relation.relnamespace = 'public'::regnamespace
      and relation.relname in ('contacts', 'workspaces')
  ),
  -- What the sync writes, and whether that may be null.
  written (table_name, name, type, may_be_null) as (
    values
      ('contacts', 'workspace_id', 'text', false),
      ('contacts', 'crm_id', 'text', false),
      ('contacts', 'crm_source', 'text', false),
      ('contacts', 'crm_modified_on', 'text', false),
      ('contacts', 'crm_missing_since', 'timestamptz', false),
      ('contacts', 'name', 'text', false),
      ('contacts', 'email', 'text', true),
      ('contacts', 'phone', 'text', true),
      ('contacts', 'address_street', 'text', true),
      ('contacts', 'address_unit', 'text', true),
      ('contacts', 'address_city', 'text', true),
      ('contacts', 'address_state', 'text', true),
      ('contacts', 'address_zip', 'text', true),
      ('contacts', 'address_country', 'text', true),
      ('contacts', 'address_country_code', 'text', true),
      ('contacts', 'address_latitude', 'double precision', true),
      ('contacts', 'address_longitude', 'double precision', true),
      ('contacts', 'active', 'boolean', false),
      ('contacts', 'merged_to_crm_id', 'text', true),
      ('contacts', 'metadata', 'jsonb', false),
      ('workspaces', 'name', 'text', false),
      ('workspaces', 'time_zone', 'text', false)
  ),
  -- Every column of the two, with what the sync wants of it. A domain may hold what its type holds.
  present as (
    select
      own.name as table_name, own.oid as table_id, attribute.attname as name, written.type, written.may_be_null,
      attribute.attgenerated <> '' or attribute.attidentity = 'a' as is_computed,
      attribute.attgenerated <> '' as is_generated,
      attribute.attnotnull or type.typnotnull as is_required,
      attribute.atthasdef or attribute.attidentity <> '' or type.typdefault is not null as has_default,
      base.type = written.type::regtype or written.type = 'text' and base.type = 'varchar'::regtype as is_fitting
    from own
    join pg_catalog.pg_attribute as attribute
      on attribute.attrelid = own.oid and attribute.attnum > 0 and not attribute.attisdropped
    join pg_catalog.pg_type as type on type.oid = attribute.atttypid
    cross join lateral (select coalesce(nullif(type.typbasetype, 0), type.oid)) as base (type)
    left join written on written.table_name = own.name and written.name = attribute.attname
    where own.relkind in ('r', 'p')
  ),
  -- Unique indexes of contacts. `keys`: the names of what they cover, empty where that is an expression.
  unique_index as (
    select
      named.relname as name, index.indpred is not null as is_partial, index.indimmediate as is_immediate,
      index.indisvalid as is_valid, con.conname as constraint_name,
      array(
        select coalesce(attribute.attname::text, '')
        from unnest(index.indkey::smallint[]) with ordinality as key (number, place)
        left join pg_catalog.pg_attribute as attribute on attribute.attrelid = own.oid and attribute.attnum = key.number
        where key.place <= index.indnkeyatts
        order by 1
      ) as keys
    from own
    join pg_catalog.pg_index as index on index.indrelid = own.oid and index.indisunique
    join pg_catalog.pg_class as named on named.oid = index.indexrelid
    left join pg_catalog.pg_constraint as con on con.conindid = index.indexrelid and con.contype in ('u', 'p') and con.conrelid = own.oid
    where own.name = 'contacts'
  )
  -- A table of another kind.
  select
    format('table public.%I', own.name) as object,
    'no table that takes an upsert' as fault,
    format('alter table public.%I rename to %I;', own.name, own.name || '_of_the_product') as statement
  from own
  where own.relkind not in ('r', 'p')
  union all
  select 'table public.contacts', 'partitioned by more than workspace_id and crm_id', 'alter table public.contacts rename to contacts_of_the_product;'
  from own
  join pg_catalog.pg_partitioned_table as partitioned on partitioned.partrelid = own.oid
  where own.name = 'contacts'
    and exists (
      select
      from unnest(partitioned.partattrs::smallint[]) as key (number)
      left join pg_catalog.pg_attribute as attribute on attribute.attrelid = own.oid and attribute.attnum = key.number
      where coalesce(attribute.attname, '') not in ('workspace_id', 'crm_id')
    )
  union all
  select format('rule %I of public.%I', rule.rulename, own.name), 'a rule, which takes no upsert', format('drop rule %I on public.%I;', rule.rulename, own.name)
  from own
  join pg_catalog.pg_rewrite as rule on rule.ev_class = own.oid and rule.ev_type in ('2', '3') and rule.ev_enabled <> 'D'
  where own.name = 'contacts' and own.relkind in ('r', 'p')
  -- Columns.
  union all
  select format('column public.%I.%I', wanted.table_name, wanted.name), 'missing', format('alter table public.%I add column %I text;', wanted.table_name, wanted.name)
  from (values ('contacts', 'workspace_id'), ('workspaces', 'id')) as wanted (table_name, name)
  join own on own.name = wanted.table_name and own.relkind in ('r', 'p')
  where not exists (select from present where present.table_name = wanted.table_name and present.name = wanted.name)
  union all
  -- The migration has added them.
  select format('column public.%I.%I', written.table_name, written.name), 'missing', format('alter table public.%I add column %I %s;', written.table_name, written.name, written.type)
  from written
  join own on own.name = written.table_name and own.relkind in ('r', 'p')
  where to_regprocedure('public.find_servicetitan_obstacles()') is not null
    and written.name <> 'workspace_id'
    and not exists (select from present where present.table_name = written.table_name and present.name = written.name)
  union all
  select
    format('column public.%I.%I', present.table_name, present.name),
    case when present.is_computed then 'computed' else 'of another type than ' || present.type end,
    case
      when present.is_generated then format('alter table public.%I alter column %I drop expression;', present.table_name, present.name)
      when present.is_computed then format('alter table public.%I alter column %I drop identity;', present.table_name, present.name)
      when present.name = 'workspace_id' then 'alter table public.contacts alter column workspace_id type text;'
      else format('alter table public.%I rename column %I to %I;', present.table_name, present.name, present.name || '_of_the_product')
    end
  from present
  where present.type is not null and (present.is_computed or not present.is_fitting)
  union all
  select
    format('column public.contacts.%I', present.name),
    case when present.type is null then 'required and has no default' else 'required, and ServiceTitan may have nothing for it' end,
    format('alter table public.contacts alter column %I drop not null;', present.name)
  from present
  where present.table_name = 'contacts'
    and present.is_required
    and case when present.type is null then not present.has_default and not present.is_computed else present.may_be_null end
  -- Keys.
  union all
  select
    format('index public.%I', unique_index.name),
    case
      when unique_index.keys = '{crm_id}' then 'unique without the workspace, so that a second firm has no room'
      when not unique_index.is_immediate then 'deferrable'
      else 'not the plain unique one of workspace_id and crm_id'
    end,
    case
      when unique_index.constraint_name is not null then format('alter table public.contacts drop constraint %I;', unique_index.constraint_name)
      else format('drop index public.%I;', unique_index.name)
    end
  from unique_index
  where unique_index.keys = '{crm_id}'
    or unique_index.keys = '{crm_id,workspace_id}' and not unique_index.is_immediate
    or unique_index.name = 'contacts_workspace_id_crm_id_key'
      and (unique_index.keys <> '{crm_id,workspace_id}' or unique_index.is_partial or not unique_index.is_valid)
  union all
  -- Our name, and no unique index of contacts: the migration would take it for the one that it wants.
  select 'index public.contacts_workspace_id_crm_id_key', 'not the plain unique one of workspace_id and crm_id',
    'alter index public.contacts_workspace_id_crm_id_key rename to contacts_workspace_id_crm_id_of_the_product;'
  from pg_catalog.pg_class as relation
  where relation.relnamespace = 'public'::regnamespace
    and relation.relname = 'contacts_workspace_id_crm_id_key'
    and not exists (select from unique_index where unique_index.name = relation.relname)
  union all
  select 'table public.contacts', 'without the unique index of workspace_id and crm_id',
    'create unique index contacts_workspace_id_crm_id_key on public.contacts (workspace_id, crm_id);'
  from own
  where own.name = 'contacts'
    and to_regprocedure('public.find_servicetitan_obstacles()') is not null
    and not exists (
      select
      from unique_index
      where unique_index.keys = '{crm_id,workspace_id}' and not unique_index.is_partial and unique_index.is_immediate and unique_index.is_valid
    )
  union all
  select format('table public.%I', own.name), 'published, and has neither a key nor a replica identity', format('alter table public.%I replica identity full;', own.name)
  from own
  join pg_catalog.pg_publication_tables as published on published.schemaname = 'public' and published.tablename = own.name
  join pg_catalog.pg_publication as publication on publication.pubname = published.pubname and publication.pubupdate
  where own.relreplident = 'n'
    or own.relreplident = 'd' and not exists (select from pg_catalog.pg_index as index where index.indrelid = own.oid and index.indisprimary)
  -- Who may read and change persons.
  union all
  select 'table public.contacts', 'open: row level security is off, and anon or authenticated holds rights', 'alter table public.contacts enable row level security;'
  from own
  where own.name = 'contacts'
    and own.relkind in ('r', 'p')
    and not own.relrowsecurity
    and current_setting('servicetitan_sync.open_tables', true) is distinct from 'allowed'
    and (
      has_any_column_privilege('anon', own.oid, 'select, insert, update')
      or has_any_column_privilege('authenticated', own.oid, 'select, insert, update')
      or has_table_privilege('anon', own.oid, 'delete, truncate')
      or has_table_privilege('authenticated', own.oid, 'delete, truncate')
    )
$$;

revoke all on function public.find_servicetitan_obstacles() from public, anon, authenticated;
grant execute on function public.find_servicetitan_obstacles() to service_role;

-- From schemas/2_shared/format_servicetitan_instant.sql

-- The instant as the sync stores ServiceTitan's: 28 characters in UTC, so that text order (collate "C") is the
-- order of time.
create function public.format_servicetitan_instant(p_instant timestamptz)
returns text
language sql
immutable
security invoker
set search_path = ''
as $$
  select to_char(p_instant at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') || '0Z'
$$;

revoke all on function public.format_servicetitan_instant(timestamptz) from public, anon, authenticated;
grant execute on function public.format_servicetitan_instant(timestamptz) to service_role;

-- From schemas/2_shared/is_servicetitan_backing_off.sql

-- Whether ticks wait because ServiceTitan refused the credentials. The longest wait is six hours, so a time that is
-- further away was not set by the sync and counts for nothing.
create function public.is_servicetitan_backing_off(p_next_attempt_at timestamptz)
returns boolean
language sql
stable
security invoker
set search_path = ''
as $$
  select coalesce(p_next_attempt_at > now() and p_next_attempt_at <= now() + interval '6 hours', false)
$$;

revoke all on function public.is_servicetitan_backing_off(timestamptz) from public, anon, authenticated;
grant execute on function public.is_servicetitan_backing_off(timestamptz) to service_role;

-- From schemas/2_shared/is_servicetitan_checkpoint.sql

-- Whether a run can go on from such a checkpoint (R6). Another one was put there by somebody else, and would fail
-- every run.
create function public.is_servicetitan_checkpoint(p_checkpoint jsonb)
returns boolean
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return coalesce(
    jsonb_typeof(p_checkpoint) = 'object'
    and p_checkpoint @? '$ ? (@.page_size.type() == "number" && @.next_page.type() == "number")'
    and (p_checkpoint ->> 'page_size')::numeric % 1 = 0
    and (p_checkpoint ->> 'page_size')::numeric between 1 and 5000
    and (p_checkpoint ->> 'next_page')::numeric % 1 = 0
    and (p_checkpoint ->> 'next_page')::numeric between 1 and 1000000000
    and (p_checkpoint ->> 'modified_on_or_after')::timestamptz between '2000-01-01' and now()
    and (p_checkpoint ->> 'started_at')::timestamptz between '2000-01-01' and now() + interval '1 day',
    false
  );
exception
  when data_exception then
    return false;
end
$$;

revoke all on function public.is_servicetitan_checkpoint(jsonb) from public, anon, authenticated;
grant execute on function public.is_servicetitan_checkpoint(jsonb) to service_role;

-- From schemas/2_shared/is_servicetitan_lease_live.sql

-- Whether a lease that lasts until then is in force (R8). None is ever given for more than two hours, so one that
-- lasts longer was not given by the sync: it would hold the workspace up for ever.
create function public.is_servicetitan_lease_live(p_alive_until timestamptz)
returns boolean
language sql
stable
security invoker
set search_path = ''
as $$
  select coalesce(p_alive_until > now() and p_alive_until <= now() + interval '2 hours', false)
$$;

revoke all on function public.is_servicetitan_lease_live(timestamptz) from public, anon, authenticated;
grant execute on function public.is_servicetitan_lease_live(timestamptz) to service_role;

-- From schemas/2_shared/is_servicetitan_outage.sql

-- Whether an error says that the database or the run is at fault, and no record (R10). The Edge Function asks the
-- same of what it is answered (database.ts). The product's triggers may raise PT409 too, in other words.
create function public.is_servicetitan_outage(p_sqlstate text, p_message text)
returns boolean
language sql
immutable
security invoker
set search_path = ''
as $$
  select p_sqlstate ~ '^(08|25|40|53|57|58|XX)...$|^55P03$'
    or p_sqlstate = 'PT409' and p_message in ('superseded', 'page_out_of_order', 'went_back')
$$;

revoke all on function public.is_servicetitan_outage(text, text) from public, anon, authenticated;
grant execute on function public.is_servicetitan_outage(text, text) to service_role;

-- From schemas/2_shared/is_servicetitan_part_whole.sql

-- Whether the database holds all of a part of a page (R21). `p_parts` is what the state keeps of the page:
--   3              a chunk by its number, or another part by its name
--   3:0-249/500    records 0 to 249 of the 500 of part 3, written apart; of these again 3:0-249/500:0-24/250
--   3~, 3~1234     phones of part 3, or of customer 1234 in it, that are still to be normalised for their country
-- A part is whole when it is there by itself or its parts cover all its records, and no phones of those are
-- outstanding. A part that was written whole and then again in parts (R24) leaves its phones to them.
create function public.is_servicetitan_part_whole(p_parts text[], p_part text)
returns boolean
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  if p_part = any (p_parts)
    and not exists (select from unnest(p_parts) as held (part) where starts_with(held.part, p_part || '~'))
  then
    return true;
  end if;
  return coalesce(
    public.collect_servicetitan_ranges(p_parts, p_part) @> (
      select int4range(0, max(sized[1]::integer))
      from unnest(p_parts) as held (part)
      cross join lateral regexp_match(substr(held.part, length(p_part) + 1), '^:\d+-\d+/(\d{1,6})$') as sized
      where starts_with(held.part, p_part || ':')
    ),
    false
  );
end
$$;

revoke all on function public.is_servicetitan_part_whole(text[], text) from public, anon, authenticated;
grant execute on function public.is_servicetitan_part_whole(text[], text) to service_role;

-- From schemas/2_shared/is_servicetitan_past.sql

-- Whether a text is a time that a sync can have noted: of this century, and no later than now (R21).
create function public.is_servicetitan_past(p_text text)
returns boolean
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return coalesce(p_text::timestamptz between '2000-01-01' and now(), false);
exception
  when data_exception then
    return false;
end
$$;

revoke all on function public.is_servicetitan_past(text) from public, anon, authenticated;
grant execute on function public.is_servicetitan_past(text) to service_role;

-- From schemas/2_shared/is_servicetitan_run_waiting.sql

-- Whether a run was claimed two minutes ago or more and nobody has begun it. It may wait for its turn, or the answer to its
-- claim was lost and nobody creates its instance: only the engine can say (R14).
create function public.is_servicetitan_run_waiting(p_instance_id text)
returns boolean
language sql
stable
security invoker
set search_path = ''
as $$
  select exists (
    select
    from public.servicetitan_sync_runs as run
    where run.instance_id = p_instance_id
      and run.status = 'queued'
      and run.created_at < now() - interval '2 minutes'
  )
$$;

revoke all on function public.is_servicetitan_run_waiting(text) from public, anon, authenticated;
grant execute on function public.is_servicetitan_run_waiting(text) to service_role;

-- From schemas/2_shared/is_servicetitan_time_zone.sql

-- Whether that is the IANA name of a zone, and Postgres knows it (R15). Postgres takes other texts too: a POSIX
-- string such as +05:00 or Mars/Phobos+3, in which the sign means the opposite, and abbreviations such as CET,
-- which know no daylight saving. src/schedule/businessHours.ts takes the same form.
create function public.is_servicetitan_time_zone(p_name text)
returns boolean
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  if p_name is null
    or p_name !~* '^(utc|gmt|est5edt|cst6cdt|mst7mdt|pst8pdt|etc/gmt(\+([0-9]|1[0-2])|-([0-9]|1[0-4]))|[a-z_]+(/[a-z_-]+){1,2})$'
    or p_name ~* '^(posix|right)/'
  then
    return false;
  end if;
  perform now() at time zone p_name;
  return true;
exception
  when invalid_parameter_value then
    return false;
end
$$;

revoke all on function public.is_servicetitan_time_zone(text) from public, anon, authenticated;
grant execute on function public.is_servicetitan_time_zone(text) to service_role;

-- From schemas/2_shared/list_servicetitan_business_hours.sql

-- The business hours of yesterday and today in a time zone (R15), one row each: what the age of the data and
-- silence are measured in. The minute of `p_end_hour` itself is still in, as it is for ticks. Answers one row
-- of all time where no zone is given, where it is none that Postgres knows (is_servicetitan_time_zone), or where
-- the hours are the whole day, so that an unknown zone fails no report.
create function public.list_servicetitan_business_hours(p_time_zone text, p_start_hour integer, p_end_hour integer)
returns table (opens_at timestamptz, closes_at timestamptz)
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  if (p_start_hour > 0 or p_end_hour < 24) and public.is_servicetitan_time_zone(p_time_zone) then
    return query
    select
      (day + make_interval(hours => p_start_hour)) at time zone p_time_zone,
      (day + make_interval(hours => p_end_hour, mins => 1)) at time zone p_time_zone -- the last minute is in
    from (select date_trunc('day', now() at time zone p_time_zone)) as today (today)
    cross join lateral generate_series(today - interval '1 day', today, interval '1 day') as day;
    return;
  end if;
  return query select '-infinity'::timestamptz, 'infinity'::timestamptz;
end
$$;

revoke all on function public.list_servicetitan_business_hours(text, integer, integer) from public, anon, authenticated;
grant execute on function public.list_servicetitan_business_hours(text, integer, integer) to service_role;

-- From schemas/2_shared/merge_servicetitan_fields.sql

-- Puts the sync's `custom_fields` into a contact's `metadata` (R11). The keys that the sync writes replace
-- their namesakes. Every other key, inside `custom_fields` and beside it, stays: it is the product's.
-- Metadata that is no object can hold no key, so an object takes its place.
create function public.merge_servicetitan_fields(p_metadata jsonb, p_custom_fields jsonb)
returns jsonb
language sql
immutable
security invoker
set search_path = ''
as $$
  select case when jsonb_typeof(p_metadata) = 'object' then p_metadata else '{}' end
    || jsonb_build_object(
      'custom_fields',
      case when jsonb_typeof(p_metadata -> 'custom_fields') = 'object' then p_metadata -> 'custom_fields' else '{}' end || p_custom_fields
    )
$$;

revoke all on function public.merge_servicetitan_fields(jsonb, jsonb) from public, anon, authenticated;
grant execute on function public.merge_servicetitan_fields(jsonb, jsonb) to service_role;

-- From schemas/2_shared/probe_servicetitan_contacts.sql

-- Whether contacts takes a row as the sync writes it (R23): tries one, and takes it back. Only where contacts has
-- no trigger of its own, which might do something that can't be taken back, such as a call of another system.
-- Answers [] or [{object, fault, statement}], with the SQLSTATE in `fault`. What depends on a row's values, as a
-- check does, says nothing here: such rows are set aside one by one (R10).
create function public.probe_servicetitan_contacts(p_workspace_id text, p_path text)
returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
begin
  if exists (
    select
    from pg_catalog.pg_trigger
    where tgrelid = to_regclass('public.contacts') and not tgisinternal and tgenabled <> 'D'
  ) then
    return '[]';
  end if;
  perform set_config('search_path', concat_ws(', ', 'pg_catalog', nullif(p_path, '')), true);
  insert into public.contacts as stored (
    workspace_id, crm_id, crm_source, name, email, phone, address_street, address_unit, address_city, address_state, address_zip,
    address_country, address_country_code, address_latitude, address_longitude, active, merged_to_crm_id, crm_modified_on, metadata
  )
  values (
    p_workspace_id, 'probe of the sync', 'production/0', '', null, null, null, null, null, null, null, null, null, null, null, true,
    null, '2000-01-01T00:00:00.0000000Z', '{"custom_fields": {}}'
  )
  on conflict (workspace_id, crm_id) do update
  set name = excluded.name;
  -- Where the probe passed, this takes it back.
  raise exception using errcode = 'PT200', message = 'probed';
exception
  when others then
    if sqlstate = 'PT200' or sqlstate ~ '^(22|23|P0)' and sqlstate <> '23502' then
      return '[]';
    end if;
    if public.is_servicetitan_outage(sqlstate, sqlerrm) and sqlstate <> '55000' then
      raise;
    end if;
    return jsonb_build_array(jsonb_build_object(
      'object', 'table public.contacts', 'fault', 'closed to a row of the sync (SQLSTATE ' || sqlstate || ')', 'statement', null
    ));
end
$$;

revoke all on function public.probe_servicetitan_contacts(text, text) from public, anon, authenticated;
grant execute on function public.probe_servicetitan_contacts(text, text) to service_role;

-- From schemas/2_shared/to_servicetitan_ids.sql

-- Customer ids as the reads log keeps them: each once, as numbers, because a bigint takes a fraction of the
-- space of a text. Null for none. Expects digits and leaves out 19 of them that are no int64.
create function public.to_servicetitan_ids(p_crm_ids text[])
returns bigint[]
language sql
immutable
security invoker
set search_path = ''
as $$
  select array_agg(distinct crm_id::bigint)
  from unnest(p_crm_ids) as crm_id
  where length(crm_id) < 19
    or crm_id collate "C" <= '9223372036854775807'
$$;

revoke all on function public.to_servicetitan_ids(text[]) from public, anon, authenticated;
grant execute on function public.to_servicetitan_ids(text[]) to service_role;

-- From schemas/2_shared/to_servicetitan_key.sql

-- A phone or an e-mail without the way in which it is written, to tell whether two are the same: of a phone the last
-- ten digits, of anything else its letters in lower case.
create function public.to_servicetitan_key(p_value text)
returns text
language sql
immutable
security invoker
set search_path = ''
as $$
  select case
    when p_value ~ '^[-+() ./\d]+$' then right(regexp_replace(p_value, '\D', '', 'g'), 10)
    else lower(btrim(p_value))
  end
$$;

revoke all on function public.to_servicetitan_key(text) from public, anon, authenticated;
grant execute on function public.to_servicetitan_key(text) to service_role;

-- From schemas/3_connections/delete_servicetitan_connection.sql

-- Removes a connection with its secrets and stops its run. Answers whether there was a connection. Contacts
-- and state stay: when the same tenant is connected again, the sync resumes from its cursor (R4).
create function public.delete_servicetitan_connection(p_workspace_id text)
returns boolean
language plpgsql
security invoker
set search_path = ''
as $$
begin
  perform public.stop_servicetitan_run(p_workspace_id, 'The workspace was disconnected.');
  delete from public.servicetitan_connections where workspace_id = p_workspace_id;
  return found;
end
$$;

revoke all on function public.delete_servicetitan_connection(text) from public, anon, authenticated;
grant execute on function public.delete_servicetitan_connection(text) to service_role;

-- From schemas/3_connections/enable_servicetitan_connection.sql

-- Pauses (false) or resumes (true) a workspace. Answers whether it is connected. Pausing stops the run that
-- is under way.
create function public.enable_servicetitan_connection(p_workspace_id text, p_enabled boolean)
returns boolean
language plpgsql
security invoker
set search_path = ''
as $$
begin
  if not p_enabled then
    perform public.stop_servicetitan_run(p_workspace_id, 'The workspace was paused.');
  end if;
  update public.servicetitan_connections
  set enabled = p_enabled, updated_at = now()
  where workspace_id = p_workspace_id;
  return found;
end
$$;

revoke all on function public.enable_servicetitan_connection(text, boolean) from public, anon, authenticated;
grant execute on function public.enable_servicetitan_connection(text, boolean) to service_role;

-- From schemas/3_connections/list_servicetitan_connections_to_reseal.sql

-- One page, ordered by workspace id, of the connections that hold a value sealed with another key than
-- `p_key_id`, with all that the values are bound to. Ask again with `next_after` until it is null.
create function public.list_servicetitan_connections_to_reseal(p_key_id text, p_after text, p_limit integer)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  with page as (
    select
      connection.workspace_id,
      connection.environment,
      connection.tenant_id,
      connection.client_id,
      connection.credentials_id,
      connection.client_secret_sealed,
      connection.app_key_sealed
    from public.servicetitan_connections as connection
    where (
        split_part(connection.client_secret_sealed, '.', 1) <> p_key_id
        or split_part(connection.app_key_sealed, '.', 1) <> p_key_id
      )
      and connection.workspace_id collate "C" > coalesce(p_after, '')
    order by connection.workspace_id collate "C"
    limit p_limit
  )
  select jsonb_build_object(
    'connections', coalesce(jsonb_agg(to_jsonb(page) order by page.workspace_id collate "C"), '[]'),
    'next_after', case when count(*) = p_limit then max(page.workspace_id collate "C") end
  )
  from page
$$;

revoke all on function public.list_servicetitan_connections_to_reseal(text, text, integer) from public, anon, authenticated;
grant execute on function public.list_servicetitan_connections_to_reseal(text, text, integer) to service_role;

-- From schemas/3_connections/read_servicetitan_connection.sql

-- A connection and how its sync stands, without secrets: of a sealed value it tells only the fingerprint of
-- its key. Null when the workspace is not connected. Cursor, `initial_sync_completed` and `last_completed_at`
-- are told only while the state belongs to this tenant (R3).
create function public.read_servicetitan_connection(p_workspace_id text)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select jsonb_build_object(
    'workspace_id', connection.workspace_id,
    'name', workspace.name,
    'time_zone', workspace.time_zone,
    'country', connection.country,
    'environment', connection.environment,
    'tenant_id', connection.tenant_id,
    'client_id', connection.client_id,
    'enabled', connection.enabled,
    'connected_at', connection.created_at,
    'updated_at', connection.updated_at,
    'key_ids', jsonb_build_array(
      split_part(connection.client_secret_sealed, '.', 1),
      split_part(connection.app_key_sealed, '.', 1)
    ),
    'sync', jsonb_build_object(
      'status', coalesce(state.sync_status, 'idle'),
      'instance_id', state.run_instance_id,
      'initial_sync_completed', coalesce(own.initial_sync_completed, false),
      'last_modified_cursor', own.last_modified_cursor,
      'last_completed_at', own.last_completed_at,
      'next_attempt_at', state.next_attempt_at,
      'last_error', state.last_error
    )
  )
  from public.servicetitan_connections as connection
  left join public.workspaces as workspace on workspace.id::text = connection.workspace_id
  left join public.servicetitan_sync_state as state on state.workspace_id = connection.workspace_id
  left join public.servicetitan_sync_state as own
    on own.workspace_id = connection.workspace_id and own.source = connection.environment || '/' || connection.tenant_id
  where connection.workspace_id = p_workspace_id
$$;

revoke all on function public.read_servicetitan_connection(text) from public, anon, authenticated;
grant execute on function public.read_servicetitan_connection(text) to service_role;

-- From schemas/3_connections/read_servicetitan_credentials.sql

-- What a fetch step needs: {tenant_id, environment, client_id, credentials_id, client_secret_sealed,
-- app_key_sealed}. Read under the lease, so that it is the run's heartbeat as well.
--
-- A connection that moved to another tenant in mid-run supersedes the run, because its state belongs to the
-- old tenant (R3). One that was switched off or removed is refused with PT410 'not_connected'.
create function public.read_servicetitan_credentials(p_workspace_id text, p_instance_id text)
returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_connection public.servicetitan_connections;
  v_source text;
begin
  perform public.hold_servicetitan_lease(p_workspace_id, p_instance_id, null);

  select * into v_connection from public.servicetitan_connections where workspace_id = p_workspace_id and enabled;
  if not found then
    raise exception using errcode = 'PT410', message = 'not_connected';
  end if;
  select run.source into v_source from public.servicetitan_sync_runs as run where run.instance_id = p_instance_id;
  if v_source <> v_connection.environment || '/' || v_connection.tenant_id then
    raise exception using
      errcode = 'PT409',
      message = 'superseded',
      detail = 'The workspace was connected to another tenant while this run was under way.';
  end if;

  return jsonb_build_object(
    'tenant_id', v_connection.tenant_id,
    'environment', v_connection.environment,
    'client_id', v_connection.client_id,
    'credentials_id', v_connection.credentials_id,
    'client_secret_sealed', v_connection.client_secret_sealed,
    'app_key_sealed', v_connection.app_key_sealed
  );
end
$$;

revoke all on function public.read_servicetitan_credentials(text, text) from public, anon, authenticated;
grant execute on function public.read_servicetitan_credentials(text, text) to service_role;

-- From schemas/3_connections/reseal_servicetitan_connections.sql

-- Replaces sealed values after a rotation of `CREDENTIALS_KEY` and answers how many connections changed.
-- `p_connections`: [{workspace_id, credentials_id, client_secret_sealed, app_key_sealed, was:
-- {client_secret_sealed, app_key_sealed}}]. A connection changes only where it still is of that saving and both
-- values are what `was` says: credentials that were saved in between must not be overwritten by the old ones.
-- The saving stays what it was, because the new values are bound to it.
create function public.reseal_servicetitan_connections(p_connections jsonb)
returns integer
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_resealed integer;
begin
  update public.servicetitan_connections as stored
  set
    client_secret_sealed = resealed.client_secret_sealed,
    app_key_sealed = resealed.app_key_sealed
  from jsonb_to_recordset(p_connections) as resealed (workspace_id text, credentials_id uuid, client_secret_sealed text, app_key_sealed text, was jsonb)
  where stored.workspace_id = resealed.workspace_id
    and stored.credentials_id = resealed.credentials_id
    and stored.client_secret_sealed = resealed.was ->> 'client_secret_sealed'
    and stored.app_key_sealed = resealed.was ->> 'app_key_sealed';
  get diagnostics v_resealed = row_count;
  return v_resealed;
end
$$;

revoke all on function public.reseal_servicetitan_connections(jsonb) from public, anon, authenticated;
grant execute on function public.reseal_servicetitan_connections(jsonb) to service_role;

-- From schemas/3_connections/save_servicetitan_connection.sql

-- Stores a connection whose secrets are sealed already, enables it, and lets a workspace that was backing off
-- try again at once. `p_connection`: {workspace_id, name, time_zone, environment, tenant_id, client_id,
-- credentials_id, client_secret_sealed, app_key_sealed, country?}. A name, a time zone or a country of null
-- leaves what is there.
--
-- Connecting to another tenant or environment stops the run that is under way (R3). A run of the same tenant
-- continues with the new credentials. A workspace that was disconnected is compared anew (R18): nobody knows what
-- was done to its contacts meanwhile.
--
-- Refused with PT412, and then nothing is stored: 'tables_unfit' where the product's tables could take no row of
-- the sync (R23), with [{object, fault, statement}] as its detail; 'workspace_missing' where workspaces has no
-- row of this id and takes none. Where rows of the sync are there already, the obstacles are answered instead.
-- `p_path` is the search path of the Data API: the product's triggers on
-- workspaces run under it (R23).
create function public.save_servicetitan_connection(
  p_connection jsonb,
  p_path text default current_setting('search_path')
)
returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_workspace_id text := p_connection ->> 'workspace_id';
  v_before public.servicetitan_connections;
  v_obstacles jsonb := (select coalesce(jsonb_agg(obstacle), '[]') from public.find_servicetitan_obstacles() as obstacle);
  v_is_synced boolean := false;
begin
  if v_obstacles <> '[]' then
    if not v_obstacles @> '[{"object": "column public.contacts.crm_source", "fault": "missing"}]' then
      execute $query$select exists (select from public.contacts where crm_source::text ~ '^(production|integration)/[0-9]+$')$query$
      into v_is_synced;
    end if;
    if not v_is_synced then
      raise exception using errcode = 'PT412', message = 'tables_unfit', detail = v_obstacles::text;
    end if;
  end if;

  -- New credentials deserve a new attempt at once, whatever the old ones had earned.
  insert into public.servicetitan_sync_state as stored (workspace_id)
  values (v_workspace_id)
  on conflict (workspace_id) do update
  set failures = 0, next_attempt_at = null;

  select * into v_before from public.servicetitan_connections where workspace_id = v_workspace_id;
  if (v_before.environment, v_before.tenant_id) is distinct from (p_connection ->> 'environment', p_connection ->> 'tenant_id') then
    perform public.stop_servicetitan_run(v_workspace_id, 'The workspace was connected to another tenant.');
    update public.servicetitan_sync_state set sync_status = 'idle', last_error = null where workspace_id = v_workspace_id;
  end if;

  if v_before.workspace_id is null then
    update public.servicetitan_sync_state
    set pass_wanted_at = coalesce(pass_wanted_at, now())
    where workspace_id = v_workspace_id
      and initial_sync_completed;
  end if;

  perform set_config('search_path', concat_ws(', ', 'pg_catalog', nullif(p_path, '')), true);
  if exists (select from public.workspaces where id::text = v_workspace_id) then
    update public.workspaces
    set
      name = coalesce(p_connection ->> 'name', name),
      time_zone = coalesce(p_connection ->> 'time_zone', time_zone)
    where id::text = v_workspace_id;
  else
    begin
      insert into public.workspaces (id, name, time_zone)
      values (v_workspace_id, p_connection ->> 'name', p_connection ->> 'time_zone');
    exception
      when others then
        if public.is_servicetitan_outage(sqlstate, sqlerrm) then
          raise;
        end if;
        raise exception using errcode = 'PT412', message = 'workspace_missing', detail = sqlstate;
    end;
  end if;
  perform set_config('search_path', '', true);

  insert into public.servicetitan_connections as stored
    (workspace_id, environment, tenant_id, client_id, credentials_id, client_secret_sealed, app_key_sealed, country)
  values (
    v_workspace_id,
    p_connection ->> 'environment',
    p_connection ->> 'tenant_id',
    p_connection ->> 'client_id',
    (p_connection ->> 'credentials_id')::uuid,
    p_connection ->> 'client_secret_sealed',
    p_connection ->> 'app_key_sealed',
    p_connection ->> 'country'
  )
  on conflict (workspace_id) do update
  set
    environment = excluded.environment,
    tenant_id = excluded.tenant_id,
    client_id = excluded.client_id,
    credentials_id = excluded.credentials_id,
    client_secret_sealed = excluded.client_secret_sealed,
    app_key_sealed = excluded.app_key_sealed,
    country = coalesce(excluded.country, stored.country),
    enabled = true,
    updated_at = now();

  v_obstacles := v_obstacles || public.probe_servicetitan_contacts(v_workspace_id, p_path);
  if not v_is_synced and v_obstacles <> '[]' then
    raise exception using errcode = 'PT412', message = 'tables_unfit', detail = v_obstacles::text;
  end if;
  return v_obstacles;
end
$$;

revoke all on function public.save_servicetitan_connection(jsonb, text) from public, anon, authenticated;
grant execute on function public.save_servicetitan_connection(jsonb, text) to service_role;

-- From schemas/4_runs/advance_servicetitan_cursor.sql

-- Every page of the window is written, so the cursor moves (R4). `p_cursor` is the sync start time. Null ends
-- an initial sync: its cursor is the time it first began less 15 minutes, because an export may lag by that
-- much (R12). No clock that runs ahead makes a cursor that is later than now, and one that was stored so goes
-- back. The ledger notes the new cursor, from which reports work out how old the data was. `p_doubts` is
-- what the run could not make sure of so far (R10): it is told with the cursor, for a run may die after it.
-- A first sync that ends in doubt asks for a pass (R12, R18).
-- `p_place`: the window's last page, which the database has to hold (check_servicetitan_place).
create function public.advance_servicetitan_cursor(
  p_workspace_id text,
  p_instance_id text,
  p_fence bigint,
  p_cursor timestamptz,
  p_doubts jsonb default '[]',
  p_place jsonb default null
)
returns void
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_state public.servicetitan_sync_state := public.hold_servicetitan_lease(p_workspace_id, p_instance_id, p_fence);
  v_cursor timestamptz;
  v_short jsonb := '[]';
  v_doubts jsonb;
begin
  perform public.check_servicetitan_place(v_state, p_place);

  if p_cursor is null then
    v_short := public.find_servicetitan_short_sync(v_state);
    update public.servicetitan_sync_state
    set
      last_modified_cursor = case when initial_started_at > now() then now() else initial_started_at end - interval '15 minutes',
      last_continue_from = null,
      -- R17: an export that ended too early is read on from where it ended. A token of an earlier reading misses nothing.
      settled = jsonb_build_object(
        'customers', jsonb_build_object('from', last_continue_from, 'stamp', initial_stamp, 'as_of', least(initial_started_at, now()) - interval '15 minutes'),
        'contacts', jsonb_build_object('as_of', least(initial_started_at, now()) - interval '15 minutes')
      ) || settled,
      initial_stamp = null,
      initial_sync_completed = true,
      initial_feed = null,
      checkpoint = null,
      updated_at = now()
    where workspace_id = p_workspace_id
    returning last_modified_cursor into v_cursor;
  else
    update public.servicetitan_sync_state
    set
      last_modified_cursor = case
        when last_modified_cursor <= now() then greatest(last_modified_cursor, least(p_cursor, now()))
        else least(p_cursor, now())
      end,
      checkpoint = null,
      updated_at = now()
    where workspace_id = p_workspace_id
    returning last_modified_cursor into v_cursor;
  end if;

  update public.servicetitan_sync_runs
  set
    window_until = v_cursor,
    window_closed_at = coalesce(window_closed_at, now()),
    doubts = public.chain_servicetitan_doubts(p_instance_id, p_doubts || v_short)
  where instance_id = p_instance_id
  returning doubts into v_doubts;

  if p_cursor is null and v_doubts <> '[]' then
    update public.servicetitan_sync_state
    set pass_wanted_at = coalesce(pass_wanted_at, now())
    where workspace_id = p_workspace_id;
  end if;
end
$$;

revoke all on function public.advance_servicetitan_cursor(text, text, bigint, timestamptz, jsonb, jsonb) from public, anon, authenticated;
grant execute on function public.advance_servicetitan_cursor(text, text, bigint, timestamptz, jsonb, jsonb) to service_role;

-- From schemas/4_runs/begin_servicetitan_run.sql

-- A claimed run starts work: sets status and mode, and answers everything the run needs to resume where the
-- workspace stands. Until the run has written something, repeating the call gives the same answer.
-- `p_started_at` is the sync start time by the Worker's clock and counts only the first time, and no later than
-- now: a Worker's clock that runs ahead would move the cursor past what nobody has read.
--
-- An incremental window begins at the cursor less the overlap (R4). A cursor in the future, of a clock that ran
-- ahead, says nothing of what came since it was stored: the last one in the ledger that can be true counts, or
-- the initial sync's. A window that a checkpoint continues begins where it began before (R6), unless one of its
-- times is in the future; then it begins anew. A connection to another tenant starts over (R3). An initial sync that was under
-- way keeps its feed, its token and the time it first began (R12). The last error stays until a run completes: that another one
-- has begun mends nothing yet. `p_settled_minutes`: how long after the last settled reading the next one is due (R17).
-- `p_pass_days`: how often everything is compared (R18).
create function public.begin_servicetitan_run(
  p_workspace_id text,
  p_instance_id text,
  p_started_at timestamptz,
  p_overlap_seconds integer,
  p_settled_minutes integer default 55,
  p_pass_days integer default 7
)
returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_state public.servicetitan_sync_state := public.hold_servicetitan_lease(p_workspace_id, p_instance_id, null);
  v_run public.servicetitan_sync_runs;
  v_source text;
  v_mode text;
  v_cursor timestamptz;
begin
  select * into v_run from public.servicetitan_sync_runs where instance_id = p_instance_id;
  if not found then
    raise exception using errcode = 'PT409', message = 'went_back', detail = 'The run is not in the ledger.';
  end if;

  if v_run.status = 'queued' then
    select environment || '/' || tenant_id into v_source
    from public.servicetitan_connections
    where workspace_id = p_workspace_id;

    if v_state.source is distinct from v_source then -- R3: another tenant starts over
      perform public.drop_servicetitan_pass(p_workspace_id);
      update public.servicetitan_sync_state
      set
        source = v_source,
        last_modified_cursor = null,
        last_continue_from = null,
        initial_sync_completed = false,
        initial_feed = null,
        initial_started_at = null,
        initial_stamp = null,
        contacts_continue_from = null,
        contacts_past_future = false,
        contacts_stamp = null,
        settled = '{}',
        settled_until = null,
        checkpoint = null,
        home_country = null,
        tag_types_asked_at = null,
        tag_types_refused = false,
        pass_wanted_at = case when source is null then pass_wanted_at end,
        total_customers_synced = 0
      where workspace_id = p_workspace_id
      returning * into v_state;
    end if;

    v_state := public.heal_servicetitan_state(p_workspace_id);

    v_mode := case when v_state.initial_sync_completed then 'incremental' else 'initial' end;

    update public.servicetitan_sync_state
    set
      sync_status = 'running',
      page = 0,
      last_sync_created = case when v_run.trigger = 'successor' then last_sync_created else 0 end,
      last_sync_updated = case when v_run.trigger = 'successor' then last_sync_updated else 0 end,
      last_sync_errors = case when v_run.trigger = 'successor' then last_sync_errors else 0 end,
      export_seen = case when v_run.trigger = 'successor' then export_seen else '{}' end,
      export_again = case when v_run.trigger = 'successor' then export_again end,
      -- R12: an initial sync under way keeps its feed, token and the time it first began.
      initial_started_at = case
        when v_mode = 'initial' and initial_feed is null then least(p_started_at, now())
        -- Whoever stored it may have known no clock but the database's.
        when v_mode = 'initial' then least(initial_started_at, p_started_at, now())
        when initial_started_at > now() then now()
        else initial_started_at
      end,
      last_continue_from = case when v_mode = 'initial' and initial_feed is not null then last_continue_from end,
      initial_stamp = case when v_mode = 'initial' and initial_feed is not null then initial_stamp end,
      initial_feed = case when v_mode = 'initial' then coalesce(initial_feed, 'contacts') end,
      checkpoint = case
        when greatest((checkpoint ->> 'modified_on_or_after')::timestamptz, (checkpoint ->> 'started_at')::timestamptz) <= now()
          then checkpoint
      end,
      updated_at = now()
    where workspace_id = p_workspace_id
    returning * into v_state;

    v_cursor := v_state.last_modified_cursor;
    if v_cursor > now() then
      select coalesce(max(run.window_until), v_state.initial_started_at - interval '15 minutes', now()) into v_cursor
      from public.servicetitan_sync_runs as run
      where run.workspace_id = p_workspace_id
        and run.source = v_source
        and run.window_until <= now();
    end if;

    update public.servicetitan_sync_runs
    set
      status = 'running',
      mode = v_mode,
      source = v_source,
      started_at = now(),
      -- A window whose successor was lost goes on with the run that handed it over.
      predecessor = coalesce(predecessor, case
        when v_mode = 'incremental' and v_state.checkpoint is not null
        then (
          select earlier.instance_id
          from public.servicetitan_sync_runs as earlier
          where earlier.workspace_id = p_workspace_id
            and earlier.source = v_source
            and earlier.status = 'continued'
          order by earlier.fence desc
          limit 1
        )
      end),
      -- R6: all of the checkpoint, the sync start time among it, or none.
      window_started_at = case
        when v_mode = 'initial' then v_state.initial_started_at
        else coalesce((v_state.checkpoint ->> 'started_at')::timestamptz, least(p_started_at, now()))
      end,
      window_from = case
        when v_mode = 'incremental' then coalesce(
          (v_state.checkpoint ->> 'modified_on_or_after')::timestamptz,
          v_cursor - make_interval(secs => p_overlap_seconds)
        )
      end
    where instance_id = p_instance_id
    returning * into v_run;
  end if;

  return jsonb_build_object(
    'fence', v_run.fence,
    'country', (select country from public.servicetitan_connections where workspace_id = p_workspace_id),
    'graded_for', v_state.home_country,
    'tag_types', jsonb_build_object(
      'due', coalesce(v_state.tag_types_asked_at < now() - interval '1 day', true),
      'refused', v_state.tag_types_refused
    ),
    'time_zone', (select time_zone from public.workspaces where id::text = p_workspace_id),
    'mode', v_run.mode,
    'started_at', v_run.window_started_at,
    'modified_on_or_after', v_run.window_from,
    'checkpoint', v_state.checkpoint,
    'initial_feed', v_state.initial_feed,
    'continue_from', v_state.last_continue_from,
    'contacts_continue_from', v_state.contacts_continue_from,
    'initial_stamp', v_state.initial_stamp,
    'contacts_stamp', v_state.contacts_stamp,
    -- The longest unasked first, and no more than a run can well re-fetch beside its work.
    'quarantined', (
      select coalesce(jsonb_agg(waiting.crm_id order by waiting.asked_at, waiting.crm_id), '[]')
      from (
        select error.crm_id, max(error.last_seen_at) as asked_at
        from public.servicetitan_sync_errors as error
        where error.workspace_id = p_workspace_id
          and error.source = v_run.source
        group by error.crm_id
        having not bool_or(error.call_failed)
        order by asked_at
        limit 500
      ) as waiting
    ),
    'pass_due', v_run.mode = 'incremental' and public.plan_servicetitan_pass(v_state, p_pass_days) is not null,
    -- R17: where the settled reading goes on; null while none is due.
    'settled', case
      when v_run.mode = 'incremental' then public.plan_servicetitan_settled(v_state, p_settled_minutes)
    end,
    'settled_until', case when v_state.settled_until <= now() then v_state.settled_until end,
    'export_seen', v_state.export_seen,
    'export_again', v_state.export_again,
    'rechecks', public.list_servicetitan_rechecks(p_workspace_id, v_run.source, p_instance_id, 50),
    -- Those whose call fails are asked alone: in the first hour by every run, in the first day hourly, then daily.
    'poison', (
      select coalesce(jsonb_agg(waiting.crm_id order by waiting.asked_at, waiting.crm_id), '[]')
      from (
        select error.crm_id, max(error.last_seen_at) as asked_at
        from public.servicetitan_sync_errors as error
        where error.workspace_id = p_workspace_id
          and error.source = v_run.source
        group by error.crm_id
        having bool_or(error.call_failed)
          and max(error.last_seen_at) <= now() - case
            when min(error.first_seen_at) > now() - interval '1 hour' then interval '0'
            when min(error.first_seen_at) > now() - interval '1 day' then interval '1 hour'
            else interval '1 day'
          end
        order by asked_at
        limit 20
      ) as waiting
    ),
    -- Nobody asks for their contacts together with others'.
    'poisoned_contacts', (
      select coalesce(jsonb_agg(known.crm_id order by known.crm_id), '[]')
      from (
        select error.crm_id
        from public.servicetitan_sync_errors as error
        where error.workspace_id = p_workspace_id
          and error.source = v_run.source
          and error.feed = 'contacts'
          and error.call_failed
        limit 1000
      ) as known
    )
  );
end
$$;

revoke all on function public.begin_servicetitan_run(text, text, timestamptz, integer, integer, integer) from public, anon, authenticated;
grant execute on function public.begin_servicetitan_run(text, text, timestamptz, integer, integer, integer) to service_role;

-- From schemas/4_runs/chain_servicetitan_doubts.sql

-- What a run says of itself at its end: the doubts of its predecessor, which holds those of all before it, its
-- own that are written down already, and `p_doubts`, each once. So the last run of a chain says all that the chain could not make sure of.
create function public.chain_servicetitan_doubts(p_instance_id text, p_doubts jsonb)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select coalesce(jsonb_agg(said.doubt order by said.position), '[]')
  from (
    select doubt.value as doubt, min(doubt.position) as position
    from public.servicetitan_sync_runs as run
    left join public.servicetitan_sync_runs as before on before.instance_id = run.predecessor
    cross join lateral jsonb_array_elements(coalesce(before.doubts, '[]') || run.doubts || coalesce(p_doubts, '[]')) with ordinality as doubt (value, position)
    where run.instance_id = p_instance_id
    group by doubt.value
    order by position
    limit 200
  ) as said
$$;

revoke all on function public.chain_servicetitan_doubts(text, jsonb) from public, anon, authenticated;
grant execute on function public.chain_servicetitan_doubts(text, jsonb) to service_role;

-- From schemas/4_runs/check_servicetitan_chunks.sql

-- Refuses with PT409 'went_back' where the database does not hold the first so many chunks of a page (R21).
create function public.check_servicetitan_chunks(p_parts text[], p_chunks integer)
returns void
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_missing integer;
begin
  select min(chunk.number) into v_missing
  from generate_series(0, p_chunks - 1) as chunk (number)
  where not public.is_servicetitan_part_whole(p_parts, chunk.number::text);
  if v_missing is not null then
    raise exception using
      errcode = 'PT409',
      message = 'went_back',
      detail = format('Chunk %s of the page was acknowledged, and is not there any more.', v_missing);
  end if;
end
$$;

revoke all on function public.check_servicetitan_chunks(text[], integer) from public, anon, authenticated;
grant execute on function public.check_servicetitan_chunks(text[], integer) to service_role;

-- From schemas/4_runs/check_servicetitan_place.sql

-- Refuses with PT409 'went_back' where the database does not hold what the run was told it holds (R21).
-- `p_place`: {page, chunks, next}: the last page of the run that was written whole, how many chunks it had, and
-- the number of the page that comes next. Pages between the two may be there or not: their step failed, and the
-- part that it belonged to is in doubt. Null asks for nothing: a Worker of an earlier version.
create function public.check_servicetitan_place(p_state public.servicetitan_sync_state, p_place jsonb)
returns void
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_page integer := (p_place ->> 'page')::integer;
  v_chunks integer := (p_place ->> 'chunks')::integer;
begin
  if v_page is null or p_state.page > v_page and p_state.page < (p_place ->> 'next')::integer then
    return;
  elsif p_state.page <> v_page
    or exists (select from unnest(p_state.parts) as held (part) where substring(held.part from '^\d{1,6}')::integer >= v_chunks)
  then
    raise exception using
      errcode = 'PT409',
      message = 'went_back',
      detail = format('The run was told that page %s is written, of %s chunks; the database holds page %s.', v_page, v_chunks, p_state.page);
  end if;
  perform public.check_servicetitan_chunks(p_state.parts, v_chunks);
end
$$;

revoke all on function public.check_servicetitan_place(public.servicetitan_sync_state, jsonb) from public, anon, authenticated;
grant execute on function public.check_servicetitan_place(public.servicetitan_sync_state, jsonb) to service_role;

-- From schemas/4_runs/choose_servicetitan_canaries.sql

-- Up to three customers that should have contact methods, and of whom nothing is asked (R16). If the list of the
-- first of them that is answered comes empty, nothing that the others lack is believed.
--
-- Others in each run, because any of them may have lost its methods unseen, and far apart, because neighbours may
-- have lost them together: the name of the run chooses three places between the lowest and the highest id, and
-- the first such customer behind each place is taken. Ids are texts, which sort like the digits behind a point.
create function public.choose_servicetitan_canaries(p_workspace_id text, p_source text, p_instance_id text)
returns text[]
language plpgsql
stable
security invoker
set search_path = ''
set enable_seqscan = off
as $$
declare
  v_chosen text[] := '{}';
  v_lowest numeric;
  v_highest numeric;
  v_place numeric;
  v_from text;
  v_found text;
begin
  select rpad(min(contact.crm_id), 19, '0')::numeric, rpad(max(contact.crm_id), 19, '0')::numeric
  into v_lowest, v_highest
  from public.contacts as contact
  where contact.workspace_id = p_workspace_id
    and contact.crm_source = p_source
    and contact.crm_id ~ '^\d{1,19}$';

  for v_turn in 0..2 loop
    v_place := mod(abs(hashtextextended(p_instance_id, 0)::numeric) / 9223372036854775808 + v_turn / 3.0, 1);
    -- Behind the last of them the first one comes.
    foreach v_from in array array[lpad(trunc(v_lowest + (v_highest - v_lowest) * v_place)::text, 19, '0'), ''] loop
      select contact.crm_id into v_found
      from public.contacts as contact
      where contact.workspace_id = p_workspace_id
        and contact.crm_id >= v_from
        and contact.crm_source = p_source
        and contact.active
        and contact.merged_to_crm_id is null
        and contact.crm_missing_since is null
        and num_nonnulls(contact.phone, contact.email) > 0
        and not contact.crm_id = any (v_chosen)
        and exists (
          select
          from public.servicetitan_contact_methods as method
          where method.workspace_id = p_workspace_id
            and method.source = p_source
            and method.crm_id = contact.crm_id
            and method.listed
            and method.active is not false
        )
        and not exists (
          select from public.servicetitan_rechecks as recheck
          where recheck.workspace_id = p_workspace_id and recheck.source = p_source and recheck.crm_id = contact.crm_id
        )
        and not exists (
          select from public.servicetitan_sync_errors as error
          where error.workspace_id = p_workspace_id and error.source = p_source and error.crm_id = contact.crm_id
        )
      order by contact.crm_id
      limit 1;
      exit when v_found is not null;
    end loop;
    exit when v_found is null;
    v_chosen := v_chosen || v_found;
  end loop;
  return v_chosen;
end
$$;

revoke all on function public.choose_servicetitan_canaries(text, text, text) from public, anon, authenticated;
grant execute on function public.choose_servicetitan_canaries(text, text, text) to service_role;

-- From schemas/4_runs/claim_servicetitan_run.sql

-- Claims the lease of one workspace: one item of claim_servicetitan_runs, which says what the outcomes mean.
create function public.claim_servicetitan_run(p_trigger text, p_claim jsonb, p_deployment text)
returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  -- How long a nudged run may take to show life before it is taken over: less than the time between two ticks.
  c_grace constant interval := interval '5 minutes';
  -- How long a Worker that completes runs keeps another one out: longer than the time between its runs. One whose
  -- runs fail keeps nobody out.
  c_kept constant interval := interval '1 hour';
  v_workspace_id constant text := p_claim ->> 'workspace_id';
  v_instance_id constant text := p_claim ->> 'instance_id';
  v_answer jsonb := jsonb_build_object('workspace_id', v_workspace_id, 'instance_id', v_instance_id);
  v_connection public.servicetitan_connections;
  v_state public.servicetitan_sync_state;
  v_run public.servicetitan_sync_runs;
  v_is_alive boolean;
  v_fence bigint;
begin
  select * into v_connection from public.servicetitan_connections where workspace_id = v_workspace_id;
  if not found then
    return v_answer || '{"outcome": "unknown_workspace"}';
  elsif p_claim ->> 'tenant_id' <> v_connection.tenant_id then
    return v_answer || '{"outcome": "wrong_tenant"}';
  end if;

  -- Asked for first: on a row that is being updated even "on conflict do nothing" waits for the end of that transaction.
  if not exists (select from public.servicetitan_sync_state where workspace_id = v_workspace_id) then
    insert into public.servicetitan_sync_state (workspace_id) values (v_workspace_id) on conflict (workspace_id) do nothing;
  end if;
  -- A row that somebody holds locked is a run that writes at this moment, or another claim: not waited for, since one
  -- workspace must not hold up the others.
  select * into v_state from public.servicetitan_sync_state where workspace_id = v_workspace_id for update skip locked;
  if not found then
    select * into v_state from public.servicetitan_sync_state where workspace_id = v_workspace_id;
    return v_answer || jsonb_build_object('instance_id', v_state.run_instance_id, 'outcome', 'running');
  end if;
  v_is_alive := v_state.run_instance_id is not null and public.is_servicetitan_lease_live(v_state.alive_until);
  select * into v_run from public.servicetitan_sync_runs where instance_id = v_instance_id;

  if not v_connection.enabled then
    if v_state.run_instance_id is not null and not v_is_alive then
      update public.servicetitan_sync_runs
      set status = 'failed', finished_at = now(), error = 'It died, and its workspace was switched off.'
      where instance_id = v_state.run_instance_id;
      update public.servicetitan_sync_state
      set
        sync_status = 'failed',
        last_error = 'The last run died, and the workspace is switched off: set servicetitan_connections.enabled to true to go on.',
        run_instance_id = null,
        alive_until = null,
        updated_at = now()
      where workspace_id = v_workspace_id;
    end if;
    return v_answer || '{"outcome": "disabled"}';
  elsif v_run.status = 'queued' and v_state.run_instance_id = v_instance_id then
    return v_answer || '{"outcome": "claimed_before"}';
  elsif v_run.instance_id is not null then
    return v_answer || '{"outcome": "already_started"}';
  -- Only the Worker whose engine holds the run can say how that is.
  elsif v_is_alive and v_state.deployment <> p_deployment then
    return v_answer || jsonb_build_object('outcome', 'elsewhere', 'deployment', v_state.deployment);
  elsif v_state.completed_by <> p_deployment
    and v_state.completed_by ~ '^[a-z0-9][a-z0-9-]{0,39}$'
    and v_state.last_completed_at between now() - c_kept and now() then
    return v_answer || jsonb_build_object('outcome', 'elsewhere', 'deployment', v_state.completed_by);
  elsif v_is_alive and public.is_servicetitan_run_waiting(v_state.run_instance_id) then
    -- Not nudged, for it may wait for its turn.
    return v_answer || jsonb_build_object('instance_id', v_state.run_instance_id, 'outcome', 'stalled');
  elsif v_is_alive then
    return v_answer || jsonb_build_object('instance_id', v_state.run_instance_id, 'outcome', 'running');
  elsif v_state.run_instance_id is not null and (v_state.nudged_at <= now() - c_grace) is not true then
    update public.servicetitan_sync_state
    set nudged_at = case when nudged_at <= now() then nudged_at else now() end
    where workspace_id = v_workspace_id;
    return v_answer || jsonb_build_object('instance_id', v_state.run_instance_id, 'outcome', 'stalled');
  elsif p_trigger = 'cron' and public.is_servicetitan_backing_off(v_state.next_attempt_at) then
    return v_answer || '{"outcome": "backing_off"}';
  end if;

  v_fence := public.next_servicetitan_fence(v_workspace_id);
  -- Besides the run that held the lease the ledger may show others under way that the state, put back, does not know.
  update public.servicetitan_sync_runs
  set
    status = 'superseded',
    finished_at = now(),
    error = case
      when instance_id = v_state.run_instance_id then 'It showed no life past its lease and was taken over.'
      else 'It had lost its lease when the next run started.'
    end
  where workspace_id = v_workspace_id
    and status in ('queued', 'running');

  update public.servicetitan_sync_state
  set
    fence = v_fence,
    run_instance_id = v_instance_id,
    -- Long enough to wait in the engine's queue behind a full house.
    alive_until = now() + interval '20 minutes',
    nudged_at = null,
    deployment = p_deployment,
    page = -1,
    parts = '{}',
    updated_at = now()
  where workspace_id = v_workspace_id;

  insert into public.servicetitan_sync_runs (instance_id, workspace_id, fence, trigger, took_over)
  values (v_instance_id, v_workspace_id, v_fence, p_trigger, v_state.run_instance_id);
  return v_answer || '{"outcome": "claimed"}';
end
$$;

revoke all on function public.claim_servicetitan_run(text, jsonb, text) from public, anon, authenticated;
grant execute on function public.claim_servicetitan_run(text, jsonb, text) to service_role;

-- From schemas/4_runs/claim_servicetitan_runs.sql

-- Claims the lease for each of `p_claims` [{workspace_id, instance_id, tenant_id?}] before the
-- Workflow instances are created (R8, R14). `p_deployment` is which Worker asks: its setting DEPLOYMENT. Answers
-- [{workspace_id, instance_id, outcome, …}] in the same order:
--   claimed            the instance may be created
--   claimed_before     the same, by an earlier call that may have died before it created the instance
--   already_started    the instance id is in the ledger: a repeated tick
--   running            another instance holds a live lease and instance_id names it, or somebody has the row
--                      locked, or this call names the workspace twice
--   stalled            the lease ran out. instance_id names the run to wake; a later call takes it over
--   elsewhere          another Worker, `deployment`, has a run under way here, or has completed one within the hour
--   backing_off        ServiceTitan refused the credentials, so only a manual start goes ahead
--   unknown_workspace  nobody connected it
--   disabled           it is paused; a run of it that died is ended here
--   wrong_tenant       it is connected to another tenant than the claim names
--   claim_failed       the database refused this one, with `sqlstate`
-- Each is claimed in a subtransaction of its own, because what is wrong with one workspace costs no other its run.
create function public.claim_servicetitan_runs(p_trigger text, p_claims jsonb, p_deployment text default 'production')
returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_claim record;
  v_answers jsonb := '{}';
  v_answer jsonb;
begin
  -- By workspace, so that two calls at once never wait for each other crosswise.
  for v_claim in
    select item.value, item.position
    from jsonb_array_elements(p_claims) with ordinality as item (value, position)
    order by item.value ->> 'workspace_id' collate "C", item.position
  loop
    begin
      v_answer := public.claim_servicetitan_run(p_trigger, v_claim.value, p_deployment);
    exception
      when others then
        v_answer := jsonb_build_object(
          'workspace_id', v_claim.value ->> 'workspace_id',
          'instance_id', v_claim.value ->> 'instance_id',
          'outcome', 'claim_failed',
          'sqlstate', sqlstate
        );
    end;
    v_answers := v_answers || jsonb_build_object(v_claim.position::text, v_answer);
  end loop;
  return (
    select coalesce(jsonb_agg(answer.value order by answer.key::integer), '[]')
    from jsonb_each(v_answers) as answer
  );
end
$$;

revoke all on function public.claim_servicetitan_runs(text, jsonb, text) from public, anon, authenticated;
grant execute on function public.claim_servicetitan_runs(text, jsonb, text) to service_role;

-- From schemas/4_runs/commit_servicetitan_page.sql

-- Stores where a feed continues (R12). `p_commit`: {feed, continue_from, done, past_future, read_at, stamp} as
-- in the wire contract; null does nothing. The last call of a page stores it: the page's only chunk, the call
-- after all its chunks, or the one that brings its phones right. So a token never gets ahead of its rows.
-- Repeating it changes nothing. `p_place`: the last page with records, which the database has to hold
-- (check_servicetitan_place).
--
-- `past_future`: the page shows a stamp in the future, behind which the token would miss every later change.
-- The state remembers that until the feed has ended, whoever reads it to its end; then the contacts feed goes
-- on by date (R9): from the time up to which everything was read twice (R17), or from an hour before the initial
-- sync began while that is not known.
--
-- The last page of the contacts moves an initial sync on to its customers. The run then notes when they
-- began, so that the rate of its progress can be told.
create function public.commit_servicetitan_page(p_workspace_id text, p_instance_id text, p_fence bigint, p_commit jsonb, p_place jsonb default null)
returns void
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_feed text := p_commit ->> 'feed';
  v_token text := p_commit ->> 'continue_from';
  v_stamp text := p_commit ->> 'stamp';
  v_done boolean := (p_commit ->> 'done')::boolean;
  v_state public.servicetitan_sync_state := public.hold_servicetitan_lease(p_workspace_id, p_instance_id, p_fence);
  v_past_future boolean := v_state.contacts_past_future or coalesce((p_commit ->> 'past_future')::boolean, false);
begin
  perform public.check_servicetitan_place(v_state, p_place);
  if v_feed in ('contacts', 'initial_contacts') then
    update public.servicetitan_sync_state
    set contacts_past_future = v_past_future and not v_done
    where workspace_id = p_workspace_id;
    if v_past_future and v_done then
      v_token := public.format_servicetitan_instant(
        coalesce(case when v_state.settled_until <= now() then v_state.settled_until end, v_state.initial_started_at - interval '1 hour')
      );
    end if;
  end if;

  if v_feed = 'contacts' then
    update public.servicetitan_sync_state
    set contacts_continue_from = v_token, contacts_stamp = coalesce(v_stamp, contacts_stamp)
    where workspace_id = p_workspace_id;
  elsif v_feed = 'initial_contacts' then
    update public.servicetitan_sync_state
    set
      initial_started_at = least(initial_started_at, (p_commit ->> 'read_at')::timestamptz),
      last_continue_from = case when v_done then null else v_token end,
      initial_stamp = case when not v_done then coalesce(v_stamp, initial_stamp) end,
      -- Without a token its reading was stopped (R19): the feed goes on from where that stood.
      contacts_continue_from = case when v_done then coalesce(v_token, last_continue_from) else contacts_continue_from end,
      contacts_stamp = case when v_done then coalesce(v_stamp, initial_stamp) else contacts_stamp end,
      -- The settled reader goes on from there too where that is before the date by which it would begin (R17): what
      -- a reading left out that was stopped, or ended too early, must not count as read twice.
      settled = case
        when v_done and coalesce(coalesce(v_stamp, initial_stamp) < public.format_servicetitan_instant(initial_started_at - interval '1 hour'), true)
        then settled || jsonb_build_object('contacts', jsonb_build_object(
          'from', coalesce(p_commit ->> 'continue_from', last_continue_from), 'stamp', coalesce(v_stamp, initial_stamp),
          'as_of', least(initial_started_at, (p_commit ->> 'read_at')::timestamptz, now()) - interval '15 minutes'
        ))
        else settled
      end,
      initial_feed = case when v_done then 'customers' else 'contacts' end
    where workspace_id = p_workspace_id
      and initial_feed = 'contacts';
    if v_done then
      update public.servicetitan_sync_runs
      set customers_started_at = coalesce(customers_started_at, now())
      where instance_id = p_instance_id;
    end if;
  elsif v_feed = 'initial_customers' then
    update public.servicetitan_sync_state
    set last_continue_from = v_token, initial_stamp = coalesce(v_stamp, initial_stamp)
    where workspace_id = p_workspace_id
      and initial_feed = 'customers';
  elsif v_feed in ('settled_customers', 'settled_contacts') then
    perform public.commit_servicetitan_settled(v_state, p_instance_id, p_commit);
  elsif v_feed in ('pass_contacts', 'pass_customers') then
    perform public.commit_servicetitan_pass(v_state, p_commit);
  end if;
end
$$;

revoke all on function public.commit_servicetitan_page(text, text, bigint, jsonb, jsonb) from public, anon, authenticated;
grant execute on function public.commit_servicetitan_page(text, text, bigint, jsonb, jsonb) to service_role;

-- From schemas/4_runs/commit_servicetitan_settled.sql

-- Stores where the settled reader goes on in one feed (R17). `p_commit` as commit_servicetitan_page takes it;
-- `read_at` is the earlier of the Worker's clock and ServiceTitan's own. `p_state` is the state as it is now.
--
-- A reading that reached its end has read what was changed 15 minutes before it began: by the earliest of the
-- three clocks, the third of which is the database's when the run began. `settled_until` follows from the
-- reading before that one, for it is what a second reading has confirmed, and from the feed that is behind. A
-- token behind a stamp in the future is not kept, as in commit_servicetitan_page. Repeating the call changes
-- nothing.
create function public.commit_servicetitan_settled(p_state public.servicetitan_sync_state, p_instance_id text, p_commit jsonb)
returns void
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_name text := replace(p_commit ->> 'feed', 'settled_', '');
  v_done boolean := (p_commit ->> 'done')::boolean;
  v_feed jsonb := coalesce(p_state.settled -> v_name, '{}');
  v_before timestamptz := (v_feed ->> 'as_of')::timestamptz;
  v_past_future boolean := coalesce((v_feed ->> 'past_future')::boolean, false) or coalesce((p_commit ->> 'past_future')::boolean, false);
  v_as_of timestamptz;
begin
  v_feed := v_feed || jsonb_build_object(
    'from', case
      when v_past_future and v_done
      then public.format_servicetitan_instant(
        coalesce(case when p_state.settled_until <= now() then p_state.settled_until end, p_state.initial_started_at - interval '1 hour')
      )
      else p_commit ->> 'continue_from'
    end,
    'stamp', coalesce(p_commit ->> 'stamp', v_feed ->> 'stamp'),
    'past_future', v_past_future and not v_done
  );

  if v_done then
    select least(run.started_at, (p_commit ->> 'read_at')::timestamptz) - interval '15 minutes'
    into v_as_of
    from public.servicetitan_sync_runs as run
    where run.instance_id = p_instance_id;
    -- A repeated call finds its own time. One that is ahead of now is a clock's that was wrong.
    if v_before is null or v_as_of > v_before or v_before > now() then
      v_feed := v_feed || jsonb_build_object('as_of', v_as_of, 'until', v_before);
    end if;
  end if;

  update public.servicetitan_sync_state as state
  set
    settled = state.settled || jsonb_build_object(v_name, v_feed),
    settled_until = (
      select case when count(feed.until) = 2 then min(feed.until) end
      from (
        select (each.value ->> 'until')::timestamptz as until
        from jsonb_each(state.settled || jsonb_build_object(v_name, v_feed)) as each
      ) as feed
    )
  where state.workspace_id = p_state.workspace_id;
end
$$;

revoke all on function public.commit_servicetitan_settled(public.servicetitan_sync_state, text, jsonb) from public, anon, authenticated;
grant execute on function public.commit_servicetitan_settled(public.servicetitan_sync_state, text, jsonb) to service_role;

-- From schemas/4_runs/complete_servicetitan_run.sql

-- The run ended well: it is entered as completed and the lease is free. `p_commit` stores where the contacts
-- feed continues when its last page was empty, because no page carries the token then. Answers all
-- that the run, and those that it succeeds, could not make sure of. Repeating the call changes nothing.
-- `p_place`: the last page, which the database has to hold (check_servicetitan_place).
create function public.complete_servicetitan_run(
  p_workspace_id text,
  p_instance_id text,
  p_fence bigint,
  p_commit jsonb,
  p_pages integer,
  p_calls integer,
  p_steps integer default null,
  p_doubts jsonb default '[]',
  p_place jsonb default null
)
returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_doubts jsonb;
begin
  select run.doubts into v_doubts
  from public.servicetitan_sync_runs as run
  where run.instance_id = p_instance_id
    and run.status = 'completed';
  if found then
    return v_doubts;
  end if;
  perform public.commit_servicetitan_page(p_workspace_id, p_instance_id, p_fence, p_commit, p_place);

  update public.servicetitan_sync_runs
  set status = 'completed', finished_at = now(), pages = p_pages, service_titan_calls = service_titan_calls + p_calls, steps = coalesce(p_steps, steps),
    doubts = public.chain_servicetitan_doubts(p_instance_id, p_doubts)
  where instance_id = p_instance_id
  returning doubts into v_doubts;

  update public.servicetitan_sync_state
  set
    sync_status = 'completed',
    last_error = null,
    run_instance_id = null,
    alive_until = null,
    failures = 0,
    next_attempt_at = null,
    last_completed_at = now(),
    completed_by = deployment,
    updated_at = now()
  where workspace_id = p_workspace_id;
  return v_doubts;
end
$$;

revoke all on function public.complete_servicetitan_run(text, text, bigint, jsonb, integer, integer, integer, jsonb, jsonb) from public, anon, authenticated;
grant execute on function public.complete_servicetitan_run(text, text, bigint, jsonb, integer, integer, integer, jsonb, jsonb) to service_role;

-- From schemas/4_runs/continue_servicetitan_run.sql

-- Hands the lease to the run's successor and stores the checkpoint, in one transaction (R6). There is none
-- for an initial sync and for the contacts feed, because their tokens are stored page by page. `p_export_seen`:
-- the tokens with which the runs of the chain began to read the export that is under way (R19); `p_export_again`:
-- how one of them began it again (R12). Repeating the call changes nothing. `p_place`: the last page, which the database has to hold (check_servicetitan_place).
create function public.continue_servicetitan_run(
  p_workspace_id text,
  p_instance_id text,
  p_fence bigint,
  p_successor_id text,
  p_checkpoint jsonb,
  p_pages integer,
  p_calls integer,
  p_steps integer default null,
  p_doubts jsonb default '[]',
  p_export_seen text[] default '{}',
  p_export_again text default null,
  p_place jsonb default null
)
returns void
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_fence bigint;
begin
  if exists (select from public.servicetitan_sync_runs where instance_id = p_instance_id and status = 'continued') then
    return;
  end if;
  perform public.check_servicetitan_place(public.hold_servicetitan_lease(p_workspace_id, p_instance_id, p_fence), p_place);
  v_fence := public.next_servicetitan_fence(p_workspace_id);

  update public.servicetitan_sync_runs
  set
    status = 'continued',
    finished_at = now(),
    window_started_at = coalesce((p_checkpoint ->> 'started_at')::timestamptz, window_started_at),
    pages = p_pages,
    service_titan_calls = service_titan_calls + p_calls, steps = coalesce(p_steps, steps),
    doubts = public.chain_servicetitan_doubts(p_instance_id, p_doubts)
  where instance_id = p_instance_id;

  insert into public.servicetitan_sync_runs (instance_id, workspace_id, fence, trigger, predecessor)
  values (p_successor_id, p_workspace_id, v_fence, 'successor', p_instance_id);

  update public.servicetitan_sync_state
  set
    fence = v_fence,
    run_instance_id = p_successor_id,
    alive_until = now() + interval '20 minutes',
    checkpoint = p_checkpoint,
    export_seen = coalesce(p_export_seen, '{}'),
    export_again = p_export_again,
    page = -1,
    parts = '{}',
    updated_at = now()
  where workspace_id = p_workspace_id;
end
$$;

revoke all on function public.continue_servicetitan_run(text, text, bigint, text, jsonb, integer, integer, integer, jsonb, text[], text, jsonb) from public, anon, authenticated;
grant execute on function public.continue_servicetitan_run(text, text, bigint, text, jsonb, integer, integer, integer, jsonb, text[], text, jsonb) to service_role;

-- From schemas/4_runs/end_servicetitan_gone_runs.sql

-- Ends runs whose Workflow instances are gone for good: terminated or deleted by a person, or ended by an error that could not be
-- written down. `p_runs` [{workspace_id, instance_id, code, error, unless_queued}]; answers the instance ids of those that it
-- ended. A run that has ended by itself, that does not hold its lease any more, or that waits to be created where that is
-- excepted, is left as it is; none of them holds up another.
create function public.end_servicetitan_gone_runs(p_runs jsonb)
returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_gone record;
  v_ended text[] := '{}';
begin
  for v_gone in
    select gone.*, run.pages, run.steps
    from jsonb_to_recordset(p_runs) as gone (workspace_id text, instance_id text, code text, error text, unless_queued boolean)
    join public.servicetitan_sync_runs as run using (instance_id)
    where run.status = 'running' or (run.status = 'queued' and not gone.unless_queued)
    -- All calls lock in one order.
    order by gone.workspace_id
  loop
    begin
      perform public.fail_servicetitan_run(
        v_gone.workspace_id, v_gone.instance_id, v_gone.code, v_gone.error, v_gone.pages, 0, v_gone.steps
      );
      v_ended := v_ended || v_gone.instance_id;
    exception
      when sqlstate 'PT409' then
        null;
    end;
  end loop;
  return to_jsonb(v_ended);
end
$$;

revoke all on function public.end_servicetitan_gone_runs(jsonb) from public, anon, authenticated;
grant execute on function public.end_servicetitan_gone_runs(jsonb) to service_role;

-- From schemas/4_runs/fail_servicetitan_run.sql

-- The run ended badly: the reason is kept, the lease is free and the cursor stays (R4). A second report of
-- the failure changes nothing.
--
-- Refused credentials make ticks wait, twice as long each time in a row and up to six hours, because an
-- attempt every 15 minutes would only lock the account.
create function public.fail_servicetitan_run(
  p_workspace_id text,
  p_instance_id text,
  p_code text,
  p_error text,
  p_pages integer,
  p_calls integer,
  p_steps integer default null,
  p_doubts jsonb default '[]'
)
returns void
language plpgsql
security invoker
set search_path = ''
as $$
declare
  -- These say nothing about ServiceTitan or the feeds: the run was not created, was told to stop, its instance was ended by
  -- hand, or the database went back.
  v_did_not_try constant boolean := p_code in ('not_created', 'superseded', 'instance_gone', 'database_went_back');
  v_run public.servicetitan_sync_runs;
begin
  select * into v_run from public.servicetitan_sync_runs where instance_id = p_instance_id;
  if v_run.status = 'failed'
    and not exists (
      select from public.servicetitan_sync_state where workspace_id = p_workspace_id and run_instance_id = p_instance_id
    )
  then
    return;
  end if;
  perform public.hold_servicetitan_lease(p_workspace_id, p_instance_id, null);

  update public.servicetitan_sync_runs
  set status = 'failed', finished_at = now(), error_code = p_code, error = p_error, pages = p_pages, service_titan_calls = service_titan_calls + case when v_run.finished_at is null then p_calls else 0 end, steps = coalesce(p_steps, steps),
    doubts = public.chain_servicetitan_doubts(p_instance_id, p_doubts)
  where instance_id = p_instance_id;

  update public.servicetitan_sync_state
  set
    sync_status = 'failed',
    last_error = p_error,
    run_instance_id = null,
    alive_until = null,
    -- A reading that went round in a circle can't go on where it stood (R19): its window begins anew.
    checkpoint = case when p_code <> 'reading_stopped' then checkpoint end,
    failures = case
      when v_did_not_try then failures
      when p_code = 'credentials_refused' then failures + 1
      else 0
    end,
    -- A minute short of the quarter, or the first wait would cost two ticks.
    next_attempt_at = case
      when v_did_not_try then next_attempt_at
      when p_code = 'credentials_refused' then now() + least(interval '14 minutes' * power(2, least(failures, 10)), interval '6 hours')
    end,
    updated_at = now()
  where workspace_id = p_workspace_id;
end
$$;

revoke all on function public.fail_servicetitan_run(text, text, text, text, integer, integer, integer, jsonb) from public, anon, authenticated;
grant execute on function public.fail_servicetitan_run(text, text, text, text, integer, integer, integer, jsonb) to service_role;

-- From schemas/4_runs/find_servicetitan_short_sync.sql

-- The doubt that an initial sync at its end has read fewer customers than ServiceTitan had counted (R12), as a list
-- of one; empty where it has not, or where nothing was counted. What it read are the customers that its runs sent
-- and, of a first sync, no more than those that are stored or set aside now: a run that resumes sends some again.
create function public.find_servicetitan_short_sync(p_state public.servicetitan_sync_state)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select case
    when least(sent.customers, stored.customers) < sent.expected
    then jsonb_build_array(jsonb_build_object(
      'code', 'first_sync_short', 'count', least(sent.customers, stored.customers), 'of', sent.expected
    ))
    else '[]'
  end
  from (
    select sum(run.fetched) as customers, max(run.expected) as expected
    from public.servicetitan_sync_runs as run
    where run.workspace_id = p_state.workspace_id
      and run.source = p_state.source
      and run.mode = 'initial'
      and run.window_started_at >= p_state.initial_started_at
  ) as sent
  left join lateral (
    select count(*) as customers
    from (
      select contact.crm_id
      from public.contacts as contact
      where contact.workspace_id = p_state.workspace_id
        and contact.crm_source = p_state.source
      union
      select error.crm_id
      from public.servicetitan_sync_errors as error
      where error.workspace_id = p_state.workspace_id
        and error.source = p_state.source
        and error.feed = 'customers'
    ) as known
    where not p_state.initial_sync_completed
    having not p_state.initial_sync_completed
  ) as stored on true
$$;

revoke all on function public.find_servicetitan_short_sync(public.servicetitan_sync_state) from public, anon, authenticated;
grant execute on function public.find_servicetitan_short_sync(public.servicetitan_sync_state) to service_role;

-- From schemas/4_runs/heal_servicetitan_settled.sql

-- What of a place of the settled reader (R17) a run can go on from; all else is left out, and read again by date. A
-- time ahead of now would say for ever that no reading is due.
create function public.heal_servicetitan_settled(p_settled jsonb)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select coalesce(jsonb_object_agg(feed.key, (
    select coalesce(jsonb_object_agg(field.key, field.value), '{}')
    from jsonb_each(feed.value) as field
    where case field.key
      when 'from' then field.value = 'null' or jsonb_typeof(field.value) = 'string' and length(field.value #>> '{}') between 1 and 8000
      when 'stamp' then field.value = 'null' or field.value #>> '{}' ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$'
      when 'past_future' then jsonb_typeof(field.value) = 'boolean'
      else field.key in ('as_of', 'until') and (field.value = 'null' or public.is_servicetitan_past(field.value #>> '{}'))
    end
  )), '{}')
  from jsonb_each(case when jsonb_typeof(p_settled) = 'object' then p_settled else '{}' end) as feed
  where feed.key in ('customers', 'contacts') and jsonb_typeof(feed.value) = 'object'
$$;

revoke all on function public.heal_servicetitan_settled(jsonb) from public, anon, authenticated;
grant execute on function public.heal_servicetitan_settled(jsonb) to service_role;

-- From schemas/4_runs/heal_servicetitan_state.sql

-- Takes out of a workspace's state what no run can go on from, and answers the state (R21). The sync writes no such
-- thing; it stands there after an edit by hand, or a restore that went wrong. Without its cursor, or without the
-- time when it began, a sync begins anew, beside the rows.
create function public.heal_servicetitan_state(p_workspace_id text)
returns public.servicetitan_sync_state
language plpgsql
security invoker
set search_path = ''
as $$
declare
  c_first constant timestamptz := '2000-01-01';
  c_most constant bigint := 1000000000000000;
  c_stamp constant text := '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$';
  v_state public.servicetitan_sync_state;
begin
  update public.servicetitan_sync_state
  set
    last_modified_cursor = case when isfinite(last_modified_cursor) and last_modified_cursor >= c_first then last_modified_cursor end,
    initial_sync_completed = initial_sync_completed
      and coalesce(isfinite(last_modified_cursor) and last_modified_cursor >= c_first, false),
    initial_feed = case when isfinite(initial_started_at) and initial_started_at >= c_first then initial_feed end,
    initial_started_at = case when isfinite(initial_started_at) and initial_started_at >= c_first then initial_started_at end,
    last_continue_from = case when length(last_continue_from) between 1 and 8000 then last_continue_from end,
    contacts_continue_from = case when length(contacts_continue_from) between 1 and 8000 then contacts_continue_from end,
    initial_stamp = case when initial_stamp ~ c_stamp then initial_stamp end,
    contacts_stamp = case when contacts_stamp ~ c_stamp then contacts_stamp end,
    settled = public.heal_servicetitan_settled(settled),
    settled_until = case when public.is_servicetitan_past(settled_until::text) then settled_until end,
    checkpoint = case when public.is_servicetitan_checkpoint(checkpoint) then checkpoint end,
    total_customers_synced = case when total_customers_synced between 0 and c_most then total_customers_synced else 0 end,
    last_sync_created = case when last_sync_created between 0 and c_most then last_sync_created else 0 end,
    last_sync_updated = case when last_sync_updated between 0 and c_most then last_sync_updated else 0 end,
    last_sync_errors = case when last_sync_errors between 0 and c_most then last_sync_errors else 0 end,
    failures = case when failures between 0 and 1000 then failures else 0 end
  where workspace_id = p_workspace_id
  returning * into v_state;
  return v_state;
end
$$;

revoke all on function public.heal_servicetitan_state(text) from public, anon, authenticated;
grant execute on function public.heal_servicetitan_state(text) to service_role;

-- From schemas/4_runs/hold_servicetitan_lease.sql

-- Heartbeat and fence in one (R8). Extends the lease to at least ten minutes from now, plus the announced
-- wait, and answers the state. Its update also locks the state row, so the fence still holds when the
-- caller's transaction commits. Every function that writes for a run calls this first.
--
-- With a fence, the ledger has to show the run as begun, and under the same source: else one of the two tables was
-- put back or changed, and the run is refused with PT409 'went_back' (R21).
--
-- `p_fence` null: only the instance is checked, because the run has not begun, reads its credentials, or
-- reports its failure. Raises PT409 'superseded' when the run does not hold the lease: another one does, or
-- this one has ended or was stopped.
create function public.hold_servicetitan_lease(
  p_workspace_id text,
  p_instance_id text,
  p_fence bigint,
  p_wait_seconds integer default 0
)
returns public.servicetitan_sync_state
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_state public.servicetitan_sync_state;
begin
  update public.servicetitan_sync_state as stored
  set
    alive_until = greatest(stored.alive_until, now() + make_interval(mins => 10, secs => p_wait_seconds)),
    nudged_at = null
  where stored.workspace_id = p_workspace_id
    and stored.run_instance_id = p_instance_id
    and (p_fence is null or stored.fence = p_fence)
  returning * into v_state;

  if not found then
    raise exception using
      errcode = 'PT409',
      message = 'superseded',
      detail = 'Another run of this workspace has started since, or this one has ended.';
  end if;
  if p_fence is not null and not exists (
    select
    from public.servicetitan_sync_runs as run
    where run.instance_id = p_instance_id
      and run.workspace_id = p_workspace_id
      and run.fence = p_fence
      and run.status = 'running'
      and run.source = v_state.source
  ) then
    raise exception using
      errcode = 'PT409',
      message = 'went_back',
      detail = 'The ledger does not show this run as under way, or the state belongs to another source.';
  end if;
  return v_state;
end
$$;

revoke all on function public.hold_servicetitan_lease(text, text, bigint, integer) from public, anon, authenticated;
grant execute on function public.hold_servicetitan_lease(text, text, bigint, integer) to service_role;

-- From schemas/4_runs/judge_servicetitan_removals.sql

-- Who may lose a contact method at the end of this run (R16): `losers`, of whom two witnesses lacked something that
-- this run's own reading lacked again, and the first of them before `p_before`; and `held`, those of them who
-- are asked again a day later, because many would lose their last phone or e-mail at once.
--
-- All who lack something are counted, asked in this run or not, so that no fault passes because few were asked
-- at a time. Customers that are merged or inactive neither count nor wait: an office that tidies up is no fault.
create function public.judge_servicetitan_removals(
  p_workspace_id text,
  p_source text,
  p_instance_id text,
  p_before timestamptz
)
returns table (losers text[], held text[])
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return query
  with suspect as (
    select
      recheck.crm_id,
      recheck.held_at,
      -- What an earlier run's reading lacked is no evidence where this run has none of its own.
      recheck.read_in = p_instance_id and (
        recheck.phone_bare_again_at is not null and recheck.phone_bare_since <= p_before
        or recheck.email_bare_again_at is not null and recheck.email_bare_since <= p_before
        or lacking.twice is not null
      ) as is_certain,
      contact.active is not false and contact.merged_to_crm_id is null as counts,
      (contact.phone is not null and not lacking.other_phone) or (contact.email is not null and not lacking.other_email) as the_last
    from public.servicetitan_rechecks as recheck
    cross join lateral (
      select
        bool_or(method.missing_since is not null) as once,
        bool_or(true) filter (where method.missing_again_at is not null and method.missing_since <= p_before) as twice,
        coalesce(bool_or(true) filter (where method.missing_since is null and method.type in ('MobilePhone', 'Phone') and method.normalized is not null), false) as other_phone,
        coalesce(bool_or(true) filter (where method.missing_since is null and method.type = 'Email' and method.normalized is not null), false) as other_email
      from public.servicetitan_contact_methods as method
      where method.workspace_id = p_workspace_id
        and method.source = p_source
        and method.crm_id = recheck.crm_id
        and method.listed
        and method.active is not false
    ) as lacking
    left join lateral (
      select stored.*
      from public.contacts as stored
      where stored.workspace_id = p_workspace_id
        and stored.crm_id = recheck.crm_id
        and stored.crm_source = p_source
      limit 1
    ) as contact on true
    where recheck.workspace_id = p_workspace_id
      and recheck.source = p_source
      and (num_nonnulls(recheck.phone_bare_since, recheck.email_bare_since) > 0 or lacking.once)
  )
  select
    coalesce(array_agg(suspect.crm_id order by suspect.crm_id) filter (where suspect.is_certain), '{}'),
    case
      when count(*) filter (where suspect.counts) >= 10
        and count(*) filter (where suspect.counts and suspect.the_last) * 2 > count(*) filter (where suspect.counts)
      then coalesce(
        array_agg(suspect.crm_id) filter (
          where suspect.is_certain and suspect.counts and coalesce(suspect.held_at > now() - interval '23 hours', true)
        ),
        '{}'
      )
      else '{}'
    end
  from suspect;
end
$$;

revoke all on function public.judge_servicetitan_removals(text, text, text, timestamptz) from public, anon, authenticated;
grant execute on function public.judge_servicetitan_removals(text, text, text, timestamptz) to service_role;

-- From schemas/4_runs/list_servicetitan_rechecks.sql

-- The customers that a run asks for by id (R2, R16): the longest unasked first, at most `p_limit`, and those that
-- only share a contact behind the others. `ask` is the way that gives a second witness: the customer's own list,
-- or the list by customerIds where the own list was the first to lack something. `as_customer`: its record is
-- asked for too, because an older version of it was refused. `canaries`: customers beside them that should have
-- contact methods. `failing`: how many could not be read for a day or more, and the first of them.
create function public.list_servicetitan_rechecks(p_workspace_id text, p_source text, p_instance_id text, p_limit integer)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_due jsonb;
begin
  select coalesce(jsonb_agg(jsonb_build_object('crm_id', due.crm_id, 'ask', due.ask, 'as_customer', due.as_customer) order by due.position), '[]')
  into v_due
  from (
    select
      recheck.crm_id,
      recheck.why in ('went_back', 'balance') as as_customer,
      case
        when 'own' in (recheck.phone_bare_from, recheck.email_bare_from) or exists (
          select
          from public.servicetitan_contact_methods as method
          where method.workspace_id = p_workspace_id
            and method.source = p_source
            and method.crm_id = recheck.crm_id
            and method.missing_from = 'own'
        ) then 'list'
        else 'own'
      end as ask,
      -- Those that wait for their methods, or share a contact, may be very many.
      row_number() over (
        order by case recheck.why when 'newer' then 2 when 'shared' then 1 else 0 end, recheck.asked_at nulls first, recheck.due_at, recheck.crm_id
      ) as position
    from public.servicetitan_rechecks as recheck
    where recheck.workspace_id = p_workspace_id
      and recheck.source = p_source
      and recheck.due_at <= now()
    order by position
    limit p_limit
  ) as due;

  return jsonb_build_object(
    'due', v_due,
    'canaries', case
      when v_due = '[]' then '[]'
      else to_jsonb(public.choose_servicetitan_canaries(p_workspace_id, p_source, p_instance_id))
    end,
    'failing', (
      select case when count(*) > 0 then jsonb_build_object('count', count(*), 'id', min(recheck.crm_id)) end
      from public.servicetitan_rechecks as recheck
      where recheck.workspace_id = p_workspace_id
        and recheck.source = p_source
        and recheck.failing_since <= now() - interval '1 day'
    )
  );
end
$$;

revoke all on function public.list_servicetitan_rechecks(text, text, text, integer) from public, anon, authenticated;
grant execute on function public.list_servicetitan_rechecks(text, text, text, integer) to service_role;

-- From schemas/4_runs/list_servicetitan_workspaces.sql

-- One page, ordered by workspace id, of the connected workspaces that are enabled or hold a run: what a tick
-- chooses from (src/schedule/tick.ts). Ask again with `next_after` until it is null.
--
-- It answers one JSON value, because the Data API cuts a set of rows at 1,000 without saying so.
create function public.list_servicetitan_workspaces(p_after text, p_limit integer)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  with page as (
    select
      connection.workspace_id, connection.tenant_id, connection.enabled, workspace.time_zone, state.run_instance_id, state.alive_until, state.next_attempt_at
    from public.servicetitan_connections as connection
    left join public.workspaces as workspace on workspace.id::text = connection.workspace_id
    left join public.servicetitan_sync_state as state on state.workspace_id = connection.workspace_id
    -- A run that died before its workspace was switched off has to be ended all the same.
    where (connection.enabled or state.run_instance_id is not null)
      and connection.workspace_id collate "C" > coalesce(p_after, '')
    order by connection.workspace_id collate "C"
    limit p_limit
  )
  select jsonb_build_object(
    'workspaces', coalesce(jsonb_agg(jsonb_build_object(
      'workspace_id', page.workspace_id,
      'tenant_id', page.tenant_id,
      'time_zone', page.time_zone,
      'time_zone_known', public.is_servicetitan_time_zone(page.time_zone),
      'enabled', page.enabled,
      'running', page.run_instance_id is not null and public.is_servicetitan_lease_live(page.alive_until),
      'stalled', page.run_instance_id is not null
        and (not public.is_servicetitan_lease_live(page.alive_until) or public.is_servicetitan_run_waiting(page.run_instance_id)),
      'backing_off', public.is_servicetitan_backing_off(page.next_attempt_at)
    ) order by page.workspace_id collate "C"), '[]'),
    'next_after', case when count(*) = p_limit then max(page.workspace_id collate "C") end
  )
  from page
$$;

revoke all on function public.list_servicetitan_workspaces(text, integer) from public, anon, authenticated;
grant execute on function public.list_servicetitan_workspaces(text, integer) to service_role;

-- From schemas/4_runs/lower_servicetitan_settled.sql

-- The settled reader brought a version as old as `p_stamp` that nobody had brought before (R17). Where an
-- earlier reading of the same feed should have shown it, what that reading confirmed is taken back to there;
-- where that had been told (`settled_until`), it is a doubt, once a run and feed.
create function public.lower_servicetitan_settled(p_workspace_id text, p_instance_id text, p_feed text, p_stamp text)
returns void
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_stamp timestamptz := p_stamp::timestamptz;
  v_until timestamptz;
begin
  select state.settled_until into v_until from public.servicetitan_sync_state as state where state.workspace_id = p_workspace_id;

  update public.servicetitan_sync_state as state
  set
    settled = jsonb_set(state.settled, array[p_feed], state.settled -> p_feed || jsonb_strip_nulls(jsonb_build_object(
      'as_of', v_stamp,
      'until', case when state.settled -> p_feed ->> 'until' is not null then least((state.settled -> p_feed ->> 'until')::timestamptz, v_stamp) end
    ))),
    settled_until = case when state.settled_until > v_stamp then v_stamp else state.settled_until end
  where state.workspace_id = p_workspace_id
    and (state.settled -> p_feed ->> 'as_of')::timestamptz > v_stamp;

  if v_until > v_stamp then
    update public.servicetitan_sync_runs as run
    set doubts = public.chain_servicetitan_doubts(p_instance_id, jsonb_build_array(
      jsonb_build_object('code', 'settled_late', 'feed', p_feed, 'at', p_stamp)
    ))
    where run.instance_id = p_instance_id
      and not run.doubts @> jsonb_build_array(jsonb_build_object('code', 'settled_late', 'feed', p_feed));
  end if;
end
$$;

revoke all on function public.lower_servicetitan_settled(text, text, text, text) from public, anon, authenticated;
grant execute on function public.lower_servicetitan_settled(text, text, text, text) to service_role;

-- From schemas/4_runs/next_servicetitan_fence.sql

-- The fence of the next start (R8): greater than the state's and than every one in the ledger, because either table
-- may have been put back without the other. A number that no sync ever reaches was put there by somebody else; it
-- does not count, and is never given.
create function public.next_servicetitan_fence(p_workspace_id text)
returns bigint
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  c_most constant bigint := 1000000000000000;
  v_fence bigint;
begin
  select 1 + greatest(
    0,
    (select state.fence from public.servicetitan_sync_state as state where state.workspace_id = p_workspace_id and state.fence < c_most),
    (select max(run.fence) from public.servicetitan_sync_runs as run where run.workspace_id = p_workspace_id and run.fence < c_most)
  )
  into v_fence;
  while exists (select from public.servicetitan_sync_runs as run where run.workspace_id = p_workspace_id and run.fence = v_fence) loop
    v_fence := v_fence + 1;
  end loop;
  return v_fence;
end
$$;

revoke all on function public.next_servicetitan_fence(text) from public, anon, authenticated;
grant execute on function public.next_servicetitan_fence(text) to service_role;

-- From schemas/4_runs/note_servicetitan_calls.sql

-- Adds to the ledger the calls of ServiceTitan's that an attempt of a step made before it failed. Those of the attempts that
-- succeed come with their results, and are told when the run ends. For people who look; nothing that a run does depends
-- on it, so it asks for no lease.
create function public.note_servicetitan_calls(p_workspace_id text, p_instance_id text, p_calls integer)
returns void
language sql
security invoker
set search_path = ''
as $$
  update public.servicetitan_sync_runs
  set service_titan_calls = service_titan_calls + p_calls
  where instance_id = p_instance_id
    and workspace_id = p_workspace_id
    and status = 'running'
$$;

revoke all on function public.note_servicetitan_calls(text, text, integer) from public, anon, authenticated;
grant execute on function public.note_servicetitan_calls(text, text, integer) to service_role;

-- From schemas/4_runs/note_servicetitan_doubts.sql

-- Writes down what the run could not make sure of so far, before a token moves past it: the run may die behind
-- that, and its successor begins there (R10). Repeating the call changes nothing.
create function public.note_servicetitan_doubts(p_workspace_id text, p_instance_id text, p_fence bigint, p_doubts jsonb)
returns void
language plpgsql
security invoker
set search_path = ''
as $$
begin
  perform public.hold_servicetitan_lease(p_workspace_id, p_instance_id, p_fence);

  update public.servicetitan_sync_runs
  set doubts = public.chain_servicetitan_doubts(p_instance_id, p_doubts)
  where instance_id = p_instance_id;
end
$$;

revoke all on function public.note_servicetitan_doubts(text, text, bigint, jsonb) from public, anon, authenticated;
grant execute on function public.note_servicetitan_doubts(text, text, bigint, jsonb) to service_role;

-- From schemas/4_runs/note_servicetitan_retry.sql

-- What a run that goes on is waiting for: {step, attempt, attempts, cause, next_try_at}, or null when the step got through. For
-- people who look; nothing that a run does depends on it, so it asks for no lease.
create function public.note_servicetitan_retry(p_workspace_id text, p_instance_id text, p_retry jsonb)
returns void
language sql
security invoker
set search_path = ''
as $$
  update public.servicetitan_sync_runs
  set retry = p_retry
  where instance_id = p_instance_id
    and workspace_id = p_workspace_id
    and status = 'running'
$$;

revoke all on function public.note_servicetitan_retry(text, text, jsonb) from public, anon, authenticated;
grant execute on function public.note_servicetitan_retry(text, text, jsonb) to service_role;

-- From schemas/4_runs/plan_servicetitan_settled.sql

-- Where the settled reader goes on (R17): {customers, contacts: {from, stamp}}, or null while no reading is due.
-- One is due `p_minutes` after the last one that reached its end began, and in every run until it has passed what
-- was in doubt: until `settled_until` has reached the time of the doubt's run. What it cannot mend does not
-- count.
--
-- The customers go on where the first sync's own reading ended. The contacts begin by date, an hour before the
-- first sync. So do both where there is no token, as in a workspace whose first sync an older version made.
-- Where the first sync's reading of the contacts ended before that hour, by its end or by being stopped (R19), they
-- are read on from there: from the first record where it had no token.
create function public.plan_servicetitan_settled(p_state public.servicetitan_sync_state, p_minutes integer)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select jsonb_object_agg(feed.name, jsonb_build_object(
    'from', case
      when feed.name = 'contacts' and p_state.settled -> feed.name -> 'from' = 'null' then null
      else coalesce(
        p_state.settled -> feed.name ->> 'from',
        public.format_servicetitan_instant(p_state.initial_started_at - interval '1 hour')
      )
    end,
    'stamp', p_state.settled -> feed.name ->> 'stamp'
  ))
  from unnest(array['customers', 'contacts']) as feed (name)
  having
    -- Fifteen minutes before it began, by the earliest clock.
    bool_or(coalesce((p_state.settled -> feed.name ->> 'as_of')::timestamptz, '-infinity') <= now() - make_interval(mins => p_minutes + 15))
    or exists (
      select
      from public.servicetitan_sync_runs as run
      where run.workspace_id = p_state.workspace_id
        and run.source = p_state.source
        and run.fence > p_state.fence - 100
        and run.window_started_at > coalesce(p_state.settled_until, '-infinity')
        and run.doubts @? '$[*] ? (
          @.code != "removals_held" && @.code != "most_refused" && (@.code != "part_unfinished" || @.part == "settled reading")
        )'
    )
$$;

revoke all on function public.plan_servicetitan_settled(public.servicetitan_sync_state, integer) from public, anon, authenticated;
grant execute on function public.plan_servicetitan_settled(public.servicetitan_sync_state, integer) to service_role;

-- From schemas/4_runs/schedule_servicetitan_rechecks.sql

-- When each customer of the recheck list that was asked in this run is asked again, and who leaves the list (R16):
-- those whose reading left no question open. `p_held` wait for a day, and what they lacked is lacked anew then,
-- or was a fault. Without a proof nobody is asked again within the hour, and an empty list ends no question of
-- less than a day.
create function public.schedule_servicetitan_rechecks(
  p_workspace_id text,
  p_source text,
  p_instance_id text,
  p_held text[],
  p_is_proven boolean
)
returns void
language plpgsql
security invoker
set search_path = ''
as $$
begin
  update public.servicetitan_contact_methods
  set missing_again_at = null
  where workspace_id = p_workspace_id
    and source = p_source
    and crm_id = any (p_held)
    and missing_again_at is not null;
  update public.servicetitan_rechecks
  set
    phone_bare_again_at = null,
    email_bare_again_at = null,
    held_at = coalesce(held_at, now()),
    ask_again = false,
    due_at = now() + interval '1 day'
  where workspace_id = p_workspace_id
    and source = p_source
    and crm_id = any (p_held);

  update public.servicetitan_rechecks as recheck
  set
    held_at = null,
    ask_again = false,
    due_at = case
      when recheck.ask_again then now() + interval '1 day'
      else greatest(now() + case when p_is_proven then interval '0' else interval '1 hour' end, least(
        recheck.phone_bare_since + interval '15 minutes',
        recheck.email_bare_since + interval '15 minutes',
        recheck.refused_at + interval '15 minutes',
        (
          select min(least(method.missing_since, method.refused_at) + interval '15 minutes')
          from public.servicetitan_contact_methods as method
          where method.workspace_id = p_workspace_id
            and method.source = p_source
            and method.crm_id = recheck.crm_id
            and method.listed
        )
      ))
    end
  where recheck.workspace_id = p_workspace_id
    and recheck.source = p_source
    and recheck.asked_in = p_instance_id
    and recheck.failures = 0
    and recheck.due_at <= now();

  delete from public.servicetitan_rechecks as recheck
  where recheck.workspace_id = p_workspace_id
    and recheck.source = p_source
    and recheck.asked_in = p_instance_id
    and recheck.read_in = p_instance_id
    and recheck.failures = 0
    and not (recheck.ask_again or recheck.due_at > now() + interval '2 hours')
    and num_nonnulls(recheck.phone_bare_since, recheck.email_bare_since, recheck.refused_modified_on, recheck.held_at) = 0
    and (p_is_proven or recheck.added_at <= now() - interval '1 day')
    and not exists (
      select
      from public.servicetitan_contact_methods as method
      where method.workspace_id = p_workspace_id
        and method.source = p_source
        and method.crm_id = recheck.crm_id
        and method.listed
        and (method.missing_since is not null or method.refused_modified_on is not null)
    );
end
$$;

revoke all on function public.schedule_servicetitan_rechecks(text, text, text, text[], boolean) from public, anon, authenticated;
grant execute on function public.schedule_servicetitan_rechecks(text, text, text, text[], boolean) to service_role;

-- From schemas/4_runs/settle_servicetitan_rechecks.sql

-- The end of a run's rechecks, in one call (R16): takes away what two witnesses lacked, and says who is asked
-- again, and when. `p_asked` are the customers that were asked; those of them who were not read whole in this
-- run failed. `p_suspects`: canaries that came empty or failed, who are asked themselves next. `p_is_proven`: a
-- list with something in it shows that the empty ones can be believed; without one, the two witnesses have to be
-- a day apart. judge_servicetitan_removals says who loses something, and who is held back.
--
-- A removal that the product's rules refuse or pass over is that customer's own (R10, R22): it is set
-- aside, and tried again as a reading that failed.
--
-- Answers {taken, held, unproven}: contact methods taken away, customers held back, and those asked who have
-- lacked something for two hours or more without a proof. Repeating the call changes nothing. `p_place`: the last
-- page, which the database has to hold (check_servicetitan_place). `p_path`: see write_servicetitan_customers.
create function public.settle_servicetitan_rechecks(
  p_workspace_id text,
  p_instance_id text,
  p_fence bigint,
  p_asked text[],
  p_suspects text[],
  p_is_proven boolean,
  p_place jsonb default null,
  p_path text default current_setting('search_path')
)
returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_state public.servicetitan_sync_state := public.hold_servicetitan_lease(p_workspace_id, p_instance_id, p_fence);
  v_source text := v_state.source;
  v_before timestamptz := now() - case when p_is_proven then interval '15 minutes' else interval '1 day' end;
  v_judged record;
  v_crm_id text;
  v_from_one record;
  v_taken integer := 0;
  v_updated text[] := '{}';
  v_refused text[] := '{}';
  v_unproven integer;
begin
  perform public.check_servicetitan_place(v_state, p_place);

  select * into v_judged
  from public.judge_servicetitan_removals(p_workspace_id, v_source, p_instance_id, v_before);

  foreach v_crm_id in array v_judged.losers loop
    continue when v_crm_id = any (v_judged.held);
    begin
      select * into v_from_one from public.take_servicetitan_methods(p_workspace_id, v_source, v_crm_id, v_before, p_path);
      v_taken := v_taken + v_from_one.taken;
      if v_from_one.changed then
        v_updated := v_updated || v_crm_id;
      end if;
    exception
      when others then
        if public.is_servicetitan_outage(sqlstate, sqlerrm) then
          raise;
        end if;
        v_refused := v_refused || v_crm_id;
        perform public.set_servicetitan_records_aside(p_workspace_id, v_source, p_instance_id, jsonb_build_array(
          jsonb_build_object(
            'crm_id', v_crm_id,
            'feed', 'contacts',
            'reason', 'The database refused to take a phone or an e-mail from its contact: see the checks, triggers and rules of the table contacts.',
            'sqlstate', case when sqlstate <> 'PT422' then sqlstate end
          )
        ));
    end;
  end loop;

  perform public.enter_servicetitan_reads(
    v_state, p_instance_id, v_state.page, 'rechecks', 'contacts', null, public.to_servicetitan_ids(v_updated),
    p_set_aside => public.to_servicetitan_ids(v_refused)
  );
  update public.servicetitan_sync_state
  set total_customers_synced = total_customers_synced + cardinality(v_updated)
  where workspace_id = p_workspace_id
    and v_updated <> '{}';

  -- R10: asked again with the next three runs, then hourly, then daily.
  update public.servicetitan_rechecks
  set
    asked_at = now(),
    asked_in = p_instance_id,
    read_in = case when not crm_id = any (v_refused) then read_in end,
    failures = failures + 1,
    failing_since = coalesce(failing_since, now()),
    due_at = now() + case when failures < 3 then interval '0' when failures < 27 then interval '1 hour' else interval '1 day' end
  where workspace_id = p_workspace_id
    and source = v_source
    and (crm_id = any (p_asked) and asked_in is distinct from p_instance_id or crm_id = any (v_refused));

  perform public.schedule_servicetitan_rechecks(p_workspace_id, v_source, p_instance_id, v_judged.held, p_is_proven);
  perform public.add_servicetitan_rechecks(p_workspace_id, v_source, p_suspects, 'missing', now());

  select count(*) into v_unproven
  from public.servicetitan_rechecks as recheck
  where not p_is_proven
    and recheck.workspace_id = p_workspace_id
    and recheck.source = v_source
    and recheck.crm_id = any (p_asked)
    and (
      least(recheck.phone_bare_since, recheck.email_bare_since) <= now() - interval '2 hours'
      or exists (
        select
        from public.servicetitan_contact_methods as method
        where method.workspace_id = p_workspace_id
          and method.source = v_source
          and method.crm_id = recheck.crm_id
          and method.listed
          and method.missing_since <= now() - interval '2 hours'
      )
    );
  return jsonb_build_object('taken', v_taken, 'held', cardinality(v_judged.held), 'unproven', v_unproven);
end
$$;

revoke all on function public.settle_servicetitan_rechecks(text, text, bigint, text[], text[], boolean, jsonb, text) from public, anon, authenticated;
grant execute on function public.settle_servicetitan_rechecks(text, text, bigint, text[], text[], boolean, jsonb, text) to service_role;

-- From schemas/4_runs/stop_servicetitan_run.sql

-- Takes the lease from the run that holds it and answers that run's id, or null when none does. The run's
-- next call is refused (R8). What it stored stays, and a later run resumes from there.
create function public.stop_servicetitan_run(p_workspace_id text, p_reason text)
returns text
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_run public.servicetitan_sync_runs;
  v_last_error text;
begin
  select last_error into v_last_error from public.servicetitan_sync_state where workspace_id = p_workspace_id for update;
  select run.* into v_run
  from public.servicetitan_sync_state as state
  join public.servicetitan_sync_runs as run on run.instance_id = state.run_instance_id
  where state.workspace_id = p_workspace_id;
  if not found then
    return null;
  end if;

  perform public.fail_servicetitan_run(
    p_workspace_id, v_run.instance_id, 'superseded', p_reason, v_run.pages, 0
  );
  -- Nothing went wrong with it; what did before still stands.
  update public.servicetitan_sync_runs set status = 'superseded' where instance_id = v_run.instance_id;
  update public.servicetitan_sync_state
  set sync_status = case when v_last_error is null then 'idle' else 'failed' end, last_error = v_last_error
  where workspace_id = p_workspace_id;
  return v_run.instance_id;
end
$$;

revoke all on function public.stop_servicetitan_run(text, text) from public, anon, authenticated;
grant execute on function public.stop_servicetitan_run(text, text) to service_role;

-- From schemas/4_runs/take_servicetitan_methods.sql

-- Takes away from one customer what two witnesses lacked (R16), the first of them before `p_before`. Its contact
-- goes on to show what is left, with the fields that go with it: a phone that is gone takes no e-mail along that
-- nothing explains, and the reverse. Answers how many contact methods went, and whether the contact changed. Where
-- the product passes the change over, nothing goes: PT422 'passed_over' (R22). `p_path`: see
-- write_servicetitan_customers.
create function public.take_servicetitan_methods(
  p_workspace_id text,
  p_source text,
  p_crm_id text,
  p_before timestamptz,
  p_path text,
  out taken integer,
  out changed boolean
)
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_recheck public.servicetitan_rechecks;
  v_phone_is_gone boolean;
  v_email_is_gone boolean;
  v_shown record;
begin
  select * into v_recheck
  from public.servicetitan_rechecks
  where workspace_id = p_workspace_id and source = p_source and crm_id = p_crm_id;
  v_phone_is_gone := v_recheck.phone_bare_again_at is not null and v_recheck.phone_bare_since <= p_before;
  v_email_is_gone := v_recheck.email_bare_again_at is not null and v_recheck.email_bare_since <= p_before;

  update public.servicetitan_contact_methods
  set listed = false, missing_since = null, missing_from = null, missing_again_at = null
  where workspace_id = p_workspace_id
    and source = p_source
    and crm_id = p_crm_id
    and listed
    and missing_again_at is not null
    and missing_since <= p_before;
  get diagnostics taken = row_count;

  select
    coalesce(point.phone, kept.phone) as phone,
    coalesce(point.email, kept.email) as email,
    said.fields,
    (before.phone, before.email, before.metadata) is distinct from (
      coalesce(point.phone, kept.phone), coalesce(point.email, kept.email),
      public.merge_servicetitan_fields(before.metadata, said.fields)
    ) as differs
  into v_shown
  from public.pick_servicetitan_contact_points(p_workspace_id, p_source, array[p_crm_id]) as point
  cross join lateral (
    select stored.phone, stored.email, stored.metadata
    from public.contacts as stored
    where stored.workspace_id = p_workspace_id
      and stored.crm_id = p_crm_id
      and stored.crm_source = p_source
    limit 1
  ) as before
  cross join lateral (
    select
      case
        when point.phone is null and not v_phone_is_gone
        then public.keep_servicetitan_contact_point(p_workspace_id, p_source, p_crm_id, before.phone)
      end as phone,
      case
        when point.email is null and not v_email_is_gone
        then public.keep_servicetitan_contact_point(p_workspace_id, p_source, p_crm_id, before.email)
      end as email
  ) as kept
  cross join lateral (
    select
      case when kept.phone is null then point.phone_fields else '{}' end
        || case when kept.email is null then point.email_fields else '{}' end as fields
  ) as said;
  changed := coalesce(v_shown.differs, false);
  if changed and not public.put_servicetitan_contact_point(
    p_workspace_id, p_source, p_crm_id, v_shown.phone, v_shown.email, v_shown.fields, p_path
  ) then
    raise exception using errcode = 'PT422', message = 'passed_over';
  end if;

  update public.servicetitan_rechecks
  set
    phone_bare_since = case when not v_phone_is_gone then phone_bare_since end,
    phone_bare_from = case when not v_phone_is_gone then phone_bare_from end,
    phone_bare_again_at = case when not v_phone_is_gone then phone_bare_again_at end,
    email_bare_since = case when not v_email_is_gone then email_bare_since end,
    email_bare_from = case when not v_email_is_gone then email_bare_from end,
    email_bare_again_at = case when not v_email_is_gone then email_bare_again_at end
  where workspace_id = p_workspace_id
    and source = p_source
    and crm_id = p_crm_id
    and (v_phone_is_gone or v_email_is_gone);
end
$$;

revoke all on function public.take_servicetitan_methods(text, text, text, timestamptz, text) from public, anon, authenticated;
grant execute on function public.take_servicetitan_methods(text, text, text, timestamptz, text) to service_role;

-- From schemas/5_contacts/add_servicetitan_rechecks.sql

-- Puts customers on the recheck list, or makes those that are on it due earlier. What went back or differs in
-- its balance keeps its reason, because it is asked for as a customer and not for its contacts alone. That a
-- contact is shared, or its customer newer, are the weakest reasons, because they are asked about last. Who
-- shares a contact is asked for once more a day later: a list that is late still shows a contact that has moved
-- on.
create function public.add_servicetitan_rechecks(
  p_workspace_id text,
  p_source text,
  p_crm_ids text[],
  p_why text,
  p_due_at timestamptz
)
returns void
language plpgsql
security invoker
set search_path = ''
as $$
begin
  if coalesce(p_crm_ids, '{}') = '{}' then
    return;
  end if;
  insert into public.servicetitan_rechecks as stored (workspace_id, source, crm_id, why, due_at, ask_again)
  select p_workspace_id, p_source, wanted.crm_id, p_why, p_due_at, p_why = 'shared'
  from (select distinct unnest(p_crm_ids) as crm_id) as wanted
  order by wanted.crm_id
  on conflict (workspace_id, source, crm_id) do update
  set
    why = case
      when stored.why in ('went_back', 'balance') or excluded.why = 'newer' then stored.why
      when excluded.why = 'shared' and stored.why <> 'newer' then stored.why
      else excluded.why
    end,
    due_at = least(stored.due_at, excluded.due_at),
    ask_again = stored.ask_again or excluded.ask_again
  -- One whose reading failed, or that is held back, waits for its own time.
  where (
      stored.due_at > excluded.due_at
      or (excluded.ask_again and not stored.ask_again)
      or (stored.why = 'shared' and excluded.why <> 'shared')
    )
    and stored.failures = 0
    and stored.held_at is null;
end
$$;

revoke all on function public.add_servicetitan_rechecks(text, text, text[], text, timestamptz) from public, anon, authenticated;
grant execute on function public.add_servicetitan_rechecks(text, text, text[], text, timestamptz) to service_role;

-- From schemas/5_contacts/count_servicetitan_new_methods.sql

-- How many contact methods of a part are not counted yet, where an attempt before wrote some of its records apart and did
-- not come to its end: those of customers that no row of the reads log holds for these records.
create function public.count_servicetitan_new_methods(p_run jsonb, p_methods jsonb)
returns integer
language sql
stable
security invoker
set search_path = ''
as $$
  select count(*)::integer
  from jsonb_to_recordset(p_methods) as item (crm_id text)
  where not exists (
    select
    from public.servicetitan_sync_reads as chunk
    where chunk.instance_id = p_run ->> 'instance_id'
      and chunk.page = (p_run ->> 'page')::integer
      and starts_with(chunk.part, (p_run ->> 'part') || ':')
      and (public.to_servicetitan_ids(array[item.crm_id]))[1] = any (
        chunk.created || chunk.updated || chunk.unchanged || chunk.stale || chunk.set_aside
      )
  )
$$;

revoke all on function public.count_servicetitan_new_methods(jsonb, jsonb) from public, anon, authenticated;
grant execute on function public.count_servicetitan_new_methods(jsonb, jsonb) to service_role;

-- From schemas/5_contacts/enter_servicetitan_part.sql

-- The parts of a page when one more is written (R21): it takes the place of those that it was written in, and of
-- what was outstanding in them. `p_outstanding`: phones of it are still to be normalised. `p_closes`, where its
-- records were written apart: {of, without}: how many they were, and the numbers of those that nothing was written
-- of. Then the database has to hold all the others, else PT409 'went_back'. `p_rejected`: the customers set aside;
-- their phones are outstanding no more.
create function public.enter_servicetitan_part(
  p_parts text[],
  p_part text,
  p_outstanding boolean,
  p_closes jsonb,
  p_rejected text[]
)
returns text[]
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_parts text[] := p_parts;
begin
  if p_part is null then
    return p_parts;
  elsif jsonb_typeof(p_closes) = 'object' then
    v_parts := array(
      select held.part
      from unnest(p_parts) as held (part)
      where (starts_with(held.part, p_part || ':') and substring(held.part from '~(\d+)$') = any (p_rejected)) is not true
    );
    if not coalesce(public.collect_servicetitan_ranges(v_parts, p_part), '{}') + (
      select coalesce(range_agg(int4range(without.record::integer, without.record::integer, '[]')), '{}')
      from jsonb_array_elements_text(p_closes -> 'without') as without (record)
    ) @> int4range(0, (p_closes ->> 'of')::integer) then
      raise exception using
        errcode = 'PT409',
        message = 'went_back',
        detail = format('Records of part %s that were written apart are not there any more.', p_part);
    end if;
  end if;
  return array(
    select held.part
    from unnest(v_parts) as held (part)
    where not (held.part = p_part or starts_with(held.part, p_part || ':') or starts_with(held.part, p_part || '~'))
  ) || p_part || case when p_outstanding then array[p_part || '~'] else '{}' end;
end
$$;

revoke all on function public.enter_servicetitan_part(text[], text, boolean, jsonb, text[]) from public, anon, authenticated;
grant execute on function public.enter_servicetitan_part(text[], text, boolean, jsonb, text[]) to service_role;

-- From schemas/5_contacts/enter_servicetitan_reads.sql

-- Writes a row of the reads log, and counts in the ledger and in the state what it changes about the run's customers.
-- This is the one place that counts them: each distinct customer once, whatever pages, parts, retries, rechecks and
-- comparisons of the run it comes with, by the most that became of it: created, else updated, else unchanged, else
-- stale. `fetched` are those read as customers; `through_contacts` those that were not, and that a phone or an e-mail
-- changed; `errors` those set aside. What the run did before stands in the log itself.
--
-- `p_feed`: 'customers' for what was read as customers. Of 'contacts' those that are unchanged count nowhere, because the
-- contacts feed also shows phones of customers that have no contact yet. So a first sync looks nothing up while it reads
-- that feed. Lists without anything leave no row.
--
-- No nested loop: without statistics of the log, the customers of the row would be looked for one by one among all of
-- the run.
create function public.enter_servicetitan_reads(
  p_state public.servicetitan_sync_state,
  p_instance_id text,
  p_page integer,
  p_part text,
  p_feed text,
  p_created bigint[],
  p_updated bigint[],
  p_unchanged bigint[] default null,
  p_stale bigint[] default null,
  p_set_aside bigint[] default null
)
returns void
language plpgsql
security invoker
set search_path = ''
set enable_nestloop = off
as $$
declare
  v_change record;
  v_read constant integer := case when p_feed = 'customers' then 32 else 0 end;
begin
  if num_nonnulls(p_created, p_updated, p_unchanged, p_stale, p_set_aside) = 0 then
    return;
  end if;

  -- What is known of a customer: 1 created, 2 updated, 4 unchanged, 8 stale, 16 set aside, 32 read as a customer.
  with shown as materialized (
    select fact.id, bit_or(fact.facts | v_read) as facts
    from (
      select unnest(p_created) as id, 1 as facts
      union all select unnest(p_updated), 2
      union all select unnest(p_unchanged), 4 where v_read <> 0
      union all select unnest(p_stale), 8
      union all select unnest(p_set_aside), 16
    ) as fact
    group by fact.id
  ),
  before as (
    select known.id, bit_or(known.facts) as facts
    from public.servicetitan_sync_reads as chunk
    cross join lateral (
      select case when chunk.feed = 'customers' then 32 else 0 end as read
    ) as as_customers
    cross join lateral (
      select unnest(chunk.created) as id, 1 | read as facts
      union all select unnest(chunk.updated), 2 | read
      union all select unnest(chunk.unchanged), 4 | read where read <> 0
      union all select unnest(chunk.stale), 8 | read
      union all select unnest(chunk.set_aside), 16 | read
    ) as known
    join shown on shown.id = known.id
    where chunk.instance_id = p_instance_id
      and exists (select from shown)
    group by known.id
  ),
  -- What it counted as leaves, what it counts as now comes.
  told as (
    select side.facts, side.sign
    from shown
    left join before on before.id = shown.id
    cross join lateral (
      values (coalesce(before.facts, 0), -1), (coalesce(before.facts, 0) | shown.facts, 1)
    ) as side (facts, sign)
  )
  select
    coalesce(sum(sign) filter (where facts & 32 = 32), 0) as fetched,
    coalesce(sum(sign) filter (where facts & 32 = 0 and facts & 3 <> 0), 0) as through_contacts,
    coalesce(sum(sign) filter (where facts & 1 = 1), 0) as created,
    coalesce(sum(sign) filter (where facts & 3 = 2), 0) as updated,
    coalesce(sum(sign) filter (where facts & 39 = 36), 0) as unchanged,
    coalesce(sum(sign) filter (where facts & 47 = 40), 0) as stale,
    coalesce(sum(sign) filter (where facts & 16 = 16), 0) as errors
  into v_change
  from told;

  -- R21: the ledger may have gone back behind the log.
  update public.servicetitan_sync_runs
  set
    fetched = greatest(0, fetched + v_change.fetched),
    through_contacts = greatest(0, through_contacts + v_change.through_contacts),
    created = greatest(0, created + v_change.created),
    updated = greatest(0, updated + v_change.updated),
    unchanged = greatest(0, unchanged + v_change.unchanged),
    stale = greatest(0, stale + v_change.stale),
    errors = greatest(0, errors + v_change.errors)
  where instance_id = p_instance_id
    and v_change::text <> '(0,0,0,0,0,0,0)';

  update public.servicetitan_sync_state
  set
    last_sync_created = last_sync_created + v_change.created,
    last_sync_updated = last_sync_updated + v_change.updated,
    last_sync_errors = last_sync_errors + v_change.errors
  where workspace_id = p_state.workspace_id
    and (v_change.created, v_change.updated, v_change.errors) is distinct from (0, 0, 0);

  -- The part is there already where a repeated call found something new to write.
  insert into public.servicetitan_sync_reads as stored
    (workspace_id, source, instance_id, page, part, feed, created, updated, unchanged, stale, set_aside)
  values (
    p_state.workspace_id, p_state.source, p_instance_id, p_page, p_part, p_feed,
    p_created, p_updated, p_unchanged, p_stale, p_set_aside
  )
  on conflict (instance_id, page, part) do update
  set
    created = stored.created || excluded.created,
    updated = stored.updated || excluded.updated,
    unchanged = stored.unchanged || excluded.unchanged,
    stale = stored.stale || excluded.stale,
    set_aside = stored.set_aside || excluded.set_aside;
end
$$;

revoke all on function public.enter_servicetitan_reads(public.servicetitan_sync_state, text, integer, text, text, bigint[], bigint[], bigint[], bigint[], bigint[]) from public, anon, authenticated;
grant execute on function public.enter_servicetitan_reads(public.servicetitan_sync_state, text, integer, text, text, bigint[], bigint[], bigint[], bigint[], bigint[]) to service_role;

-- From schemas/5_contacts/fill_servicetitan_methods.sql

-- Gives contact methods what they lack (R20). A key that a row lacks could not be read: it comes from the
-- customer's stored method of that id. A row of ids alone says that the method is there: it becomes the
-- stored one, and is left out where none is stored. Type and value of a method that is new are empty where
-- they are lacking, and of no use. Rows that lack nothing stay as they are.
create function public.fill_servicetitan_methods(p_workspace_id text, p_source text, p_methods jsonb)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_agg(
      case
        when item.given ?& array['type', 'value', 'memo', 'do_not_text', 'marketing', 'active'] then item.given
        when not item.given ? 'modified_on' then stored.method
        else '{"type": "", "value": "", "usability": "unusable", "active": true}' || jsonb_strip_nulls(coalesce(stored.method, '{}')) || item.given
      end
      order by item.position
    ), '[]')
    from jsonb_array_elements(p_methods) with ordinality as item (given, position)
    left join lateral (
      select to_jsonb(method) as method
      from public.servicetitan_contact_methods as method
      where method.workspace_id = p_workspace_id
        and method.source = p_source
        and method.id = (item.given ->> 'id')::bigint
        and method.crm_id = item.given ->> 'crm_id'
      limit 1
    ) as stored on true
    where item.given ? 'modified_on'
      or stored.method is not null
  );
end
$$;

revoke all on function public.fill_servicetitan_methods(text, text, jsonb) from public, anon, authenticated;
grant execute on function public.fill_servicetitan_methods(text, text, jsonb) to service_role;

-- From schemas/5_contacts/find_servicetitan_phones_to_grade.sql

-- The phones of these customers that were graded for another country than their customer's, or than the
-- workspace's own (R25): [{id, crm_id, value, country_code}]. A country of null says that none could change the
-- answer. Customers that are not stored yet are left out.
create function public.find_servicetitan_phones_to_grade(
  p_workspace_id text,
  p_source text,
  p_home_country text,
  p_crm_ids text[]
)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_agg(jsonb_build_object(
      'id', method.id::text,
      'crm_id', method.crm_id,
      'value', method.value,
      'country_code', coalesce(contact.address_country_code, p_home_country)
    ) order by method.id), '[]')
    from (select distinct unnest(p_crm_ids) as crm_id) as about
    cross join lateral (
      select stored.address_country_code
      from public.contacts as stored
      where stored.workspace_id = p_workspace_id
        and stored.crm_id = about.crm_id
        and stored.crm_source = p_source
      limit 1
    ) as contact
    cross join lateral (
      select stored.id, stored.crm_id, stored.value, stored.home_country, stored.country_code
      from public.servicetitan_contact_methods as stored
      where stored.workspace_id = p_workspace_id
        and stored.source = p_source
        and stored.crm_id = about.crm_id
        and stored.type in ('MobilePhone', 'Phone', 'Fax')
      offset 0
    ) as method
    where method.home_country is distinct from p_home_country
      or method.country_code <> coalesce(contact.address_country_code, p_home_country)
  );
end
$$;

revoke all on function public.find_servicetitan_phones_to_grade(text, text, text, text[]) from public, anon, authenticated;
grant execute on function public.find_servicetitan_phones_to_grade(text, text, text, text[]) to service_role;

-- From schemas/5_contacts/hold_servicetitan_page.sql

-- What everything that writes a part of a page begins with: holds the lease (R8), refuses a page that comes after a
-- later one with PT409 'page_out_of_order' (R2), and one before which the database went back with PT409
-- 'went_back' (R21). Answers the state, with what it holds of this very page: nothing where the page is new.
-- `p_run`: {workspace_id, instance_id, fence, page, before?}; `before`: {page, chunks}, the last page that was
-- written whole before.
create function public.hold_servicetitan_page(p_run jsonb)
returns public.servicetitan_sync_state
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_page integer := (p_run ->> 'page')::integer;
  v_state public.servicetitan_sync_state := public.hold_servicetitan_lease(
    p_run ->> 'workspace_id', p_run ->> 'instance_id', (p_run ->> 'fence')::bigint
  );
begin
  if v_page < v_state.page then
    raise exception using
      errcode = 'PT409',
      message = 'page_out_of_order',
      detail = format('Page %s of the run came after page %s had been applied.', v_page, v_state.page);
  elsif v_page > v_state.page then
    perform public.check_servicetitan_place(v_state, (p_run -> 'before') || jsonb_build_object('next', v_page));
    v_state.page := v_page;
    v_state.parts := '{}';
  end if;
  return v_state;
end
$$;

revoke all on function public.hold_servicetitan_page(jsonb) from public, anon, authenticated;
grant execute on function public.hold_servicetitan_page(jsonb) to service_role;

-- From schemas/5_contacts/is_servicetitan_part_counted.sql

-- Whether the records of a part are counted already, so that a repeated call is not counted twice (R11): the part
-- itself, one that it belongs to, or a range of its records is there.
create function public.is_servicetitan_part_counted(p_parts text[], p_part text)
returns boolean
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_range text[] := regexp_match(p_part, '^(.*):(\d{1,6})-(\d{1,6})/\d{1,6}$');
begin
  if p_part = any (p_parts) then
    return true;
  elsif v_range is null then
    return false;
  end if;
  return coalesce(public.collect_servicetitan_ranges(p_parts, v_range[1]) @> int4range(v_range[2]::integer, v_range[3]::integer, '[]'), false)
    or public.is_servicetitan_part_counted(p_parts, v_range[1]);
end
$$;

revoke all on function public.is_servicetitan_part_counted(text[], text) from public, anon, authenticated;
grant execute on function public.is_servicetitan_part_counted(text[], text) to service_role;

-- From schemas/5_contacts/keep_servicetitan_contact_point.sql

-- What the contact goes on to show where no usable phone (or e-mail) is left to choose (R16). `p_stored`, when
-- no method explains where it came from: our own rows may have been harmed, and that is no reason to take
-- anything away. Null, when a method says so: it was switched off, taken away, or is of no use any more. The
-- product may have written it in its own way, such as (208) 555-0117 for +12085550117.
create function public.keep_servicetitan_contact_point(p_workspace_id text, p_source text, p_crm_id text, p_stored text)
returns text
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  if p_stored is null or exists (
    select
    from public.servicetitan_contact_methods as method
    where method.workspace_id = p_workspace_id
      and method.source = p_source
      and method.crm_id = p_crm_id
      and public.to_servicetitan_key(p_stored)
        in (public.to_servicetitan_key(method.normalized), public.to_servicetitan_key(method.normalized_before))
  ) then
    return null;
  end if;
  return p_stored;
end
$$;

revoke all on function public.keep_servicetitan_contact_point(text, text, text, text) from public, anon, authenticated;
grant execute on function public.keep_servicetitan_contact_point(text, text, text, text) to service_role;

-- From schemas/5_contacts/list_servicetitan_phones_to_grade.sql

-- One slice of a workspace whose own country has become another one (R25). Looks at the 500 contacts behind
-- `p_after`, by crm_id, and answers {countries, renormalize, next_after}. `countries` says what stands in their
-- addresses, [{crm_id, country, state, code}], because IN is Indiana to one firm and India to another. Where a code has
-- become another one, the Edge Function asks again with `p_codes`, [{crm_id, code}], which are stored first. It
-- grades the phones anew, sends them to renormalize_servicetitan_phones, and asks with `next_after`. Behind the last
-- contact the workspace counts as graded for the country of `p_run`, and `next_after` is null.
create function public.list_servicetitan_phones_to_grade(p_run jsonb, p_after text, p_codes jsonb default '[]')
returns jsonb
language plpgsql
security invoker
set search_path = ''
set enable_seqscan = off
as $$
declare
  v_state public.servicetitan_sync_state := public.hold_servicetitan_lease(
    p_run ->> 'workspace_id', p_run ->> 'instance_id', (p_run ->> 'fence')::bigint
  );
  v_crm_ids text[] := array(
    select contact.crm_id
    from public.contacts as contact
    where contact.workspace_id = v_state.workspace_id
      and contact.crm_id > coalesce(p_after, '')
      and contact.crm_source = v_state.source
    order by contact.crm_id
    limit 500
  );
begin
  update public.contacts as contact
  set address_country_code = item.code
  from jsonb_to_recordset(p_codes) as item (crm_id text, code text)
  where contact.workspace_id = v_state.workspace_id
    and contact.crm_id = item.crm_id
    and contact.crm_source = v_state.source
    and contact.crm_id = any (v_crm_ids)
    and contact.address_country_code is distinct from item.code;

  if v_crm_ids = '{}' then
    update public.servicetitan_sync_state
    set home_country = p_run ->> 'country'
    where workspace_id = v_state.workspace_id;
  end if;
  return jsonb_build_object(
    'countries', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'crm_id', contact.crm_id,
        'country', contact.address_country,
        'state', contact.address_state,
        'code', contact.address_country_code
      )), '[]')
      from public.contacts as contact
      where contact.workspace_id = v_state.workspace_id
        and contact.crm_id = any (v_crm_ids)
        and contact.crm_source = v_state.source
        and contact.address_country is not null
    ),
    'renormalize', public.find_servicetitan_phones_to_grade(v_state.workspace_id, v_state.source, p_run ->> 'country', v_crm_ids),
    'next_after', v_crm_ids[cardinality(v_crm_ids)]
  );
end
$$;

revoke all on function public.list_servicetitan_phones_to_grade(jsonb, text, jsonb) from public, anon, authenticated;
grant execute on function public.list_servicetitan_phones_to_grade(jsonb, text, jsonb) to service_role;

-- From schemas/5_contacts/log_servicetitan_reads.sql

-- Writes one chunk's row of the reads log, in the chunk's own transaction, and counts it (enter_servicetitan_reads). `p_ids` is what
-- write_servicetitan_customers answered. `p_touched` are the customers whose methods were written,
-- `p_refreshed` those whose phone or e-mail changed by it. A chunk that held no customer leaves no row.
create function public.log_servicetitan_reads(
  p_state public.servicetitan_sync_state,
  p_run jsonb,
  p_customers jsonb,
  p_rejected jsonb,
  p_ids jsonb,
  p_touched text[],
  p_refreshed text[]
)
returns void
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_created bigint[] := public.to_servicetitan_ids(array(select jsonb_array_elements_text(nullif(p_ids -> 'created', 'null'))));
  v_updated bigint[] := public.to_servicetitan_ids(
    array(select jsonb_array_elements_text(nullif(p_ids -> 'updated', 'null'))) || p_refreshed
  );
  v_stale bigint[] := public.to_servicetitan_ids(array(select jsonb_array_elements_text(nullif(p_ids -> 'stale', 'null'))));
  v_set_aside bigint[] := public.to_servicetitan_ids(array(select item.crm_id from jsonb_to_recordset(p_rejected) as item (crm_id text)));
  v_unchanged bigint[] := public.to_servicetitan_ids(array(
    select jsonb_array_elements_text(nullif(p_ids -> 'unchanged', 'null'))
    union
    (
      select unnest(p_touched)
      except
      select item.crm_id from jsonb_to_recordset(p_customers) as item (crm_id text)
    )
    except
    select unnest(p_refreshed)
  ));
begin
  perform public.enter_servicetitan_reads(
    p_state,
    p_run ->> 'instance_id',
    (p_run ->> 'page')::integer,
    p_run ->> 'part',
    case when p_customers <> '[]' or p_rejected @> '[{"feed": "customers"}]' then 'customers' else 'contacts' end,
    v_created, v_updated, v_unchanged, v_stale, v_set_aside
  );
end
$$;

revoke all on function public.log_servicetitan_reads(public.servicetitan_sync_state, jsonb, jsonb, jsonb, jsonb, text[], text[]) from public, anon, authenticated;
grant execute on function public.log_servicetitan_reads(public.servicetitan_sync_state, jsonb, jsonb, jsonb, jsonb, text[], text[]) to service_role;

-- From schemas/5_contacts/note_servicetitan_methods_missing.sql

-- What a whole reading of customers says of the methods that are stored of them (R16). One that it shows is
-- listed, and any doubt about it is over. One that it lacks is noted: silence of one witness takes nothing.
--
-- `p_shown` are the methods read, `p_reread` the customers that were read whole. `p_witness` is how they were
-- asked: 'list' by customerIds, 'own' by the customer's own list; null when the answers can't be believed, and
-- then only what they show counts. `p_is_recheck`: asked for because of the recheck list. Only a recheck is a
-- second witness: of another kind than the first, at least 15 minutes later.
create function public.note_servicetitan_methods_missing(
  p_workspace_id text,
  p_source text,
  p_shown jsonb,
  p_reread text[],
  p_witness text,
  p_is_recheck boolean
)
returns void
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_method record;
  v_missing text[] := '{}';
begin
  for v_method in
    select stored.*, shown.modified_on as shown_modified_on
    from (select distinct unnest(p_reread) as crm_id) as reread
    cross join lateral (
      select method.*
      from public.servicetitan_contact_methods as method
      where method.workspace_id = p_workspace_id
        and method.source = p_source
        and method.crm_id = reread.crm_id
      offset 0
    ) as stored
    left join (
      select item.crm_id, item.id, max(item.modified_on collate "C") as modified_on
      from jsonb_to_recordset(p_shown) as item (id bigint, crm_id text, modified_on text)
      group by item.crm_id, item.id
    ) as shown on shown.crm_id = stored.crm_id and shown.id = stored.id
    -- R11: where nothing changes nothing is written.
    where case
      when shown.id is not null then not stored.listed
        or stored.missing_since is not null
        or (stored.refused_modified_on is not null and shown.modified_on >= stored.modified_on)
      -- One that is switched off is in no list, and is not missing. An older version that was refused and that rechecks
      -- have not shown for a day is not what ServiceTitan means.
      when stored.active is false then p_is_recheck and p_witness is not null and stored.refused_at <= now() - interval '1 day'
      else stored.listed
        and p_witness is not null
        and (
          stored.missing_since is null
          or (
            p_is_recheck
            and stored.missing_again_at is null
            and stored.missing_from <> p_witness
            and stored.missing_since <= now() - interval '15 minutes'
          )
        )
    end
  loop
    if v_method.shown_modified_on is null and v_method.active is false then
      update public.servicetitan_contact_methods
      set refused_modified_on = null, refused_at = null
      where workspace_id = p_workspace_id
        and source = p_source
        and crm_id = v_method.crm_id
        and id = v_method.id;
      continue;
    end if;
    update public.servicetitan_contact_methods
    set
      listed = true,
      missing_since = case when v_method.shown_modified_on is null then coalesce(v_method.missing_since, now()) end,
      missing_from = case when v_method.shown_modified_on is null then coalesce(v_method.missing_from, p_witness) end,
      missing_again_at = case
        when v_method.shown_modified_on is null and v_method.missing_since is not null then now()
      end,
      -- The refused version is of no interest any more once a version is shown that is not older.
      refused_modified_on = case when v_method.shown_modified_on >= v_method.modified_on then null else refused_modified_on end,
      refused_at = case when v_method.shown_modified_on >= v_method.modified_on then null else refused_at end
    where workspace_id = p_workspace_id
      and source = p_source
      and crm_id = v_method.crm_id
      and id = v_method.id;
    if v_method.shown_modified_on is null and v_method.missing_since is null then
      v_missing := v_missing || v_method.crm_id;
    end if;
  end loop;
  perform public.add_servicetitan_rechecks(p_workspace_id, p_source, v_missing, 'missing', now() + interval '15 minutes');
end
$$;

revoke all on function public.note_servicetitan_methods_missing(text, text, jsonb, text[], text, boolean) from public, anon, authenticated;
grant execute on function public.note_servicetitan_methods_missing(text, text, jsonb, text[], text, boolean) to service_role;

-- From schemas/5_contacts/note_servicetitan_misses.sql

-- What the settled reader is about to create or to make newer (R17), looked at before it is written. Such a
-- customer goes on the recheck list, because this reader does not re-read its contact methods. What is older
-- than the time up to which the live readers had read is a miss, and is counted with the run; the quarantine's own
-- are none. What is older than that which an earlier reading of this reader had confirmed takes the
-- confirmation back to there, and is a doubt.
--
-- Repeating the call finds everything written, and notes nothing.
create function public.note_servicetitan_misses(
  p_state public.servicetitan_sync_state,
  p_instance_id text,
  p_customers jsonb,
  p_methods jsonb
)
returns void
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_news record;
  -- The live readers come first in a run: the window up to the cursor, then the contacts to their end.
  v_read_until text := public.format_servicetitan_instant(p_state.last_modified_cursor);
begin
  for v_news in
    with news as (
      select
        'customers' as feed,
        item.crm_id,
        item.crm_modified_on as modified_on
      from jsonb_to_recordset(p_customers) as item (crm_id text, crm_modified_on text)
      left join lateral (
        select contact.crm_source, contact.crm_modified_on
        from public.contacts as contact
        where contact.workspace_id = p_state.workspace_id
          and contact.crm_id = item.crm_id
        limit 1
      ) as stored on true
      where stored.crm_source is distinct from p_state.source
        or stored.crm_modified_on is null
        or stored.crm_modified_on < item.crm_modified_on
      union all
      select 'contacts', item.crm_id, item.modified_on
      from jsonb_to_recordset(p_methods) as item (id bigint, crm_id text, modified_on text)
      left join lateral (
        select method.modified_on
        from public.servicetitan_contact_methods as method
        where method.workspace_id = p_state.workspace_id
          and method.source = p_state.source
          and method.crm_id = item.crm_id
          and method.id = item.id
        limit 1
      ) as stored on true
      where stored.modified_on is null
        or stored.modified_on < item.modified_on
    )
    select
      news.feed,
      array_agg(news.crm_id) as crm_ids,
      count(*) filter (where news.modified_on < v_read_until and not aside.yes) as misses,
      min(news.modified_on collate "C") filter (where not aside.yes) as oldest
    from news
    cross join lateral (
      select exists (
        select
        from public.servicetitan_sync_errors as error
        where error.workspace_id = p_state.workspace_id
          and error.source = p_state.source
          and error.crm_id = news.crm_id
      ) as yes
    ) as aside
    group by news.feed
  loop
    if v_news.feed = 'customers' then
      perform public.add_servicetitan_rechecks(p_state.workspace_id, p_state.source, v_news.crm_ids, 'newer', now());
    end if;
    update public.servicetitan_sync_runs set misses = misses + v_news.misses where instance_id = p_instance_id;
    perform public.lower_servicetitan_settled(p_state.workspace_id, p_instance_id, v_news.feed, v_news.oldest);
  end loop;
end
$$;

revoke all on function public.note_servicetitan_misses(public.servicetitan_sync_state, text, jsonb, jsonb) from public, anon, authenticated;
grant execute on function public.note_servicetitan_misses(public.servicetitan_sync_state, text, jsonb, jsonb) to service_role;

-- From schemas/5_contacts/note_servicetitan_rechecks.sql

-- What a recheck brought, beside its rows (R16): who was asked in this run, which stored methods the readings
-- lacked, and for which contacts nothing explains the phone or e-mail that they show. `p_rechecked` as in
-- sync_servicetitan_contacts, `p_shown` the contact methods read. Of a customer that was not read whole what
-- was read counts, and its reading counts as failed. settle_servicetitan_rechecks draws the conclusions at the
-- end of the run.
create function public.note_servicetitan_rechecks(
  p_workspace_id text,
  p_source text,
  p_instance_id text,
  p_rechecked jsonb,
  p_shown jsonb
)
returns void
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_answer record;
begin
  for v_answer in
    select
      item.witness,
      array_agg(distinct item.crm_id) as crm_ids,
      coalesce(array_agg(distinct item.crm_id) filter (where item.is_whole is not false), '{}') as whole
    from jsonb_to_recordset(p_rechecked) as item (crm_id text, witness text, is_whole boolean)
    group by item.witness
  loop
    perform public.note_servicetitan_methods_missing(
      p_workspace_id, p_source, p_shown, v_answer.crm_ids, v_answer.witness, true
    );

    update public.servicetitan_rechecks as recheck
    set
      read_in = case when v_answer.witness is not null then p_instance_id else recheck.read_in end,
      asked_at = case when is_whole.yes then now() else recheck.asked_at end,
      asked_in = case when is_whole.yes then p_instance_id else recheck.asked_in end,
      failures = case when is_whole.yes then 0 else recheck.failures end,
      failing_since = case when not is_whole.yes then recheck.failing_since end,
      phone_bare_since = case when bare.phone then coalesce(recheck.phone_bare_since, witnessed.at) end,
      phone_bare_from = case when bare.phone then coalesce(recheck.phone_bare_from, v_answer.witness) end,
      phone_bare_again_at = case
        when not bare.phone then null
        when recheck.phone_bare_from <> v_answer.witness and recheck.phone_bare_since <= now() - interval '15 minutes' then now()
        else recheck.phone_bare_again_at
      end,
      email_bare_since = case when bare.email then coalesce(recheck.email_bare_since, witnessed.at) end,
      email_bare_from = case when bare.email then coalesce(recheck.email_bare_from, v_answer.witness) end,
      email_bare_again_at = case
        when not bare.email then null
        when recheck.email_bare_from <> v_answer.witness and recheck.email_bare_since <= now() - interval '15 minutes' then now()
        else recheck.email_bare_again_at
      end
    from public.pick_servicetitan_contact_points(p_workspace_id, p_source, v_answer.crm_ids) as point
    cross join lateral (
      select
        coalesce(bool_or(contact.phone is not null and point.phone is null), false) as phone,
        coalesce(bool_or(contact.email is not null and point.email is null), false) as email
      from public.contacts as contact
      where contact.workspace_id = p_workspace_id
        and contact.crm_id = point.crm_id
        and contact.crm_source = p_source
    ) as bare
    cross join lateral (select point.crm_id = any (v_answer.whole) as yes) as is_whole
    cross join (select case when v_answer.witness is not null then now() end as at) as witnessed
    where recheck.workspace_id = p_workspace_id
      and recheck.source = p_source
      and recheck.crm_id = point.crm_id;
  end loop;
end
$$;

revoke all on function public.note_servicetitan_rechecks(text, text, text, jsonb, jsonb) from public, anon, authenticated;
grant execute on function public.note_servicetitan_rechecks(text, text, text, jsonb, jsonb) to service_role;

-- From schemas/5_contacts/note_servicetitan_refusal.sql

-- R2's exception: an older version of a customer or of one of its contact methods was refused. A stamp can be
-- wrong, and the source's own word is the truth, so the customer is asked for by id: 15 minutes later where
-- the stored stamp is in the future, else when a second run met the refusal. `p_modified_on` is the refused
-- version of the customer itself; null for a contact method, which keeps its own. Of several versions the oldest
-- is remembered: a customer that goes on changing is asked for no later for that.
create function public.note_servicetitan_refusal(
  p_workspace_id text,
  p_source text,
  p_crm_id text,
  p_modified_on text,
  p_instance_id text,
  p_is_certain boolean
)
returns void
language plpgsql
security invoker
set search_path = ''
as $$
begin
  insert into public.servicetitan_rechecks as stored
    (workspace_id, source, crm_id, why, due_at, refused_modified_on, refused_at, refused_in)
  values (
    p_workspace_id, p_source, p_crm_id, 'went_back',
    case when p_is_certain then now() + interval '15 minutes' else 'infinity' end,
    p_modified_on, case when p_modified_on is not null then now() end, p_instance_id
  )
  on conflict (workspace_id, source, crm_id) do update
  set
    why = 'went_back',
    due_at = least(
      stored.due_at,
      case when p_is_certain or stored.refused_in <> p_instance_id then now() + interval '15 minutes' else 'infinity' end
    ),
    refused_modified_on = least(p_modified_on, stored.refused_modified_on),
    refused_at = case when p_modified_on < stored.refused_modified_on then now() else coalesce(stored.refused_at, excluded.refused_at) end,
    refused_in = p_instance_id
  where (stored.why, stored.refused_modified_on, stored.refused_in)
    is distinct from ('went_back', least(p_modified_on, stored.refused_modified_on), p_instance_id)
    or p_is_certain and stored.due_at = 'infinity';
end
$$;

revoke all on function public.note_servicetitan_refusal(text, text, text, text, text, boolean) from public, anon, authenticated;
grant execute on function public.note_servicetitan_refusal(text, text, text, text, text, boolean) to service_role;

-- From schemas/5_contacts/pick_servicetitan_contact_points.sql

-- Chooses the phone and the e-mail of each customer (R25), by the rank of its methods: what is valid before what
-- is possible, MobilePhone before Phone, never Fax. Among equals the lowest id wins, so that the choice never
-- flaps between runs. A method counts while it is listed and not switched off (R9). Both are null for a customer
-- without any that is of use.
--
-- `phone_fields` and `email_fields` are the keys of `metadata.custom_fields` that go with the choice: its kind,
-- its consent, and where nothing is of use the text that was entered. Each is null where nothing is to be said. A
-- number or an address may be entered more than once: who said no to it once has said no.
create function public.pick_servicetitan_contact_points(p_workspace_id text, p_source text, p_crm_ids text[])
returns table (crm_id text, phone text, email text, phone_fields jsonb, email_fields jsonb)
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return query
  select
    wanted.crm_id,
    (best.phone).normalized,
    (best.email).normalized,
    jsonb_build_object(
      'phone_type', case when (best.phone).rank < 5 then (best.phone).type end,
      'phone_extension', (best.phone).extension,
      'phone_do_not_text', case when (best.phone).rank < 5 then refused.texts or (best.phone).do_not_text end,
      'phone_marketing', case when (best.phone).rank < 5 then not refused.calls and (best.phone).marketing end,
      'phone_as_entered', case when (best.phone).rank >= 5 then (best.phone).value end
    ),
    jsonb_build_object(
      'email_marketing', case when (best.email).rank < 5 then not refused.mails and (best.email).marketing end,
      'email_as_entered', case when (best.email).rank >= 5 then (best.email).value end
    )
  from (select distinct unnest(p_crm_ids) as crm_id) as wanted
  cross join lateral (
    select
      (array_agg(method order by method.rank, method.id) filter (where method.type <> 'Email'))[1] as phone,
      (array_agg(method order by method.rank, method.id) filter (where method.type = 'Email'))[1] as email
    from public.servicetitan_contact_methods as method
    where method.workspace_id = p_workspace_id
      and method.source = p_source
      and method.crm_id = wanted.crm_id
      and method.rank is not null
  ) as best
  cross join lateral (
    select
      coalesce(bool_or(method.type <> 'Email' and method.do_not_text), false) as texts,
      coalesce(bool_or(method.type <> 'Email' and not method.marketing), false) as calls,
      coalesce(bool_or(method.type = 'Email' and not method.marketing), false) as mails
    from public.servicetitan_contact_methods as method
    where method.workspace_id = p_workspace_id
      and method.source = p_source
      and method.crm_id = wanted.crm_id
      and method.rank is not null
      and (
        method.type <> 'Email' and method.normalized = (best.phone).normalized
        or method.type = 'Email' and lower(method.normalized) = lower((best.email).normalized)
      )
  ) as refused;
end
$$;

revoke all on function public.pick_servicetitan_contact_points(text, text, text[]) from public, anon, authenticated;
grant execute on function public.pick_servicetitan_contact_points(text, text, text[]) to service_role;

-- From schemas/5_contacts/put_servicetitan_contact_point.sql

-- Gives a contact of this source its phone and e-mail, and the fields of metadata that go with them. Answers
-- whether the row was written: where it differs, false says that a trigger, a rule or a policy of the product
-- passed it over (R22). `p_path`: see write_servicetitan_customers.
create function public.put_servicetitan_contact_point(
  p_workspace_id text,
  p_source text,
  p_crm_id text,
  p_phone text,
  p_email text,
  p_fields jsonb,
  p_path text
)
returns boolean
language plpgsql
security invoker
set search_path = ''
as $$
begin
  perform set_config('search_path', concat_ws(', ', 'pg_catalog', nullif(p_path, '')), true);
  update public.contacts
  set phone = p_phone, email = p_email, metadata = public.merge_servicetitan_fields(metadata, p_fields)
  where workspace_id = p_workspace_id
    and crm_id = p_crm_id
    and crm_source = p_source
    and (phone, email, metadata) is distinct from (p_phone, p_email, public.merge_servicetitan_fields(metadata, p_fields));
  return found;
end
$$;

revoke all on function public.put_servicetitan_contact_point(text, text, text, text, text, jsonb, text) from public, anon, authenticated;
grant execute on function public.put_servicetitan_contact_point(text, text, text, text, text, jsonb, text) to service_role;

-- From schemas/5_contacts/refresh_servicetitan_contact_points.sql

-- Brings phone and e-mail of contacts that exist, and the fields that go with them, to what their methods say
-- now (R9, R25). Answers {refreshed, set_aside}: the customers whose row changed, and [{crm_id, feed, reason}]
-- those whose row the product did not let change (R22). Customers that are not stored yet are left out: a first
-- sync reads contacts before customers. A contact whose phone or e-mail no method explains keeps it, unless
-- another one is known, and is rechecked either way (R16): our own rows may have been harmed. `p_path`: see
-- write_servicetitan_customers.
create function public.refresh_servicetitan_contact_points(
  p_workspace_id text,
  p_source text,
  p_crm_ids text[],
  p_path text default current_setting('search_path')
)
returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_point record;
  v_refreshed text[] := '{}';
  v_unbacked text[] := '{}';
  v_set_aside jsonb := '[]';
  -- A first sync reads the contacts before their customers: most are not here yet.
  v_stored text[] := array(
    select touched.crm_id
    from (select distinct unnest(p_crm_ids) as crm_id) as touched
    cross join lateral (
      select
      from public.contacts as contact
      where contact.workspace_id = p_workspace_id
        and contact.crm_id = touched.crm_id
        and contact.crm_source = p_source
      limit 1
    ) as stored
  );
begin
  if v_stored = '{}' then
    return '{"refreshed": [], "set_aside": []}';
  end if;
  for v_point in
    select
      point.crm_id,
      coalesce(point.phone, kept.phone) as phone,
      coalesce(point.email, kept.email) as email,
      num_nonnulls(kept.phone, kept.email) > 0 as is_unbacked,
      said.fields,
      (stored.phone, stored.email, stored.metadata) is distinct from (
        coalesce(point.phone, kept.phone), coalesce(point.email, kept.email),
        public.merge_servicetitan_fields(stored.metadata, said.fields)
      ) as differs
    from public.pick_servicetitan_contact_points(p_workspace_id, p_source, v_stored) as point
    cross join lateral (
      select contact.phone, contact.email, contact.metadata, coalesce(contact.metadata -> 'custom_fields', '{}') as fields
      from public.contacts as contact
      where contact.workspace_id = p_workspace_id
        and contact.crm_id = point.crm_id
        and contact.crm_source = p_source
      limit 1
    ) as stored
    cross join lateral (
      select
        case
          when stored.phone is distinct from point.phone
          then public.keep_servicetitan_contact_point(p_workspace_id, p_source, point.crm_id, stored.phone)
        end as phone,
        case
          when stored.email is distinct from point.email
          then public.keep_servicetitan_contact_point(p_workspace_id, p_source, point.crm_id, stored.email)
        end as email
    ) as kept
    -- What a contact keeps, it keeps with all that was said of it.
    cross join lateral (
      select
        case when kept.phone is null or point.phone is not null then point.phone_fields else '{}' end
          || case when kept.email is null or point.email is not null then point.email_fields else '{}' end as fields
    ) as said
    where (stored.phone, stored.email) is distinct from (point.phone, point.email)
      or not stored.fields @> (point.phone_fields || point.email_fields)
    order by point.crm_id
  loop
    if v_point.is_unbacked then
      v_unbacked := v_unbacked || v_point.crm_id;
    end if;
    continue when not v_point.differs;
    if public.put_servicetitan_contact_point(
      p_workspace_id, p_source, v_point.crm_id, v_point.phone, v_point.email, v_point.fields, p_path
    ) then
      v_refreshed := v_refreshed || v_point.crm_id;
    else
      v_set_aside := v_set_aside || jsonb_build_object(
        'crm_id', v_point.crm_id,
        'feed', 'contacts',
        'reason', 'contacts did not take its phone or e-mail: a trigger, a rule or a policy of your table passed it over'
      );
    end if;
  end loop;
  perform public.add_servicetitan_rechecks(p_workspace_id, p_source, v_unbacked, 'unbacked', now());
  return jsonb_build_object('refreshed', v_refreshed, 'set_aside', v_set_aside);
end
$$;

revoke all on function public.refresh_servicetitan_contact_points(text, text, text[], text) from public, anon, authenticated;
grant execute on function public.refresh_servicetitan_contact_points(text, text, text[], text) to service_role;

-- From schemas/5_contacts/renormalize_servicetitan_phones.sql

-- The second half of a chunk whose customers live in another country than their phones were graded for (R25).
-- `p_run` and `p_commit` are `run` and `commit` of the batch; `p_phones`: [{id, crm_id, usability, normalized,
-- extension, home_country, country_code}]. Answers {updated, set_aside}: how many contacts' phone changed, and
-- [{crm_id, feed, reason}], those whose row the product did not let change (R22). A repeated call leaves rows
-- alone that are already right (R11). `p_path`: see write_servicetitan_customers.
create function public.renormalize_servicetitan_phones(
  p_run jsonb,
  p_phones jsonb,
  p_commit jsonb,
  p_path text default current_setting('search_path')
)
returns jsonb
language plpgsql
security invoker
set search_path = ''
set enable_seqscan = off
set jit = off
as $$
declare
  v_phone record;
  v_state public.servicetitan_sync_state := public.hold_servicetitan_lease(
    p_run ->> 'workspace_id', p_run ->> 'instance_id', (p_run ->> 'fence')::bigint
  );
  v_part text := p_run ->> 'part';
  v_written jsonb;
  v_updated integer;
begin
  if (p_run ->> 'page')::integer < v_state.page then
    raise exception using errcode = 'PT409', message = 'page_out_of_order';
  elsif v_part is not null
    and ((p_run ->> 'page')::integer > v_state.page or not public.is_servicetitan_part_counted(v_state.parts, v_part))
  then
    raise exception using
      errcode = 'PT409',
      message = 'went_back',
      detail = 'The part whose phones these are is not there any more.';
  end if;

  for v_phone in
    select item.*
    from jsonb_to_recordset(p_phones) as item (
      id bigint, crm_id text, usability text, normalized text, extension text, home_country text, country_code text
    )
  loop
    update public.servicetitan_contact_methods
    set
      usability = v_phone.usability,
      normalized = v_phone.normalized,
      normalized_before = case when normalized is distinct from v_phone.normalized then coalesce(normalized, normalized_before) else normalized_before end,
      extension = v_phone.extension,
      home_country = v_phone.home_country,
      country_code = v_phone.country_code
    where workspace_id = v_state.workspace_id
      and source = v_state.source
      and crm_id = v_phone.crm_id
      and id = v_phone.id
      and (usability, normalized, extension, home_country, country_code) is distinct from (
        v_phone.usability, v_phone.normalized, v_phone.extension, v_phone.home_country, v_phone.country_code
      );
  end loop;

  v_written := public.refresh_servicetitan_contact_points(
    v_state.workspace_id,
    v_state.source,
    (select array_agg(distinct item.crm_id) from jsonb_to_recordset(p_phones) as item (crm_id text)),
    p_path
  );
  v_updated := jsonb_array_length(v_written -> 'refreshed');
  if v_written -> 'set_aside' <> '[]' then
    perform public.set_servicetitan_records_aside(
      v_state.workspace_id, v_state.source, v_state.run_instance_id, v_written -> 'set_aside'
    );
  end if;

  perform public.enter_servicetitan_reads(
    v_state,
    p_run ->> 'instance_id',
    (p_run ->> 'page')::integer,
    -- Of one part, and of none, there may be several such calls.
    concat(v_part, '~', p_phones #>> '{0,crm_id}'),
    'contacts',
    null,
    public.to_servicetitan_ids(array(select jsonb_array_elements_text(v_written -> 'refreshed'))),
    p_set_aside => public.to_servicetitan_ids(
      array(select item.crm_id from jsonb_to_recordset(v_written -> 'set_aside') as item (crm_id text))
    )
  );

  -- In the customer export the contact was created or changed by the batch itself, and is in the total by that.
  if v_state.initial_feed is distinct from 'customers' then
    update public.servicetitan_sync_state
    set total_customers_synced = total_customers_synced + v_updated
    where workspace_id = v_state.workspace_id;
  end if;

  update public.servicetitan_sync_state
  set parts = array(
    select held.part
    from unnest(parts) as held (part)
    where held.part <> v_part || '~'
      and held.part <> all (array(
        select v_part || '~' || item.crm_id from jsonb_to_recordset(p_phones) as item (crm_id text)
      ))
  )
  where workspace_id = v_state.workspace_id
    and v_part is not null
  returning parts into v_state.parts;

  -- As in sync_servicetitan_contacts, now that the phones are there.
  if p_run ? 'before' and v_part is not null and jsonb_typeof(p_commit) = 'object' then
    perform public.check_servicetitan_chunks(v_state.parts, substring(v_part from '^\d{1,6}')::integer + 1);
  end if;

  if jsonb_typeof(p_commit) = 'object' then
    perform public.commit_servicetitan_page(v_state.workspace_id, p_run ->> 'instance_id', v_state.fence, p_commit);
  end if;
  return jsonb_build_object('updated', v_updated, 'set_aside', v_written -> 'set_aside');
end
$$;

revoke all on function public.renormalize_servicetitan_phones(jsonb, jsonb, jsonb, text) from public, anon, authenticated;
grant execute on function public.renormalize_servicetitan_phones(jsonb, jsonb, jsonb, text) to service_role;

-- From schemas/5_contacts/save_servicetitan_tag_types.sql

-- Stores what ServiceTitan lists of tag types: [{id, name, active}]. Null: the app may not read them. Either way they
-- are asked for again in a day. One that is listed no longer stays, for customers may carry it. An identical row
-- is not written (R11).
create function public.save_servicetitan_tag_types(p_workspace_id text, p_source text, p_tag_types jsonb)
returns void
language plpgsql
security invoker
set search_path = ''
as $$
begin
  update public.servicetitan_sync_state
  set tag_types_asked_at = now(), tag_types_refused = jsonb_typeof(p_tag_types) <> 'array'
  where workspace_id = p_workspace_id;

  insert into public.servicetitan_tag_types as stored (workspace_id, source, id, name, active)
  select p_workspace_id, p_source, item.id, item.name, item.active
  from jsonb_to_recordset(case when jsonb_typeof(p_tag_types) = 'array' then p_tag_types else '[]' end)
    as item (id text, name text, active boolean)
  where not exists (
    select
    from public.servicetitan_tag_types as same
    where same.workspace_id = p_workspace_id
      and same.source = p_source
      and same.id = item.id
      and (same.name, same.active) = (item.name, item.active)
  )
  on conflict (workspace_id, source, id) do update
  set name = excluded.name, active = excluded.active;
end
$$;

revoke all on function public.save_servicetitan_tag_types(text, text, jsonb) from public, anon, authenticated;
grant execute on function public.save_servicetitan_tag_types(text, text, jsonb) to service_role;

-- From schemas/5_contacts/set_servicetitan_records_aside.sql

-- Puts records into the quarantine (R10). `p_records`: [{crm_id, feed, reason, sqlstate?, call_failed?}]. One
-- that is there already keeps its place, and counts an attempt for each run that met it.
create function public.set_servicetitan_records_aside(
  p_workspace_id text,
  p_source text,
  p_instance_id text,
  p_records jsonb
)
returns void
language plpgsql
security invoker
set search_path = ''
as $$
begin
  insert into public.servicetitan_sync_errors as stored (workspace_id, source, crm_id, feed, reason, sqlstate, call_failed, instance_id)
  select distinct on (item.crm_id, item.feed)
    p_workspace_id, p_source, item.crm_id, item.feed, item.reason, item.sqlstate, coalesce(item.call_failed, false), p_instance_id
  from jsonb_to_recordset(p_records) as item (crm_id text, feed text, reason text, sqlstate text, call_failed boolean)
  order by item.crm_id, item.feed
  on conflict (workspace_id, source, crm_id, feed) do update
  set
    reason = excluded.reason,
    sqlstate = excluded.sqlstate,
    call_failed = excluded.call_failed,
    instance_id = excluded.instance_id,
    attempts = stored.attempts + case when stored.instance_id = excluded.instance_id then 0 else 1 end,
    last_seen_at = now();
end
$$;

revoke all on function public.set_servicetitan_records_aside(text, text, text, jsonb) from public, anon, authenticated;
grant execute on function public.set_servicetitan_records_aside(text, text, text, jsonb) to service_role;

-- From schemas/5_contacts/sync_servicetitan_contacts.sql

-- Writes one chunk in one transaction: the way in for what the Edge Function has mapped. `p_batch`: {run:
-- {workspace_id, instance_id, fence, page, country, part, before?, closes?, expected?}, customers, contact_methods,
-- rejected, commit, retries_quarantined, reader?, rechecked, unreadable?, tag_types?, pass?}. `rechecked`: [{crm_id,
-- witness, is_whole}], the customers that the recheck list asked for; a witness of null is not believed, and one that was
-- not read whole failed (R16). `part` names the chunk, or some of its records (is_servicetitan_part_whole); it is counted
-- once, however often it is sent. `closes`: the chunk's records were written apart, and this call ends that.
-- `expected` is the number of customers in the window, `unreadable` in how many records a field could not be read
-- (R20), `country` the workspace's own one (R25). `reader`: 'settled' for what the settled reader shows (R17); `pass`:
-- which page of a comparison this is (R18).
--
-- Refused with PT409 'superseded' when the run does not hold the lease (R8), with PT409 'page_out_of_order' when
-- a later page was applied already (R2), and with PT409 'went_back' when the database does not hold the page
-- before, or what a commit stands for (R21).
--
-- Answers {created, updated, unchanged, stale, set_aside, renormalize, committed}. `set_aside`: [{crm_id, feed,
-- reason}], what contacts did not take (R22). Phones in `renormalize` were graded for another country than their
-- customer's, or than the workspace's. The commit then waits until
-- renormalize_servicetitan_phones brings them right, so that a crash in between repeats the page.
--
-- `p_path` is the search path that the Data API gives its calls: see write_servicetitan_customers.
--
-- `enable_seqscan` is off here and for all that it calls, and what it calls for a statement of its own is
-- PL/pgSQL. A session plans each statement once: a plan from a time when the tables were small would later
-- read a grown table through for every row. That reaches the product's triggers too, and a plan without a
-- sequential scan looks costly enough to be compiled, so `jit` is off beside it.
create function public.sync_servicetitan_contacts(
  p_batch jsonb,
  p_path text default current_setting('search_path')
)
returns jsonb
language plpgsql
security invoker
set search_path = ''
set enable_seqscan = off
set jit = off
as $$
declare
  v_run jsonb := p_batch -> 'run';
  v_workspace_id text := v_run ->> 'workspace_id';
  v_instance_id text := v_run ->> 'instance_id';
  v_fence bigint := (v_run ->> 'fence')::bigint;
  v_page integer := (v_run ->> 'page')::integer;
  v_part text := v_run ->> 'part';
  v_home text := v_run ->> 'country';
  v_customers jsonb := p_batch -> 'customers';
  v_methods jsonb := p_batch -> 'contact_methods';
  v_rejected jsonb := p_batch -> 'rejected';
  v_is_settled boolean := coalesce(p_batch ->> 'reader' = 'settled', false);
  v_state public.servicetitan_sync_state := public.hold_servicetitan_page(v_run);
  v_source text := v_state.source;
  v_is_new boolean;
  v_ids text[];
  v_reread text[];
  v_rechecked text[];
  v_touched text[] := '{}';
  v_counts jsonb := '{"created": 0, "updated": 0, "unchanged": 0, "stale": 0, "set_aside": []}';
  v_written jsonb;
  v_refreshed text[];
  v_refreshed_count integer;
  v_written_count bigint;
  v_is_begun boolean;
  v_new_methods integer := 0;
  v_set_aside jsonb;
  v_renormalize jsonb;
  v_parts text[];
  v_committed boolean := false;
  v_is_of_pass constant boolean := p_batch ? 'pass';
  v_before jsonb;
begin
  v_is_new := v_part is not null and not public.is_servicetitan_part_counted(v_state.parts, v_part);

  -- Some of its records are there: an attempt before wrote them apart, and did not come to its end.
  v_is_begun := v_is_new and exists (
    select from unnest(v_state.parts) as held (part) where starts_with(held.part, v_part || ':')
  );
  if v_is_new then
    v_new_methods := case
      when v_is_begun then public.count_servicetitan_new_methods(v_run, v_methods)
      else jsonb_array_length(v_methods)
    end;
  end if;

  select coalesce(array_agg(item.crm_id), '{}'), coalesce(array_agg(item.crm_id) filter (where item.methods_reread), '{}')
  into v_ids, v_reread
  from jsonb_to_recordset(v_customers) as item (crm_id text, methods_reread boolean);

  v_rechecked := array(select item.crm_id from jsonb_to_recordset(p_batch -> 'rechecked') as item (crm_id text));

  if v_is_of_pass then
    select jsonb_object_agg(contact.crm_id, to_jsonb(contact))
    into v_before
    from (
      select unnest(v_ids)
      union
      select item.crm_id from jsonb_to_recordset(v_methods) as item (crm_id text)
    ) as shown (crm_id)
    cross join lateral (
      select stored.*
      from public.contacts as stored
      where stored.workspace_id = v_workspace_id
        and stored.crm_id = shown.crm_id
      limit 1
    ) as contact;
  end if;

  if v_methods @? '$[*] ? (!exists(@.type) || !exists(@.value) || !exists(@.memo) || !exists(@.do_not_text) || !exists(@.marketing) || !exists(@.active))' then
    v_methods := public.fill_servicetitan_methods(v_workspace_id, v_source, v_methods);
  end if;
  if v_is_settled then
    perform public.note_servicetitan_misses(v_state, v_instance_id, v_customers, v_methods);
  end if;
  if v_methods <> '[]' then
    v_touched := public.write_servicetitan_contact_methods(v_workspace_id, v_source, v_methods, v_instance_id, v_rechecked);
  end if;
  if v_reread <> '{}' then
    perform public.note_servicetitan_methods_missing(
      v_workspace_id, v_source, v_methods, v_reread, 'list', false
    );
  end if;
  v_touched := v_touched || v_reread || v_rechecked;
  if v_ids <> '{}' then
    v_counts := public.write_servicetitan_customers(
      v_workspace_id, v_source, v_customers, v_instance_id, v_rechecked,
      -- What a pass asks for by id is written as it is.
      v_is_settled or coalesce(p_batch #>> '{pass,feed}' = 'customers', false),
      p_path
    );
  end if;

  v_renormalize := public.find_servicetitan_phones_to_grade(v_workspace_id, v_source, v_home, v_touched || v_ids);

  -- Those still to be graded are refreshed then, so that a contact's good number does not flap in between.
  v_written := public.refresh_servicetitan_contact_points(v_workspace_id, v_source, array(
    select unnest(v_touched)
    except
    select item.crm_id from jsonb_to_recordset(v_renormalize) as item (crm_id text)
  ), p_path);
  v_refreshed := array(select jsonb_array_elements_text(v_written -> 'refreshed'));
  v_refreshed_count := cardinality(v_refreshed);
  v_written_count := (v_counts ->> 'created')::bigint + (v_counts ->> 'updated')::bigint + v_refreshed_count;
  v_set_aside := (v_counts -> 'set_aside') || (v_written -> 'set_aside');
  v_rejected := v_rejected || v_set_aside;
  if v_rechecked <> '{}' then
    perform public.note_servicetitan_rechecks(v_workspace_id, v_source, v_instance_id, p_batch -> 'rechecked', v_methods);
  end if;

  if p_batch ? 'tag_types' then
    perform public.save_servicetitan_tag_types(v_workspace_id, v_source, p_batch -> 'tag_types');
  end if;

  -- R10: what a retry by id reads well leaves the quarantine; what is refused enters it.
  if (p_batch ->> 'retries_quarantined')::boolean then
    delete from public.servicetitan_sync_errors as error
    where error.workspace_id = v_workspace_id
      and error.source = v_source
      and error.crm_id = any (v_ids)
      and (error.feed = 'customers' or error.crm_id = any (v_reread))
      and not v_rejected @> jsonb_build_array(jsonb_build_object('crm_id', error.crm_id, 'feed', error.feed));
  end if;

  if v_rejected <> '[]' then
    perform public.set_servicetitan_records_aside(v_workspace_id, v_source, v_instance_id, v_rejected);
  end if;

  v_parts := public.enter_servicetitan_part(
    v_state.parts, v_part, v_renormalize <> '[]', v_run -> 'closes',
    array(select item.crm_id from jsonb_to_recordset(v_rejected) as item (crm_id text))
  );
  -- The commit may travel with a part of a chunk. So the chunk itself has to be whole by it, its phones apart,
  -- which the commit waits for.
  if v_run ? 'before' and jsonb_typeof(p_batch -> 'commit') = 'object' then
    perform public.check_servicetitan_chunks(
      v_parts, substring(v_part from '^\d{1,6}')::integer + case when v_renormalize = '[]' then 1 else 0 end
    );
  end if;

  if v_is_of_pass then
    perform public.note_servicetitan_pass(
      v_state, v_instance_id, p_batch || jsonb_build_object('rejected', v_rejected), coalesce(v_before, '{}'), v_counts -> 'ids',
      array(
        select jsonb_array_elements_text(nullif(v_counts #> '{ids,created}', 'null'))
        union
        select jsonb_array_elements_text(nullif(v_counts #> '{ids,updated}', 'null'))
        union
        select unnest(v_refreshed)
      )
    );
  end if;
  -- R18: whatever shows the customer says that it is there.
  if jsonb_typeof(v_counts #> '{ids,shown_again}') = 'array' then
    perform public.mark_servicetitan_missing(
      v_workspace_id, v_source, array(select jsonb_array_elements_text(v_counts #> '{ids,shown_again}')), null, p_path
    );
  end if;

  if jsonb_typeof(p_batch -> 'commit') = 'object' and v_renormalize = '[]' then
    perform public.commit_servicetitan_page(v_workspace_id, v_instance_id, v_fence, p_batch -> 'commit');
    v_committed := true;
  end if;

  -- A call that is repeated after all counts what it found to write.
  if v_is_new or v_written_count > 0 then
    perform public.log_servicetitan_reads(v_state, v_run, v_customers, v_rejected, v_counts -> 'ids', v_touched, v_refreshed);
  end if;

  update public.servicetitan_sync_runs
  set
    pages = greatest(pages, v_page),
    contact_methods = contact_methods + v_new_methods,
    expected = coalesce(expected, (v_run ->> 'expected')::bigint),
    unreadable_fields = case
      -- A pass counts its own: the same record may have come with the live pages of this run.
      when v_is_new and not v_is_of_pass and not v_is_begun and p_batch ? 'unreadable' then public.add_servicetitan_counts(unreadable_fields, p_batch -> 'unreadable')
      else unreadable_fields
    end
  where instance_id = v_instance_id;

  update public.servicetitan_sync_state
  set
    page = v_page,
    -- R25: what was graded first says for which country; another one has all phones graded anew.
    home_country = coalesce(home_country, v_home),
    parts = v_parts,
    total_customers_synced = total_customers_synced + v_written_count,
    updated_at = now()
  where workspace_id = v_workspace_id;

  return v_counts - 'ids'
    || jsonb_build_object(
      'set_aside', v_set_aside,
      'updated', (v_counts ->> 'updated')::bigint + v_refreshed_count,
      'renormalize', v_renormalize,
      'committed', v_committed
    );
end
$$;

revoke all on function public.sync_servicetitan_contacts(jsonb, text) from public, anon, authenticated;
grant execute on function public.sync_servicetitan_contacts(jsonb, text) to service_role;

-- From schemas/5_contacts/sync_servicetitan_records_apart.sql

-- Writes the records of a chunk that was refused, each for itself (R10). `p_batch` is as
-- sync_servicetitan_contacts takes it, without records; `p_items`: [{customers, contact_methods, rechecked}], a
-- record each. `run` says which of its part's records they are: `from`, counted from 0, and `of` how many. The
-- part's name with that range is entered in the state, so that a later call can see that they are there (R21). First 25 together, in a subtransaction of their own; where that is refused, each of them in one
-- of its own. So 500 bad records take one call and not 1,000.
--
-- Answers {created, updated, unchanged, stale, renormalize, set_aside, refused: [{at, sqlstate, message, inside}]};
-- `at` is the place in `p_items`, `inside` the product's function that failed, null where none did (R23). What is the database's or the run's own fault is raised. A statement timeout is not
-- caught at all. `message` may quote values: it is for the Edge Function, which reads the names of rules in it.
create function public.sync_servicetitan_records_apart(
  p_batch jsonb,
  p_items jsonb,
  p_path text default current_setting('search_path')
)
returns jsonb
language plpgsql
security invoker
set search_path = ''
set enable_seqscan = off
set jit = off
as $$
declare
  v_together constant integer := 25;
  v_run jsonb := p_batch -> 'run';
  v_part text := v_run ->> 'part';
  v_first integer := coalesce((v_run ->> 'from')::integer, 0);
  v_of integer := coalesce((v_run ->> 'of')::integer, jsonb_array_length(p_items));
  v_whole text := format('%s:%s-%s/%s', v_part, v_first, v_first + jsonb_array_length(p_items) - 1, v_of);
  v_state public.servicetitan_sync_state;
  v_total jsonb := '{"created": 0, "updated": 0, "unchanged": 0, "stale": 0}';
  v_renormalize jsonb := '[]';
  v_set_aside jsonb := '[]';
  v_refused jsonb := '[]';
  v_context text;
  v_from integer := 0;
  v_to integer;
  v_size integer := v_together;
  v_written jsonb;
begin
  while v_from < jsonb_array_length(p_items) loop
    v_to := least(v_from + v_size, jsonb_array_length(p_items));
    begin
      v_written := public.sync_servicetitan_contacts(
        p_batch
        || jsonb_build_object(
          'run', v_run || jsonb_build_object('part', format('%s:%s-%s/%s', v_whole, v_from, v_to - 1, jsonb_array_length(p_items))),
          'customers', jsonb_path_query_array(p_items, '$[$from to $last].customers[*]', jsonb_build_object('from', v_from, 'last', v_to - 1)),
          'contact_methods', jsonb_path_query_array(p_items, '$[$from to $last].contact_methods[*]', jsonb_build_object('from', v_from, 'last', v_to - 1)),
          'rechecked', jsonb_path_query_array(p_items, '$[$from to $last].rechecked[*]', jsonb_build_object('from', v_from, 'last', v_to - 1))
        ),
        p_path
      );
      v_total := (
        select jsonb_object_agg(count.key, count.value::bigint + (v_written ->> count.key)::bigint)
        from jsonb_each_text(v_total) as count
      );
      v_renormalize := v_renormalize || (v_written -> 'renormalize');
      v_set_aside := v_set_aside || (v_written -> 'set_aside');
    exception
      when others then
        if public.is_servicetitan_outage(sqlstate, sqlerrm) then
          raise;
        end if;
        if v_to - v_from > 1 then
          v_size := 1;
          continue;
        end if;
        get stacked diagnostics v_context = pg_exception_context;
        v_refused := v_refused || jsonb_build_object(
          'at', v_from, 'sqlstate', sqlstate, 'message', sqlerrm, 'inside', public.find_servicetitan_culprit(v_context)
        );
    end;
    v_from := v_to;
    -- Together again from the next boundary on.
    if v_from % v_together = 0 then
      v_size := v_together;
    end if;
  end loop;

  -- Where all are refused, nothing has entered the page yet.
  v_state := public.hold_servicetitan_page(v_run);
  update public.servicetitan_sync_state
  set
    page = v_state.page,
    parts = public.enter_servicetitan_part(v_state.parts, v_whole, false, null, null) || array(
      select distinct v_whole || '~' || (phone.value ->> 'crm_id') from jsonb_array_elements(v_renormalize) as phone
    )
  where workspace_id = v_state.workspace_id;
  return v_total || jsonb_build_object('renormalize', v_renormalize, 'set_aside', v_set_aside, 'refused', v_refused);
end
$$;

revoke all on function public.sync_servicetitan_records_apart(jsonb, jsonb, text) from public, anon, authenticated;
grant execute on function public.sync_servicetitan_records_apart(jsonb, jsonb, text) to service_role;

-- From schemas/5_contacts/tell_servicetitan_outcomes.sql

-- What became of the customers of a chunk (R22): each in one of created, updated, unchanged, stale and set aside,
-- so that the counts add up to what was sent. `p_tried`: [{crm_id, crm_modified_on, outcome, is_unbacked,
-- is_of_balance, was_missing}], with the outcome as the write saw it; `p_confirmed`: those whose older version was to be written (R2).
--
-- The write is not believed, because a trigger, a rule or a policy of the product may have passed a row over or
-- kept the old one. So contacts is asked for each row that should have been written. No row, or an older
-- version: the customer is set aside. The same version with other content is how a trigger rewrites: that is
-- unchanged.
create function public.tell_servicetitan_outcomes(p_workspace_id text, p_source text, p_tried jsonb, p_confirmed text[])
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select jsonb_build_object(
      'created', count(*) filter (where told.outcome = 'created'),
      'updated', count(*) filter (where told.outcome = 'updated'),
      'unchanged', count(*) filter (where told.outcome = 'unchanged'),
      'stale', count(*) filter (where told.outcome = 'stale'),
      'ids', jsonb_build_object(
        'created', jsonb_agg(tried.crm_id) filter (where told.outcome = 'created'),
        'updated', jsonb_agg(tried.crm_id) filter (where told.outcome = 'updated'),
        'unchanged', jsonb_agg(tried.crm_id) filter (where told.outcome = 'unchanged'),
        'stale', jsonb_agg(tried.crm_id) filter (where told.outcome = 'stale'),
        'unbacked', jsonb_agg(tried.crm_id) filter (where tried.is_unbacked),
        'balance', jsonb_agg(tried.crm_id) filter (where tried.is_of_balance),
        -- R18: they differ, and a trigger of the product keeps them so.
        'kept', jsonb_agg(tried.crm_id) filter (where tried.outcome = 'passed_over' and told.outcome = 'unchanged'),
        'shown_again', jsonb_agg(tried.crm_id) filter (where tried.was_missing and told.outcome <> 'foreign')
      ),
      'set_aside', coalesce(jsonb_agg(jsonb_build_object(
        'crm_id', tried.crm_id,
        'feed', 'customers',
        'reason', case told.outcome
          when 'foreign' then 'Another system has written its row (crm_source), which the sync does not overwrite: delete the row, or set its crm_source to null to hand it over'
          when 'no_row' then 'contacts has no row of it after the write: a trigger, a rule or a policy of your table passed it over'
          else 'contacts has an older version of it after the write: a trigger, a rule or a policy of your table kept that'
        end
      )) filter (where told.outcome in ('foreign', 'no_row', 'older')), '[]')
    )
    from jsonb_to_recordset(p_tried) as tried (crm_id text, crm_modified_on text, outcome text, is_unbacked boolean, is_of_balance boolean, was_missing boolean)
    left join lateral (
      select contact.crm_id, contact.crm_source, contact.crm_modified_on
      from public.contacts as contact
      where contact.workspace_id = p_workspace_id
        and contact.crm_id = tried.crm_id
        and tried.outcome in ('created', 'updated', 'passed_over')
      limit 1
    ) as kept on true
    cross join lateral (
      select case
        when tried.outcome in ('foreign', 'unchanged', 'stale') then tried.outcome
        when kept.crm_id is null then 'no_row'
        when kept.crm_source is distinct from p_source
          or kept.crm_modified_on is null
          or kept.crm_modified_on < tried.crm_modified_on
          or kept.crm_modified_on <> tried.crm_modified_on and tried.crm_id = any (p_confirmed)
        then 'older'
        when tried.outcome = 'passed_over' then 'unchanged'
        else tried.outcome
      end as outcome
    ) as told
  );
end
$$;

revoke all on function public.tell_servicetitan_outcomes(text, text, jsonb, text[]) from public, anon, authenticated;
grant execute on function public.tell_servicetitan_outcomes(text, text, jsonb, text[]) to service_role;

-- From schemas/5_contacts/write_servicetitan_contact_methods.sql

-- Writes phones and e-mails (R9) and answers the customers they touch. A contact is stored under each customer
-- that it is shown with: ServiceTitan lets several customers share one.
--
-- A row of the export feed carries `active`. It overrules the list at an equal modifiedOn, because only the
-- feed shows a contact that was switched off. The feed does not know the customer's country, so a number that
-- it repeats keeps what it was found to be (R25). A row of the list says that the method is listed. A row of the feed
-- says so when it is newer; else a method that is held as gone stays so, and its customer is rechecked (R16).
-- Also rechecked are both customers of a contact that is new under one and listed under another.
--
-- An older modifiedOn never replaces a newer one (R2), but where a recheck (`p_rechecked`) brings a version that
-- is not older than the one refused 15 minutes ago or more: then ServiceTitan means it, and a list that shows it
-- shows it switched on. An identical row is not even locked (R11). Rows are looked up by key in lateral subqueries with a limit: the planner can't turn those into a
-- join over the whole workspace, which it did while the tables had no statistics.
create function public.write_servicetitan_contact_methods(
  p_workspace_id text,
  p_source text,
  p_methods jsonb,
  p_instance_id text,
  p_rechecked text[]
)
returns text[]
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_method record;
  v_touched text[] := '{}';
  v_unlisted text[] := '{}';
  v_shared text[] := '{}';
  v_confirmed text[] := '{}';
  v_has_older boolean;
  v_now text := public.format_servicetitan_instant(now());
begin
  select
    coalesce(array_agg(distinct item.crm_id), '{}'),
    -- Both customers of a contact that is new under one of them.
    coalesce(array_agg(distinct item.crm_id) filter (where other.crm_id is not null), '{}')
      || coalesce(array_agg(distinct other.crm_id) filter (where other.crm_id is not null), '{}'),
    coalesce(array_agg(distinct item.crm_id) filter (
      where item.active is not null and not stored.listed and stored.modified_on >= item.modified_on
    ), '{}'),
    coalesce(array_agg(item.crm_id || '/' || item.id) filter (
      where stored.modified_on > item.modified_on
        and stored.refused_modified_on <= item.modified_on
        and stored.refused_at <= now() - interval '15 minutes'
        and item.crm_id = any (p_rechecked)
    ), '{}'),
    coalesce(bool_or(stored.modified_on > item.modified_on), false)
  into v_touched, v_shared, v_unlisted, v_confirmed, v_has_older
  from jsonb_to_recordset(p_methods) as item (id bigint, crm_id text, active boolean, modified_on text)
  left join lateral (
    select method.id, method.listed, method.modified_on, method.refused_modified_on, method.refused_at
    from public.servicetitan_contact_methods as method
    where method.workspace_id = p_workspace_id
      and method.source = p_source
      and method.crm_id = item.crm_id
      and method.id = item.id
    limit 1
  ) as stored on true
  left join lateral (
    select method.crm_id
    from public.servicetitan_contact_methods as method
    where method.workspace_id = p_workspace_id
      and method.source = p_source
      and method.id = item.id
      and method.crm_id <> item.crm_id
      and method.listed
      and stored.id is null
    limit 1
  ) as other on true;

  with item as (
    select distinct on (item.crm_id, item.id) item.*
    from rows from (jsonb_to_recordset(p_methods) as (
      id bigint, crm_id text, type text, value text, usability text, normalized text, extension text, home_country text,
      country_code text, memo text, do_not_text boolean, marketing boolean, active boolean, modified_on text
    )) with ordinality as item (
      id, crm_id, type, value, usability, normalized, extension, home_country, country_code, memo, do_not_text, marketing, active,
      modified_on, position
    )
    order by item.crm_id, item.id, item.modified_on collate "C" desc, item.position desc
  ),
  resolved as (
    select
      item.id,
      item.crm_id,
      item.type,
      item.value,
      case when is_repeated.yes then stored.usability else item.usability end as usability,
      case when is_repeated.yes then stored.normalized else item.normalized end as normalized,
      case
        when is_repeated.yes or stored.normalized is not distinct from item.normalized then stored.normalized_before
        else coalesce(stored.normalized, stored.normalized_before)
      end as normalized_before,
      case when is_repeated.yes then stored.extension else item.extension end as extension,
      item.home_country,
      case when is_repeated.yes then stored.country_code else item.country_code end as country_code,
      item.memo,
      item.do_not_text,
      item.marketing,
      case when item.active is not null or is_newer.yes or is_confirmed.yes then item.active else stored.active end as active,
      item.active is null or is_newer.yes or stored.listed as listed,
      item.modified_on,
      stored.whole as before
    from item
    left join lateral (
      select method.*, method as whole
      from public.servicetitan_contact_methods as method
      where method.workspace_id = p_workspace_id
        and method.source = p_source
        and method.crm_id = item.crm_id
        and method.id = item.id
      limit 1
    ) as stored on true
    cross join lateral (select stored.id is null or item.modified_on > stored.modified_on as yes) as is_newer
    cross join lateral (select item.crm_id || '/' || item.id = any (v_confirmed) as yes) as is_confirmed
    cross join lateral (
      select (item.active is not null or item.crm_id = any (p_rechecked))
        and (stored.type, stored.value, stored.home_country) is not distinct from (item.type, item.value, item.home_country) as yes
    ) as is_repeated
    -- R2 with its exception, and R11: what is identical is not even locked.
    where stored.id is null
      or stored.modified_on <= item.modified_on
      or is_confirmed.yes
  )
  insert into public.servicetitan_contact_methods as stored
    (
      workspace_id, source, id, crm_id, type, value, usability, normalized, normalized_before, extension, home_country, country_code,
      memo, do_not_text, marketing, active, listed, modified_on
    )
  select
    p_workspace_id, p_source, resolved.id, resolved.crm_id, resolved.type, resolved.value, resolved.usability, resolved.normalized,
    resolved.normalized_before, resolved.extension, resolved.home_country, resolved.country_code, resolved.memo, resolved.do_not_text,
    resolved.marketing, resolved.active, resolved.listed, resolved.modified_on
  from resolved
  where (resolved.before).id is null
    or (
      (resolved.before).type, (resolved.before).value, (resolved.before).usability, (resolved.before).normalized,
      (resolved.before).extension, (resolved.before).home_country, (resolved.before).country_code, (resolved.before).memo,
      (resolved.before).do_not_text, (resolved.before).marketing, (resolved.before).active, (resolved.before).listed,
      (resolved.before).modified_on
    ) is distinct from (
      resolved.type, resolved.value, resolved.usability, resolved.normalized, resolved.extension, resolved.home_country,
      resolved.country_code, resolved.memo, resolved.do_not_text, resolved.marketing, resolved.active, resolved.listed,
      resolved.modified_on
    )
  on conflict (workspace_id, source, crm_id, id) do update
  set
    type = excluded.type,
    value = excluded.value,
    usability = excluded.usability,
    normalized = excluded.normalized,
    normalized_before = excluded.normalized_before,
    extension = excluded.extension,
    home_country = excluded.home_country,
    country_code = excluded.country_code,
    memo = excluded.memo,
    do_not_text = excluded.do_not_text,
    marketing = excluded.marketing,
    active = excluded.active,
    listed = excluded.listed,
    -- A newer row shows the method, whoever lacked it. One that is switched off is in no list.
    missing_since = case when excluded.modified_on > stored.modified_on or not excluded.active then null else stored.missing_since end,
    missing_from = case when excluded.modified_on > stored.modified_on or not excluded.active then null else stored.missing_from end,
    missing_again_at = case when excluded.modified_on > stored.modified_on or not excluded.active then null else stored.missing_again_at end,
    modified_on = excluded.modified_on,
    refused_modified_on = null,
    refused_at = null;

  -- R2: what the guard refuses is noted, and looked into.
  for v_method in
    select stored.id, stored.crm_id, item.modified_on, stored.modified_on > v_now as is_in_future
    from (
      select item.id, item.crm_id, max(item.modified_on collate "C") as modified_on
      from jsonb_to_recordset(p_methods) as item (id bigint, crm_id text, modified_on text)
      group by item.id, item.crm_id
    ) as item
    cross join lateral (
      select method.*
      from public.servicetitan_contact_methods as method
      where method.workspace_id = p_workspace_id
        and method.source = p_source
        and method.crm_id = item.crm_id
        and method.id = item.id
      limit 1
    ) as stored
    -- The first sync has none, and looks no row up for it.
    where v_has_older
      and stored.modified_on > item.modified_on
  loop
    update public.servicetitan_contact_methods
    set refused_modified_on = v_method.modified_on, refused_at = now()
    where workspace_id = p_workspace_id
      and source = p_source
      and crm_id = v_method.crm_id
      and id = v_method.id
      -- A newer one that is refused too leaves the time at which the matter came up.
      and coalesce(refused_modified_on > v_method.modified_on, true);
    perform public.note_servicetitan_refusal(
      p_workspace_id, p_source, v_method.crm_id, null, p_instance_id, v_method.is_in_future
    );
  end loop;

  update public.servicetitan_rechecks
  set ask_again = true
  where workspace_id = p_workspace_id
    and source = p_source
    and crm_id in (select split_part(confirmed.name, '/', 1) from unnest(v_confirmed) as confirmed (name));
  perform public.add_servicetitan_rechecks(p_workspace_id, p_source, v_shared, 'shared', now());
  perform public.add_servicetitan_rechecks(p_workspace_id, p_source, v_unlisted, 'unlisted', now());
  return v_touched;
end
$$;

revoke all on function public.write_servicetitan_contact_methods(text, text, jsonb, text, text[]) from public, anon, authenticated;
grant execute on function public.write_servicetitan_contact_methods(text, text, jsonb, text, text[]) to service_role;

-- From schemas/5_contacts/write_servicetitan_customers.sql

-- Upserts customers into contacts. Answers {created, updated, unchanged, stale, ids, set_aside}: four counts,
-- under `ids` the customers behind each, and as `set_aside` [{crm_id, feed, reason}] those that contacts did not
-- take (R22, tell_servicetitan_outcomes).
--
-- A customer that the chunk repeats is folded to its newest version. An older modifiedOn never replaces a
-- newer one of the same source (R2), but where a recheck (`p_rechecked`) brings a version that is not older
-- than the one refused 15 minutes ago or more. A row of another tenant guards nothing (R3), one of another system
-- is not overwritten (R23). An identical row is not written (R11).
-- Phone and e-mail, and the fields that go with them, come from the customer's stored methods
-- (pick_servicetitan_contact_points). A row of this source keeps one that no method explains, and its customer
-- is rechecked (R16).
--
-- What the settled reader shows (`p_is_settled`) may be 15 minutes old, and a balance moves without its stamp. So
-- a row of its that differs at an equal stamp in the balance alone is not written: its customer is asked for by
-- id (R2).
--
-- A column, or a key of custom_fields, that a row lacks could not be read: the stored value stays (R20).
-- Where none is stored, or that of another source, it is null; `active` is then true and `name` empty.
--
-- `p_path` is the search path of the Data API. The one statement that writes contacts runs under it, because
-- the product's triggers, checks and defaults do so when the product writes (R23).
create function public.write_servicetitan_customers(
  p_workspace_id text,
  p_source text,
  p_customers jsonb,
  p_instance_id text,
  p_rechecked text[],
  p_is_settled boolean default false,
  p_path text default current_setting('search_path')
)
returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  -- R23: what another run of this product left, of whatever tenant.
  v_ours constant text := '^(production|integration)/[0-9]+$';
  v_tried jsonb;
  v_outcomes jsonb;
  -- Columns that a row may lack, and keys of custom_fields.
  v_columns text[] := array[
    'name', 'active', 'merged_to_crm_id', 'address_street', 'address_unit', 'address_city', 'address_state', 'address_zip',
    'address_country', 'address_country_code', 'address_latitude', 'address_longitude'
  ];
  v_no_fields jsonb := '{
    "customer_type": null, "balance": null, "tax_exempt": null, "do_not_mail": null, "do_not_service": null,
    "national_account": null, "tag_type_ids": null, "created_on": null, "payment_term_id": null, "credit_limit": null,
    "credit_limit_balance": null, "servicetitan_fields": null, "external_data": null
  }';
  v_stale record;
  v_confirmed text[] := '{}';
begin
  if p_rechecked <> '{}' then
    v_confirmed := array(
      select recheck.crm_id
      from jsonb_to_recordset(p_customers) as item (crm_id text, crm_modified_on text)
      join public.servicetitan_rechecks as recheck
        on recheck.workspace_id = p_workspace_id and recheck.source = p_source and recheck.crm_id = item.crm_id
      join public.contacts as contact
        on contact.workspace_id = p_workspace_id and contact.crm_id = item.crm_id and contact.crm_modified_on > item.crm_modified_on
      where recheck.crm_id = any (p_rechecked)
        and recheck.refused_modified_on <= item.crm_modified_on
        and recheck.refused_at <= now() - interval '15 minutes'
    );
  end if;

  perform set_config('search_path', concat_ws(', ', 'pg_catalog', nullif(p_path, '')), true);
  with customer as (
    select distinct on (item.crm_id)
      item.*,
      case when not item.given ?& v_columns then item.given end as lacking
    from rows from (jsonb_to_recordset(p_customers) as (
      crm_id text, name text, active boolean, merged_to_crm_id text, crm_modified_on text, address_street text, address_unit text,
      address_city text, address_state text, address_zip text, address_country text, address_country_code text,
      address_latitude double precision, address_longitude double precision, custom_fields jsonb
    ), jsonb_array_elements(p_customers)) with ordinality as item (
      crm_id, name, active, merged_to_crm_id, crm_modified_on, address_street, address_unit, address_city, address_state, address_zip,
      address_country, address_country_code, address_latitude, address_longitude, custom_fields, given, position
    )
    order by item.crm_id, item.crm_modified_on collate "C" desc, item.position desc
  ),
  -- Only what differs goes on to the upsert: a row that "on conflict" leaves alone is locked all the same, and logged (R11).
  compared as materialized (
    select
      customer.crm_id,
      customer.crm_modified_on,
      resolved.*,
      -- R16: a phone or an e-mail that no method explains stays, or gives way to one that is known.
      stored.crm_source = p_source and (
        case
          when stored.phone is distinct from point.phone
          then public.keep_servicetitan_contact_point(p_workspace_id, p_source, customer.crm_id, stored.phone) is not null
          else false
        end
        or case
          when stored.email is distinct from point.email
          then public.keep_servicetitan_contact_point(p_workspace_id, p_source, customer.crm_id, stored.email) is not null
          else false
        end
      ) as is_unbacked,
      stored.crm_modified_on as stored_modified_on,
      stored.crm_id is not null as was_stored,
      stored.crm_missing_since is not null as was_missing,
      is_foreign.yes as is_foreign,
      stored.crm_id is null
        or not is_foreign.yes
        and (
          -- R2, R3
          (
            stored.crm_source is distinct from p_source
            or stored.crm_modified_on is null
            or stored.crm_modified_on <= customer.crm_modified_on
            or customer.crm_id = any (v_confirmed)
          )
          and (
            stored.crm_source, stored.name, stored.email, stored.phone, stored.address_street, stored.address_unit,
            stored.address_city, stored.address_state, stored.address_zip, stored.address_country, stored.address_country_code,
            stored.address_latitude, stored.address_longitude, stored.active, stored.merged_to_crm_id, stored.crm_modified_on,
            stored.metadata
          ) is distinct from (
            p_source, resolved.name, resolved.email, resolved.phone, resolved.address_street, resolved.address_unit,
            resolved.address_city, resolved.address_state, resolved.address_zip, resolved.address_country,
            resolved.address_country_code, resolved.address_latitude, resolved.address_longitude, resolved.active,
            resolved.merged_to_crm_id, customer.crm_modified_on,
            public.merge_servicetitan_fields(stored.metadata, resolved.custom_fields)
          )
        ) as differs,
      p_is_settled
        and stored.crm_modified_on = customer.crm_modified_on
        and (
          stored.crm_source, stored.name, stored.email, stored.phone, stored.address_street, stored.address_unit,
          stored.address_city, stored.address_state, stored.address_zip, stored.address_country, stored.address_country_code,
          stored.address_latitude, stored.address_longitude, stored.active, stored.merged_to_crm_id, stored.metadata
        ) is not distinct from (
          p_source, resolved.name, resolved.email, resolved.phone, resolved.address_street, resolved.address_unit,
          resolved.address_city, resolved.address_state, resolved.address_zip, resolved.address_country,
          resolved.address_country_code, resolved.address_latitude, resolved.address_longitude, resolved.active,
          resolved.merged_to_crm_id,
          public.merge_servicetitan_fields(stored.metadata, resolved.custom_fields - array['balance', 'credit_limit_balance'])
        ) as differs_in_balance
    from customer
    left join public.pick_servicetitan_contact_points(
      p_workspace_id, p_source, (select array_agg(customer.crm_id) from customer)
    ) as point using (crm_id)
    left join lateral (
      select contact.*
      from public.contacts as contact
      where contact.workspace_id = p_workspace_id
        and contact.crm_id = customer.crm_id
      limit 1
    ) as stored on true
    -- R23: a row without a source is adopted.
    cross join lateral (
      select coalesce(stored.crm_source, '') not in ('', p_source) and stored.crm_source !~ v_ours as yes
    ) as is_foreign
    -- R20: what stays. Nothing of what another source has left, which is somebody else's (R3).
    left join lateral (
      select
        case when not customer.lacking ? 'name' then stored.name end as name,
        case when not customer.lacking ? 'active' then stored.active end as active,
        case when not customer.lacking ? 'merged_to_crm_id' then stored.merged_to_crm_id end as merged_to_crm_id,
        case when not customer.lacking ? 'address_street' then stored.address_street end as address_street,
        case when not customer.lacking ? 'address_unit' then stored.address_unit end as address_unit,
        case when not customer.lacking ? 'address_city' then stored.address_city end as address_city,
        case when not customer.lacking ? 'address_state' then stored.address_state end as address_state,
        case when not customer.lacking ? 'address_zip' then stored.address_zip end as address_zip,
        case when not customer.lacking ? 'address_country' then stored.address_country end as address_country,
        case when not customer.lacking ? 'address_country_code' then stored.address_country_code end as address_country_code,
        case when not customer.lacking ? 'address_latitude' then stored.address_latitude end as address_latitude,
        case when not customer.lacking ? 'address_longitude' then stored.address_longitude end as address_longitude
      where customer.lacking is not null
        and coalesce(stored.crm_source, p_source) = p_source
    ) as kept on true
    -- R16: what stays, with its own fields. What another source has left does not (R3).
    cross join lateral (
      select
        case
          when point.phone is null and stored.phone is not null and stored.crm_source = p_source
          then public.keep_servicetitan_contact_point(p_workspace_id, p_source, customer.crm_id, stored.phone)
        end as phone,
        case
          when point.email is null and stored.email is not null and stored.crm_source = p_source
          then public.keep_servicetitan_contact_point(p_workspace_id, p_source, customer.crm_id, stored.email)
        end as email
    ) as unbacked
    cross join lateral (
      select
        coalesce(customer.name, kept.name, '') as name,
        coalesce(customer.active, kept.active, true) as active,
        coalesce(customer.merged_to_crm_id, kept.merged_to_crm_id) as merged_to_crm_id,
        coalesce(customer.address_street, kept.address_street) as address_street,
        coalesce(customer.address_unit, kept.address_unit) as address_unit,
        coalesce(customer.address_city, kept.address_city) as address_city,
        coalesce(customer.address_state, kept.address_state) as address_state,
        coalesce(customer.address_zip, kept.address_zip) as address_zip,
        coalesce(customer.address_country, kept.address_country) as address_country,
        coalesce(customer.address_country_code, kept.address_country_code) as address_country_code,
        coalesce(customer.address_latitude, kept.address_latitude) as address_latitude,
        coalesce(customer.address_longitude, kept.address_longitude) as address_longitude,
        case when stored.crm_id is null or stored.crm_source <> p_source then v_no_fields else '{}' end
          || coalesce(customer.custom_fields, '{}')
          || case when unbacked.phone is null then point.phone_fields else '{}' end
          || case when unbacked.email is null then point.email_fields else '{}' end as custom_fields,
        coalesce(point.phone, unbacked.phone) as phone,
        coalesce(point.email, unbacked.email) as email
    ) as resolved
  ),
  written as (
    insert into public.contacts as stored (
      workspace_id, crm_id, crm_source, name, email, phone, address_street, address_unit, address_city, address_state, address_zip,
      address_country, address_country_code, address_latitude, address_longitude, active, merged_to_crm_id, crm_modified_on, metadata
    )
    select
      p_workspace_id, compared.crm_id, p_source, compared.name, compared.email, compared.phone, compared.address_street,
      compared.address_unit, compared.address_city, compared.address_state, compared.address_zip, compared.address_country,
      compared.address_country_code, compared.address_latitude, compared.address_longitude, compared.active,
      compared.merged_to_crm_id, compared.crm_modified_on, jsonb_build_object('custom_fields', compared.custom_fields)
    from compared
    where compared.differs
      and not compared.differs_in_balance
    on conflict (workspace_id, crm_id) do update
    set
      crm_source = excluded.crm_source,
      name = excluded.name,
      email = excluded.email,
      phone = excluded.phone,
      address_street = excluded.address_street,
      address_unit = excluded.address_unit,
      address_city = excluded.address_city,
      address_state = excluded.address_state,
      address_zip = excluded.address_zip,
      address_country = excluded.address_country,
      address_country_code = excluded.address_country_code,
      address_latitude = excluded.address_latitude,
      address_longitude = excluded.address_longitude,
      active = excluded.active,
      merged_to_crm_id = excluded.merged_to_crm_id,
      crm_modified_on = excluded.crm_modified_on,
      metadata = public.merge_servicetitan_fields(stored.metadata, excluded.metadata -> 'custom_fields')
    -- Once more, after the product's own triggers have had their say: one that rewrites a column must not make the row
    -- differ on every run.
    where (coalesce(stored.crm_source, '') in ('', excluded.crm_source) or stored.crm_source ~ v_ours) and (
      stored.crm_source, stored.name, stored.email, stored.phone, stored.address_street, stored.address_unit, stored.address_city,
      stored.address_state, stored.address_zip, stored.address_country, stored.address_country_code, stored.address_latitude,
      stored.address_longitude, stored.active, stored.merged_to_crm_id, stored.crm_modified_on, stored.metadata
    ) is distinct from (
      excluded.crm_source, excluded.name, excluded.email, excluded.phone, excluded.address_street, excluded.address_unit,
      excluded.address_city, excluded.address_state, excluded.address_zip, excluded.address_country, excluded.address_country_code,
      excluded.address_latitude, excluded.address_longitude, excluded.active, excluded.merged_to_crm_id, excluded.crm_modified_on,
      public.merge_servicetitan_fields(stored.metadata, excluded.metadata -> 'custom_fields')
    )
    returning stored.crm_id
  )
  select jsonb_agg(jsonb_build_object(
    'crm_id', compared.crm_id,
    'crm_modified_on', compared.crm_modified_on,
    'is_unbacked', compared.is_unbacked,
    'is_of_balance', compared.differs and compared.differs_in_balance,
    'was_missing', compared.was_missing,
    'outcome', case
      when compared.is_foreign then 'foreign'
      when written.crm_id is not null and compared.was_stored then 'updated'
      when written.crm_id is not null then 'created'
      when compared.differs and compared.differs_in_balance is not true then 'passed_over'
      when compared.stored_modified_on > compared.crm_modified_on then 'stale'
      else 'unchanged'
    end
  ))
  into v_tried
  from compared
  left join written using (crm_id);
  perform set_config('search_path', '', true);

  v_outcomes := public.tell_servicetitan_outcomes(p_workspace_id, p_source, v_tried, v_confirmed);

  for v_stale in
    select item.crm_id, item.crm_modified_on, contact.crm_modified_on > public.format_servicetitan_instant(now()) as is_in_future
    from jsonb_array_elements_text(nullif(v_outcomes -> 'ids' -> 'stale', 'null')) as stale (crm_id)
    join (
      select item.crm_id, max(item.crm_modified_on collate "C") as crm_modified_on
      from jsonb_to_recordset(p_customers) as item (crm_id text, crm_modified_on text)
      group by item.crm_id
    ) as item using (crm_id)
    join public.contacts as contact on contact.workspace_id = p_workspace_id and contact.crm_id = stale.crm_id
  loop
    perform public.note_servicetitan_refusal(
      p_workspace_id, p_source, v_stale.crm_id, v_stale.crm_modified_on, p_instance_id, v_stale.is_in_future
    );
  end loop;
  if p_rechecked <> '{}' then
    -- A version that is not older than the stored one ends the matter too.
    update public.servicetitan_rechecks
    set ask_again = ask_again or crm_id = any (v_confirmed), refused_modified_on = null, refused_at = null
    where workspace_id = p_workspace_id
      and source = p_source
      and refused_modified_on is not null
      and crm_id in (select item.crm_id from jsonb_to_recordset(p_customers) as item (crm_id text))
      and not coalesce(v_outcomes -> 'ids' -> 'stale' ? crm_id, false);
  end if;
  perform public.add_servicetitan_rechecks(
    p_workspace_id, p_source, array(select jsonb_array_elements_text(nullif(v_outcomes -> 'ids' -> 'unbacked', 'null'))), 'unbacked', now()
  );
  perform public.add_servicetitan_rechecks(
    p_workspace_id, p_source, array(select jsonb_array_elements_text(nullif(v_outcomes -> 'ids' -> 'balance', 'null'))), 'balance', now()
  );
  return v_outcomes;
end
$$;

revoke all on function public.write_servicetitan_customers(text, text, jsonb, text, text[], boolean, text) from public, anon, authenticated;
grant execute on function public.write_servicetitan_customers(text, text, jsonb, text, text[], boolean, text) to service_role;

-- From schemas/6_reports/inspect_servicetitan_database.sql

-- What of the sync stands in this database, read in its catalogue, for whoever compares that with what a
-- Worker wants (GET /doctor): {now, functions, relations, obstacles}. `npm run migration` keeps the same of
-- the schemas for the Worker.
--
-- A function is told by a fingerprint of all that makes it, overloads included, or as 'closed' where
-- service_role may not call it. Relations are the sync's own tables and views; of the product's two
-- `obstacles` says what no write could pass (R23).
create function public.inspect_servicetitan_database()
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select jsonb_build_object(
    'now', now(),
    'functions', (
      select coalesce(jsonb_object_agg(own.name, own.fingerprint), '{}')
      from (
        select
          routine.proname as name,
          case
            when bool_and(has_function_privilege('service_role', routine.oid, 'execute'))
              then md5(string_agg(
                concat_ws(
                  ' ',
                  oidvectortypes(routine.proargtypes),
                  routine.prosecdef::text,
                  array_to_string(routine.proconfig, ','),
                  routine.prosrc
                ),
                ' ' order by oidvectortypes(routine.proargtypes) collate "C"
              ))
            else 'closed'
          end as fingerprint
        from pg_catalog.pg_proc as routine
        where routine.pronamespace = 'public'::regnamespace
          and routine.proname ~ '(^|_)servicetitan(_|$)'
        group by routine.proname
      ) as own
    ),
    'relations', (
      select coalesce(jsonb_object_agg(relation.relname, jsonb_build_object(
        'columns', (
          select coalesce(jsonb_object_agg(attribute.attname, format_type(attribute.atttypid, attribute.atttypmod)), '{}')
          from pg_catalog.pg_attribute as attribute
          where attribute.attrelid = relation.oid
            and attribute.attnum > 0
            and not attribute.attisdropped
        ),
        'unique', (
          select coalesce(jsonb_agg(pg_get_indexdef(key.indexrelid) order by pg_get_indexdef(key.indexrelid) collate "C"), '[]')
          from pg_catalog.pg_index as key
          where key.indrelid = relation.oid
            and key.indisunique
            and key.indisvalid
        ),
        'rights', (
          select coalesce(jsonb_agg(wanted.name order by wanted.name), '[]')
          from unnest(array['delete', 'insert', 'select', 'update']) as wanted (name)
          where has_table_privilege('service_role', relation.oid, wanted.name)
        ),
        'row_security', relation.relrowsecurity
      )), '{}')
      from pg_catalog.pg_class as relation
      where relation.relnamespace = 'public'::regnamespace
        and relation.relkind in ('r', 'v')
        and starts_with(relation.relname, 'servicetitan_')
    ),
    'obstacles', (
      select coalesce(jsonb_agg(to_jsonb(obstacle)), '[]') from public.find_servicetitan_obstacles() as obstacle
    )
  )
$$;

revoke all on function public.inspect_servicetitan_database() from public, anon, authenticated;
grant execute on function public.inspect_servicetitan_database() to service_role;

-- From schemas/6_reports/prune_servicetitan_history.sql

-- Deletes runs, chunks of the reads log and closed alerts older than `p_days`, at most `p_limit` rows of each
-- table in a call, and answers how many rows went. Call it again until that is 0.
--
-- They stay at least 31 days, because R8 refuses an instance id that is in the ledger while the Workflow
-- engine may still know it. The run that holds a lease always stays. A chunk in which nothing changed stays
-- 14 days, and so does an older version that was refused once and never again.
create function public.prune_servicetitan_history(p_days integer, p_limit integer)
returns integer
language sql
security invoker
set search_path = ''
as $$
  with horizon as (
    select now() - make_interval(days => greatest(p_days, 31)) as at, now() - interval '14 days' as unchanged_at
  ),
  runs as (
    delete from public.servicetitan_sync_runs as run
    where run.instance_id in (
      select old.instance_id
      from public.servicetitan_sync_runs as old
      where old.created_at < (select horizon.at from horizon)
        and not exists (
          select from public.servicetitan_sync_state as state where state.run_instance_id = old.instance_id
        )
      order by old.created_at
      limit p_limit
    )
    returning 1
  ),
  reads as (
    delete from public.servicetitan_sync_reads as chunk
    where (chunk.instance_id, chunk.page, chunk.part) in (
      select old.instance_id, old.page, old.part
      from public.servicetitan_sync_reads as old
      where old.read_at < (select horizon.at from horizon)
        or (
          old.read_at < (select horizon.unchanged_at from horizon)
          and num_nonnulls(old.created, old.updated, old.stale, old.set_aside) = 0
        )
      order by old.read_at
      limit p_limit
    )
    returning 1
  ),
  alerts as (
    delete from public.servicetitan_alerts as alert
    where alert.id in (
      select old.id
      from public.servicetitan_alerts as old
      where old.closed_at < (select horizon.at from horizon)
      limit p_limit
    )
    returning 1
  ),
  rechecks as (
    delete from public.servicetitan_rechecks as recheck
    where (recheck.workspace_id, recheck.source, recheck.crm_id) in (
      select old.workspace_id, old.source, old.crm_id
      from public.servicetitan_rechecks as old
      where old.due_at = 'infinity'
        and old.added_at < (select horizon.unchanged_at from horizon)
      limit p_limit
    )
    returning 1
  )
  select (
    (select count(*) from runs) + (select count(*) from reads) + (select count(*) from alerts) + (select count(*) from rechecks)
  )::integer
$$;

revoke all on function public.prune_servicetitan_history(integer, integer) from public, anon, authenticated;
grant execute on function public.prune_servicetitan_history(integer, integer) to service_role;

-- From schemas/6_reports/read_servicetitan_customer.sql

-- What is known of one customer, to answer "why is this contact not right?": the contact, the methods that
-- its phone and e-mail are chosen from, what they make of it (`chosen`, by name of the column or of the key in
-- metadata.custom_fields), the last chunk of each feed that held it, and its quarantine. One
-- call that writes nothing.
create function public.read_servicetitan_customer(p_workspace_id text, p_crm_id text)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  with state as (
    select state.source
    from public.servicetitan_sync_state as state
    where state.workspace_id = p_workspace_id
  ),
  asked as (
    select (public.to_servicetitan_ids(array[p_crm_id]))[1] as id
  )
  select jsonb_build_object(
    'customer', (
      select jsonb_build_object(
        'contact', jsonb_build_object(
          'crm_source', contact.crm_source,
          'crm_modified_on', contact.crm_modified_on,
          'name', contact.name,
          'phone', contact.phone,
          'email', contact.email,
          'active', contact.active,
          'merged_to_crm_id', contact.merged_to_crm_id,
          'address_street', contact.address_street,
          'address_unit', contact.address_unit,
          'address_city', contact.address_city,
          'address_state', contact.address_state,
          'address_zip', contact.address_zip,
          'address_country', contact.address_country,
          'address_latitude', contact.address_latitude,
          'address_longitude', contact.address_longitude,
          'custom_fields', case when jsonb_typeof(contact.metadata -> 'custom_fields') = 'object' then contact.metadata -> 'custom_fields' else '{}' end
        ),
        'chosen', (
          select jsonb_build_object('phone', point.phone, 'email', point.email) || point.phone_fields || point.email_fields
          from public.pick_servicetitan_contact_points(p_workspace_id, contact.crm_source, array[p_crm_id]) as point
        ),
        'methods', (
          select coalesce(jsonb_agg(jsonb_build_object(
            'id', method.id::text,
            'type', method.type,
            'value', method.value,
            'active', method.active,
            'do_not_text', method.do_not_text,
            'marketing', method.marketing,
            'memo', method.memo
          ) order by method.id), '[]')
          from public.servicetitan_contact_methods as method
          where method.workspace_id = p_workspace_id
            and method.source = contact.crm_source
            and method.crm_id = p_crm_id
            and method.listed
        )
      )
      from public.contacts as contact
      where contact.workspace_id = p_workspace_id
        and contact.crm_id = p_crm_id
    ),
    'reads', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'read_at', last.read_at,
        'instance_id', last.instance_id,
        'feed', last.feed,
        'outcomes', array_remove(array[
          case when asked.id = any (last.created) then 'created' end,
          case when asked.id = any (last.updated) then 'updated' end,
          case when asked.id = any (last.unchanged) then 'unchanged' end,
          case when asked.id = any (last.stale) then 'stale' end,
          case when asked.id = any (last.set_aside) then 'set_aside' end
        ], null)
      ) order by last.read_at desc), '[]')
      from asked
      cross join state
      cross join unnest(array['customers', 'contacts']) as wanted (feed)
      cross join lateral (
        select chunk.*
        from public.servicetitan_sync_reads as chunk
        where chunk.workspace_id = p_workspace_id
          and chunk.source = state.source
          and chunk.feed = wanted.feed
          and (
            asked.id = any (chunk.created)
            or asked.id = any (chunk.updated)
            or asked.id = any (chunk.unchanged)
            or asked.id = any (chunk.stale)
            or asked.id = any (chunk.set_aside)
          )
        order by chunk.read_at desc
        limit 1
      ) as last
    ),
    'quarantine', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'crm_id', error.crm_id,
        'feed', error.feed,
        'reason', error.reason,
        'attempts', error.attempts,
        'first_seen_at', error.first_seen_at,
        'last_seen_at', error.last_seen_at
      ) order by error.last_seen_at desc), '[]')
      from public.servicetitan_sync_errors as error
      join state using (source)
      where error.workspace_id = p_workspace_id
        and error.crm_id = p_crm_id
    )
  )
$$;

revoke all on function public.read_servicetitan_customer(text, text) from public, anon, authenticated;
grant execute on function public.read_servicetitan_customer(text, text) to service_role;

-- From schemas/6_reports/read_servicetitan_proof.sql

-- What proves that a workspace's contacts are complete (R18): {proof, under_way, since}. `proof` is the last pass
-- that has ended, `under_way` the one that reads. `since` is what came behind the last proof: how many windows
-- closed, whether each began no later than the one before had ended, and how much the second way of reading had
-- to bring (R17). Null for a pass where there is none.
create function public.read_servicetitan_proof(p_workspace_id text)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select jsonb_build_object(
    'wanted', state.pass_wanted_at is not null,
    'settled_until', case when state.settled_until <= now() then state.settled_until end,
    'proof', to_jsonb(last) - array['workspace_id', 'source', 'stage', 'continue_from', 'chunks', 'to_ask', 'held'],
    'under_way', case when under_way.pass is not null then jsonb_build_object(
      'why', under_way.why, 'began_at', under_way.began_at, 'stage', under_way.stage, 'page', under_way.page
    ) end,
    'since', jsonb_build_object('windows', since.windows, 'unbroken', since.unbroken, 'misses', since.misses)
  )
  from public.servicetitan_sync_state as state
  left join lateral (
    select proof.*
    from public.servicetitan_proofs as proof
    where proof.workspace_id = state.workspace_id
      and proof.source = state.source
      and proof.ended_at is not null
    order by proof.pass desc
    limit 1
  ) as last on true
  left join lateral (
    select proof.*
    from public.servicetitan_proofs as proof
    where proof.workspace_id = state.workspace_id
      and proof.source = state.source
      and proof.ended_at is null
    limit 1
  ) as under_way on true
  cross join lateral (
    select
      count(*) filter (where run.window_closed_at is not null) as windows,
      coalesce(bool_and(run.window_from <= run.until_before) filter (where run.window_closed_at is not null), true) as unbroken,
      coalesce(sum(run.misses), 0) as misses
    from (
      select
        each.*,
        max(each.window_until) over (order by each.fence rows between unbounded preceding and 1 preceding) as until_before
      from public.servicetitan_sync_runs as each
      where each.workspace_id = state.workspace_id
        and each.source = state.source
        and each.fence >= last.pass
        and (each.window_closed_at is not null or each.misses > 0)
    ) as run
  ) as since
  where state.workspace_id = p_workspace_id
$$;

revoke all on function public.read_servicetitan_proof(text) from public, anon, authenticated;
grant execute on function public.read_servicetitan_proof(text) to service_role;

-- From schemas/6_reports/read_servicetitan_workspaces.sql

-- One page, ordered by workspace id, of all workspaces that are or were connected, or the one that is named:
-- {workspaces, next_after}. 1,000 workspaces are one call.
--
-- `age_seconds` is how far the cursor lies back. `p50_seconds` and `worst_seconds` are the ages of the data
-- just before each window of the last day closed, and now; there, time outside business hours does not count.
-- What was written last is told of the last complete sync. `run` is the run under way. Its numbers are those of
-- its whole window: they include predecessors and, for an initial sync, the earlier tries it resumed from.
create function public.read_servicetitan_workspaces(
  p_workspace_id text,
  p_after text,
  p_limit integer,
  p_start_hour integer,
  p_end_hour integer
)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  with page as materialized (
    select
      known.workspace_id,
      connection.tenant_id,
      connection.environment,
      coalesce(connection.enabled, false) as enabled,
      connection.client_secret_sealed is not null as connected,
      synced.*,
      state.*
    from (
      select connection.workspace_id from public.servicetitan_connections as connection
      union
      select state.workspace_id from public.servicetitan_sync_state as state
    ) as known (workspace_id)
    left join public.servicetitan_connections as connection on connection.workspace_id = known.workspace_id
    -- What the state knows of another tenant says nothing of this one (R3).
    left join lateral (
      select
        state.source, state.initial_sync_completed, state.initial_feed, state.initial_started_at, state.last_modified_cursor,
        state.total_customers_synced, state.last_completed_at, state.settled_until
      from public.servicetitan_sync_state as state
      where state.workspace_id = known.workspace_id
        and (connection.workspace_id is null or state.source = connection.environment || '/' || connection.tenant_id)
    ) as synced on true
    left join lateral (
      select state.sync_status, state.last_error, state.failures, state.next_attempt_at, state.run_instance_id, state.alive_until
      from public.servicetitan_sync_state as state
      where state.workspace_id = known.workspace_id
    ) as state on true
    where (p_workspace_id is null or known.workspace_id = p_workspace_id)
      and known.workspace_id collate "C" > coalesce(p_after, '')
    order by known.workspace_id collate "C"
    limit p_limit
  )
  select jsonb_build_object(
    'workspaces', coalesce(jsonb_agg(jsonb_build_object(
      'workspace_id', page.workspace_id,
      'name', named.name,
      'tenant_id', page.tenant_id,
      'environment', page.environment,
      'time_zone', named.time_zone,
      'time_zone_known', public.is_servicetitan_time_zone(named.time_zone),
      'enabled', page.enabled,
      'connected', page.connected,
      'source', page.source,
      'sync_status', coalesce(page.sync_status, 'idle'),
      'initial_sync_completed', coalesce(page.initial_sync_completed, false),
      'cursor', page.last_modified_cursor,
      'age_seconds', public.count_servicetitan_seconds(page.last_modified_cursor, now()),
      'opened_at', (
        select day.opens_at
        from unnest(hours.opens, hours.closes) as day (opens_at, closes_at)
        where now() >= day.opens_at
          and now() < day.closes_at
          and day.opens_at <> '-infinity'
      ),
      'p50_seconds', freshness.p50_seconds,
      'worst_seconds', freshness.worst_seconds,
      'customers_synced', coalesce(page.total_customers_synced, 0),
      'last_created', coalesce(done.created, 0),
      'last_updated', coalesce(done.updated, 0),
      'last_errors', coalesce(done.errors, 0),
      'quarantined', quarantine.customers,
      'last_error', page.last_error,
      'last_completed_at', page.last_completed_at,
      'doubts', coalesce(ended.doubts, '[]'),
      'settled_until', page.settled_until,
      'refusals', coalesce(page.failures, 0),
      'next_attempt_at', case when public.is_servicetitan_backing_off(page.next_attempt_at) then page.next_attempt_at end,
      'stalled', page.run_instance_id is not null and not public.is_servicetitan_lease_live(page.alive_until),
      'proof', proof.summary,
      'comparing', comparing.yes,
      'run', live.summary
    ) order by page.workspace_id collate "C"), '[]'),
    'next_after', case when count(*) = p_limit then max(page.workspace_id collate "C") end
  )
  from page
  left join public.workspaces as named on named.id::text = page.workspace_id
  -- Each by its own workspace's index: joined as sets, a page without statistics is planned as if it were a single row.
  cross join lateral (
    select array_agg(hours.opens_at) as opens, array_agg(hours.closes_at) as closes
    from public.list_servicetitan_business_hours(named.time_zone, p_start_hour, p_end_hour) as hours
  ) as hours
  left join lateral (
    -- Of very many the first: the runs of the workspace have all.
    select jsonb_path_query_array(run.doubts, '$[0 to 19]') as doubts
    from public.servicetitan_sync_runs as run
    where run.workspace_id = page.workspace_id
      and run.source = page.source
      and run.status in ('completed', 'failed')
    order by run.fence desc
    limit 1
  ) as ended on true
  cross join lateral (
    select
      percentile_disc(0.5) within group (order by age.seconds) as p50_seconds,
      max(age.seconds) as worst_seconds
    from (
      select run.window_closed_at, lag(run.window_until) over (order by run.window_closed_at)
      from public.servicetitan_sync_runs as run
      where run.workspace_id = page.workspace_id
        and run.window_closed_at > now() - interval '2 days'
        and run.source = page.source
      union all
      select now(), page.last_modified_cursor
    ) as sample (at, claim)
    join unnest(hours.opens, hours.closes) as day (opens_at, closes_at) on sample.at >= day.opens_at and sample.at < day.closes_at
    cross join lateral (
      select greatest(0, public.count_servicetitan_seconds(greatest(sample.claim, day.opens_at), sample.at)) as seconds
    ) as age
    where sample.claim is not null
      and sample.at > now() - interval '1 day'
  ) as freshness
  cross join lateral (
    select count(distinct error.crm_id) as customers
    from public.servicetitan_sync_errors as error
    where error.workspace_id = page.workspace_id
      and error.source = page.source
  ) as quarantine
  -- Of the last complete sync: its run, and those whose window that one closed.
  cross join lateral (
    select sum(of_window.created) as created, sum(of_window.updated) as updated, sum(of_window.errors) as errors
    from (
      select run.fence, run.mode, run.window_started_at
      from public.servicetitan_sync_runs as run
      where run.workspace_id = page.workspace_id
        and run.status = 'completed'
        and run.source = page.source
      order by run.fence desc
      limit 1
    ) as last
    join public.servicetitan_sync_runs as of_window
      on of_window.workspace_id = page.workspace_id
        and of_window.fence between last.fence - 50 and last.fence
        and of_window.mode = last.mode
        and of_window.source = page.source
        and of_window.window_started_at = last.window_started_at
  ) as done
  -- The last comparison of everything that has ended, and whether one reads (R18).
  left join lateral (
    select jsonb_build_object('as_of', last.began_at, 'whole', last.whole, 'listed', last.listed) as summary
    from public.servicetitan_proofs as last
    where last.workspace_id = page.workspace_id
      and last.source = page.source
      and last.ended_at is not null
    order by last.pass desc
    limit 1
  ) as proof on true
  cross join lateral (
    select exists (
      select
      from public.servicetitan_proofs as reading
      where reading.workspace_id = page.workspace_id
        and reading.source = page.source
        and reading.ended_at is null
    ) as yes
  ) as comparing
  left join lateral (
    select jsonb_build_object(
      'instance_id', run.instance_id,
      'mode', run.mode,
      'status', run.status,
      'phase', case when run.mode = 'initial' then page.initial_feed end,
      'started_at', coalesce(total.started_at, run.created_at),
      'elapsed_seconds', public.count_servicetitan_seconds(coalesce(total.started_at, run.created_at), now()),
      'pages', coalesce(total.pages, 0),
      'fetched', coalesce(total.fetched, 0),
      'through_contacts', coalesce(total.through_contacts, 0),
      'contact_methods', coalesce(total.contact_methods, 0),
      'expected', total.expected,
      'created', coalesce(total.created, 0),
      'updated', coalesce(total.updated, 0),
      'unchanged', coalesce(total.unchanged, 0),
      'errors', coalesce(total.errors, 0),
      'retry', run.retry,
      -- The rate is this run's own: the earlier ones had their pauses.
      'per_second', run.fetched / nullif(public.count_servicetitan_seconds(coalesce(run.customers_started_at, run.started_at), now()), 0)::double precision
    ) as summary
    from public.servicetitan_sync_runs as run
    cross join lateral (
      select
        min(of_window.started_at) as started_at,
        max(of_window.expected) as expected,
        sum(of_window.pages) as pages,
        sum(of_window.fetched) as fetched,
        sum(of_window.through_contacts) as through_contacts,
        sum(of_window.contact_methods) as contact_methods,
        sum(of_window.created) as created,
        sum(of_window.updated) as updated,
        sum(of_window.unchanged) as unchanged,
        sum(of_window.errors) as errors
      from public.servicetitan_sync_runs as of_window
      where of_window.workspace_id = page.workspace_id
        and of_window.fence between run.fence - 50 and run.fence
        and of_window.mode = run.mode
        and of_window.source = run.source
        and of_window.window_started_at >= case when run.mode = 'initial' then page.initial_started_at else run.window_started_at end
    ) as total
    where run.instance_id = page.run_instance_id
  ) as live on true
$$;

revoke all on function public.read_servicetitan_workspaces(text, text, integer, integer, integer) from public, anon, authenticated;
grant execute on function public.read_servicetitan_workspaces(text, text, integer, integer, integer) to service_role;

-- From schemas/7_alerts/claim_servicetitan_alerts.sql

-- Opens and closes incidents by what is wrong now, for all workspaces in one call, and answers those that
-- have to be told: [{id, event: opened | closed, workspace_id, name, kind, message, opened_at, closed_at}].
-- At most `p_limit` of them, and for two minutes they are this caller's alone. What could not be told comes
-- again with the next tick. The other parameters are those of find_servicetitan_incidents.
create function public.claim_servicetitan_alerts(
  p_after_ticks integer,
  p_tick_seconds integer,
  p_start_hour integer,
  p_end_hour integer,
  p_limit integer,
  p_pass_days integer default 7
)
returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_result jsonb;
begin
  with wrong as materialized (
    select incident.* from public.find_servicetitan_incidents(
      p_after_ticks, p_tick_seconds, p_start_hour, p_end_hour, p_pass_days
    ) as incident
  ),
  closed as (
    update public.servicetitan_alerts as alert
    set closed_at = now()
    where alert.closed_at is null
      and not exists (select from wrong where wrong.workspace_id = alert.workspace_id and wrong.kind = alert.kind)
      -- Silence ends with a complete run, or with the workspace: not with the business hours.
      and (
        alert.kind <> 'no_complete_run'
        or exists (
          select
          from public.servicetitan_sync_state as state
          where state.workspace_id = alert.workspace_id
            and (state.last_completed_at > alert.opened_at or state.failures > 0)
        )
        or not exists (
          select
          from public.servicetitan_connections as connection
          where connection.workspace_id = alert.workspace_id
            and connection.enabled
        )
      )
  )
  insert into public.servicetitan_alerts (workspace_id, kind, message)
  select wrong.workspace_id, wrong.kind, wrong.message
  from wrong
  on conflict (workspace_id, kind) where closed_at is null do nothing;

  with untold as (
    select alert.id
    from public.servicetitan_alerts as alert
    where (alert.opening_told_at is null or (alert.closed_at is not null and alert.closing_told_at is null))
      and coalesce(alert.claimed_until < now(), true)
    order by alert.opened_at
    limit p_limit
    for update skip locked
  ),
  claimed as (
    update public.servicetitan_alerts as alert
    set claimed_until = now() + interval '2 minutes'
    from untold
    where alert.id = untold.id
    returning alert.*
  )
  select coalesce(jsonb_agg(jsonb_build_object(
    'id', claimed.id,
    'event', case when claimed.opening_told_at is null then 'opened' else 'closed' end,
    'workspace_id', claimed.workspace_id,
    'name', named.name,
    'kind', claimed.kind,
    'message', claimed.message,
    'opened_at', claimed.opened_at,
    'closed_at', case when claimed.opening_told_at is not null then claimed.closed_at end
  ) order by claimed.opened_at, claimed.id), '[]')
  into v_result
  from claimed
  left join public.workspaces as named on named.id::text = claimed.workspace_id;
  return v_result;
end
$$;

revoke all on function public.claim_servicetitan_alerts(integer, integer, integer, integer, integer, integer) from public, anon, authenticated;
grant execute on function public.claim_servicetitan_alerts(integer, integer, integer, integer, integer, integer) to service_role;

-- From schemas/7_alerts/find_servicetitan_doubtful.sql

-- What a person has to hear of one workspace although its runs complete, as (workspace_id, kind, message): runs in
-- doubt, changes that only the second reading brought, a second reading that stands still, and removals held back.
--
-- `p_settled_until`: up to when every change was read twice (R17), or since when that could have been. It may lie
-- three hours back, of business time alone (R15): at most two readings take as long.
create function public.find_servicetitan_doubtful(
  p_workspace_id text,
  p_source text,
  p_time_zone text,
  p_settled_until timestamptz,
  p_after_ticks integer,
  p_start_hour integer,
  p_end_hour integer
)
returns table (workspace_id text, kind text, message text)
language sql
stable
security invoker
set search_path = ''
as $$
  with ended as materialized (
    select run.doubts, row_number() over (order by run.fence desc) as position
    from public.servicetitan_sync_runs as run
    where run.workspace_id = p_workspace_id
      and run.source = p_source
      and run.status in ('completed', 'failed')
    order by run.fence desc
    limit p_after_ticks
  )
  -- Removals that are held back have an alert of their own.
  select
    p_workspace_id,
    'doubts_persist',
    format('The last %s runs were in doubt (%s): GET /workspaces/%s/runs says of what.', p_after_ticks, string_agg(distinct doubtful.codes, ', '), p_workspace_id)
  from ended
  cross join lateral (
    select string_agg(distinct doubt.value ->> 'code', ', ') as codes
    from jsonb_array_elements(ended.doubts) as doubt
    where doubt.value ->> 'code' ~ '^[a-z_]{1,40}$'
      and doubt.value ->> 'code' <> 'removals_held'
  ) as doubtful
  where doubtful.codes is not null
  having count(*) = p_after_ticks

  union all
  select
    p_workspace_id,
    'misses_repeat',
    format('In the last day %s runs brought %s changes that the first reading had missed: they are in place now, but ServiceTitan shows changes too late or leaves them out; open a case with ServiceTitan.', count(*), sum(run.misses))
  from public.servicetitan_sync_runs as run
  where run.workspace_id = p_workspace_id
    and run.source = p_source
    and run.misses > 0
    and run.created_at > now() - interval '1 day'
  having count(*) > 1

  union all
  select
    p_workspace_id,
    'not_confirmed',
    'Nothing that ServiceTitan changed in the last three business hours was read a second time: GET /workspaces says why the last run was in doubt.'
  from public.list_servicetitan_business_hours(p_time_zone, p_start_hour, p_end_hour) as day
  having bool_or(now() >= day.opens_at and now() < day.closes_at)
    and sum(greatest(0, extract(epoch from least(now(), day.closes_at) - greatest(p_settled_until, day.opens_at)))) > 3 * 3600

  union all
  select
    p_workspace_id,
    'removals_held',
    'Many customers would lose their last phone or e-mail at once, so the removals are held back for a day: look whether somebody deleted contacts in bulk.'
  from ended
  where ended.position = 1
    and ended.doubts @> '[{"code": "removals_held"}]'
$$;

revoke all on function public.find_servicetitan_doubtful(text, text, text, timestamptz, integer, integer, integer) from public, anon, authenticated;
grant execute on function public.find_servicetitan_doubtful(text, text, text, timestamptz, integer, integer, integer) to service_role;

-- From schemas/7_alerts/find_servicetitan_failed_proofs.sql

-- What a person has to hear of the comparisons of one workspace (R18), as (workspace_id, kind, message): two in a
-- row that were not whole, or none for twice `p_pass_days`; differences that the live reader could not have
-- brought; customers held back from being marked as gone; and differences that come back after they were mended.
-- `p_since`: since when there could have been one.
--
-- Ten edited contacts are told, and one that was missing or stale: people edit, and the sync loses nothing.
create function public.find_servicetitan_failed_proofs(
  p_workspace_id text,
  p_source text,
  p_since timestamptz,
  p_pass_days integer
)
returns table (workspace_id text, kind text, message text)
language sql
stable
security invoker
set search_path = ''
as $$
  with ended as materialized (
    select proof.*, row_number() over (order by proof.pass desc) as position
    from public.servicetitan_proofs as proof
    where proof.workspace_id = p_workspace_id
      and proof.source = p_source
      and proof.ended_at is not null
    order by proof.pass desc
    limit 2
  ),
  last as (
    select * from ended where ended.position = 1
  )
  select
    p_workspace_id,
    'not_proved',
    format('Nothing proves that the contacts are complete: %s. GET /proof?workspaceId=%s says why.', case
      when count(*) = 2 and bool_and(not ended.whole) then 'two comparisons in a row were not whole'
      else format('no comparison has ended in %s days', 2 * p_pass_days)
    end, p_workspace_id)
  from ended
  having (count(*) = 2 and bool_and(not ended.whole))
    or (p_pass_days > 0 and greatest(max(ended.ended_at), p_since) < now() - make_interval(days => 2 * p_pass_days))

  union all
  select
    p_workspace_id,
    'differences_found',
    format('A comparison found %s missing, %s stale and %s edited contacts, and mended them: GET /proof?workspaceId=%s names them.', last.missing, last.stale, last.differing, p_workspace_id)
  from last
  where last.missing + last.stale > 0
    or last.differing >= 10

  union all
  select
    p_workspace_id,
    'gone_held',
    format('%s customers were not listed by ServiceTitan any more. That many are not believed at once: the next comparison marks those that it does not find either.', reason.value ->> 'count')
  from last
  cross join lateral jsonb_array_elements(last.why_not) as reason
  where reason.value ->> 'code' = 'gone_held'

  union all
  select
    p_workspace_id,
    'rewritten',
    format('%s contacts differ from ServiceTitan again after they were mended, so something in this database rewrites them: GET /proof?workspaceId=%s names contacts and fields.', last.returned, p_workspace_id)
  from last
  where last.returned > 0
$$;

revoke all on function public.find_servicetitan_failed_proofs(text, text, timestamptz, integer) from public, anon, authenticated;
grant execute on function public.find_servicetitan_failed_proofs(text, text, timestamptz, integer) to service_role;

-- From schemas/7_alerts/find_servicetitan_incidents.sql

-- What is wrong now, as (workspace_id, kind, message), of every workspace that is connected and enabled: at
-- most one row for each workspace and kind. The message becomes the alert's text.
--
-- `p_after_ticks`: how many ticks something has to be wrong before it is one. `p_tick_seconds`: how far apart
-- ticks are. The hours are the business hours (R15). `p_pass_days`: how often everything is compared (R18).
create function public.find_servicetitan_incidents(
  p_after_ticks integer,
  p_tick_seconds integer,
  p_start_hour integer,
  p_end_hour integer,
  p_pass_days integer
)
returns table (workspace_id text, kind text, message text)
language sql
stable
security invoker
set search_path = ''
as $$
  with workspace as materialized (
    select connection.workspace_id, connection.updated_at as connected_at, named.time_zone, state.*
    from public.servicetitan_connections as connection
    left join public.workspaces as named on named.id::text = connection.workspace_id
    cross join lateral (
      select state.source, state.failures, state.last_error, state.last_completed_at, state.run_instance_id, state.alive_until,
        state.initial_sync_completed, state.initial_started_at, state.settled_until
      from public.servicetitan_sync_state as state
      where state.workspace_id = connection.workspace_id
    ) as state
    where connection.enabled
  )
  select workspace.workspace_id, 'credentials_refused', 'ServiceTitan refuses the credentials, so nothing is synced: connect the workspace again.'
  from workspace
  where workspace.failures > 0

  union all
  -- Counted in business hours alone, with a third of a tick for one that comes late. A first sync may take its time.
  select
    workspace.workspace_id,
    'no_complete_run',
    format('No run was complete in %s ticks within business hours. The last error: %s', p_after_ticks, coalesce(workspace.last_error, 'none; look whether the cron trigger runs.'))
  from workspace
  cross join lateral (
    select
      bool_or(now() >= day.opens_at and now() < day.closes_at) as is_open,
      sum(greatest(0, extract(epoch from least(now(), day.closes_at) - greatest(since.at, day.opens_at)))) as seconds
    from (select greatest(workspace.last_completed_at, workspace.connected_at)) as since (at)
    cross join public.list_servicetitan_business_hours(workspace.time_zone, p_start_hour, p_end_hour) as day
  ) as silence
  where workspace.failures = 0
    and silence.is_open
    and silence.seconds >= p_tick_seconds * (p_after_ticks + 1.0 / 3)
    and not exists (
      select
      from public.servicetitan_sync_runs as run
      where run.instance_id = workspace.run_instance_id
        and run.mode = 'initial'
        and public.is_servicetitan_lease_live(workspace.alive_until)
    )

  union all
  select
    workspace.workspace_id,
    'errors_persist',
    case
      when failing.is_same then format('The last %s runs failed for the same reason: %s', p_after_ticks, workspace.last_error)
      else format('%s set aside and could not be written in %s tries: the quarantine says why.', case stuck.customers when 1 then '1 customer is' else stuck.customers || ' customers are' end, p_after_ticks)
    end
  from workspace
  cross join lateral (
    select count(*) = p_after_ticks and count(distinct last.error_code) = 1 and bool_and(last.status = 'failed') as is_same
    from (
      select run.status, run.error_code
      from public.servicetitan_sync_runs as run
      where run.workspace_id = workspace.workspace_id
        and run.status in ('completed', 'failed')
      order by run.fence desc
      limit p_after_ticks
    ) as last
  ) as failing
  cross join lateral (
    select count(distinct error.crm_id) as customers
    from public.servicetitan_sync_errors as error
    where error.workspace_id = workspace.workspace_id
      and error.source = workspace.source
      and error.attempts >= p_after_ticks
  ) as stuck
  where workspace.failures = 0
    and (failing.is_same or stuck.customers > 0)

  union all
  -- Ten times the changes that a window of this length has at the median of the twenty runs before it, and no fewer than 200:
  -- by length, for the first window of the day holds the night.
  select
    workspace.workspace_id,
    'unusual_changes',
    format('The run %s changed %s contacts where about %s are usual: look whether somebody imported or edited customers in bulk.', newest.instance_id, newest.changes, round(usual.changes))
  from workspace
  cross join lateral (
    select
      run.instance_id,
      run.fence,
      run.created + run.updated as changes,
      extract(epoch from run.window_until - run.window_from) as seconds
    from public.servicetitan_sync_runs as run
    where run.workspace_id = workspace.workspace_id
      and run.source = workspace.source
      and run.mode = 'incremental'
      and run.status = 'completed'
    order by run.fence desc
    limit 1
  ) as newest
  cross join lateral (
    select
      count(*) as runs,
      newest.seconds * percentile_cont(0.5) within group (order by before.rate) as changes
    from (
      select (run.created + run.updated) / greatest(1, extract(epoch from run.window_until - run.window_from)) as rate
      from public.servicetitan_sync_runs as run
      where run.workspace_id = workspace.workspace_id
        and run.source = workspace.source
        and run.mode = 'incremental'
        and run.status = 'completed'
        and run.fence < newest.fence
      order by run.fence desc
      limit 20
    ) as before
  ) as usual
  where usual.runs >= 5
    and newest.changes >= 200
    and newest.changes > 10 * usual.changes

  union all
  select doubtful.workspace_id, doubtful.kind, doubtful.message
  from workspace
  cross join lateral public.find_servicetitan_doubtful(
    workspace.workspace_id, workspace.source, workspace.time_zone,
    greatest(coalesce(workspace.settled_until, workspace.initial_started_at), workspace.connected_at),
    p_after_ticks, p_start_hour, p_end_hour
  ) as doubtful
  where workspace.failures = 0
    and workspace.initial_sync_completed
    -- Where no run completes, that is what is told.
    and (doubtful.kind <> 'not_confirmed' or workspace.last_completed_at > now() - make_interval(secs => p_tick_seconds * (p_after_ticks + 1.0 / 3)))

  union all
  select failed.workspace_id, failed.kind, failed.message
  from workspace
  cross join lateral public.find_servicetitan_failed_proofs(
    workspace.workspace_id, workspace.source, greatest(workspace.initial_started_at, workspace.connected_at), p_pass_days
  ) as failed
  where workspace.failures = 0
    and workspace.initial_sync_completed
$$;

revoke all on function public.find_servicetitan_incidents(integer, integer, integer, integer, integer) from public, anon, authenticated;
grant execute on function public.find_servicetitan_incidents(integer, integer, integer, integer, integer) to service_role;

-- From schemas/7_alerts/note_servicetitan_tick.sql

-- Notes that a tick has begun: the cron's, or one that a call makes up for.
create function public.note_servicetitan_tick(p_deployment text, p_is_catch_up boolean)
returns void
language sql
security invoker
set search_path = ''
as $$
  insert into public.servicetitan_ticks as stored (deployment, last_tick_at, last_catch_up_at)
  values (p_deployment, case when not p_is_catch_up then now() end, case when p_is_catch_up then now() end)
  on conflict (deployment) do update
  set
    last_tick_at = coalesce(excluded.last_tick_at, stored.last_tick_at),
    last_catch_up_at = coalesce(excluded.last_catch_up_at, stored.last_catch_up_at)
$$;

revoke all on function public.note_servicetitan_tick(text, boolean) from public, anon, authenticated;
grant execute on function public.note_servicetitan_tick(text, boolean) to service_role;

-- From schemas/7_alerts/read_servicetitan_tick.sql

-- How many seconds ago the cron last came to this Worker, and how many ago it came or a call made up for it; null where there was none.
create function public.read_servicetitan_tick(p_deployment text)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select jsonb_build_object(
    'tick_seconds_ago', public.count_servicetitan_seconds(max(tick.last_tick_at), now()),
    'work_seconds_ago', public.count_servicetitan_seconds(greatest(max(tick.last_tick_at), max(tick.last_catch_up_at)), now())
  )
  from public.servicetitan_ticks as tick
  where tick.deployment = p_deployment
$$;

revoke all on function public.read_servicetitan_tick(text) from public, anon, authenticated;
grant execute on function public.read_servicetitan_tick(text) to service_role;

-- From schemas/7_alerts/settle_servicetitan_alerts.sql

-- Notes which alerts were told, `p_told` [{id, event}], and gives all of `p_claimed` back.
create function public.settle_servicetitan_alerts(p_claimed uuid[], p_told jsonb)
returns void
language sql
security invoker
set search_path = ''
as $$
  update public.servicetitan_alerts as alert
  set
    claimed_until = null,
    opening_told_at = case when told.event = 'opened' then coalesce(alert.opening_told_at, now()) else alert.opening_told_at end,
    closing_told_at = case when told.event = 'closed' then coalesce(alert.closing_told_at, now()) else alert.closing_told_at end
  from unnest(p_claimed) as claimed (id)
  left join jsonb_to_recordset(p_told) as told (id uuid, event text) using (id)
  where alert.id = claimed.id
$$;

revoke all on function public.settle_servicetitan_alerts(uuid[], jsonb) from public, anon, authenticated;
grant execute on function public.settle_servicetitan_alerts(uuid[], jsonb) to service_role;

-- From schemas/8_views/servicetitan_contact_points.sql

-- All phones and e-mails of the contacts that there are, as entered and as graded, for a product that shows more
-- than one of each. Those that ServiceTitan has switched off or no longer lists are left out, and so are those
-- of a tenant that was connected before. It depends on no column of `contacts` that is not the sync's own.
create view public.servicetitan_contact_points
with (security_invoker = true)
as
select
  method.workspace_id,
  method.crm_id,
  method.id,
  method.type,
  method.value as as_entered,
  method.normalized,
  method.extension,
  method.usability,
  method.do_not_text,
  method.marketing,
  method.memo,
  method.modified_on,
  coalesce(
    method.rank < 5
    and row_number() over (
      partition by method.workspace_id, method.source, method.crm_id, method.type = 'Email'
      order by method.rank, method.id
    ) = 1,
    false
  ) as chosen
from public.servicetitan_contact_methods as method
join public.contacts as contact
  on contact.workspace_id = method.workspace_id
  and contact.crm_id = method.crm_id
  and contact.crm_source = method.source
where method.listed
  and method.active is not false;

revoke all on public.servicetitan_contact_points from public, anon, authenticated, service_role;
grant select on public.servicetitan_contact_points to service_role;

comment on view public.servicetitan_contact_points is 'R25: all phones and e-mails of a contact. crm_id is the customer''s id, id the contact''s in ServiceTitan.';
comment on column public.servicetitan_contact_points.as_entered is 'As it stands in ServiceTitan, to the letter.';
comment on column public.servicetitan_contact_points.normalized is 'E.164, or one e-mail address; null where nothing of use was entered.';
comment on column public.servicetitan_contact_points.do_not_text is 'Null where ServiceTitan does not say, as of every e-mail.';
comment on column public.servicetitan_contact_points.marketing is 'Whether marketing may be sent to it; null where ServiceTitan does not say.';
comment on column public.servicetitan_contact_points.chosen is 'Whether contacts.phone or contacts.email shows it.';

-- From schemas/8_views/servicetitan_contact_tags.sql

-- The tags of contacts by name: a row for each tag of each contact. A tag whose name is not known has a null
-- there: ServiceTitan lists it no longer, or the app may not read tag types.
create view public.servicetitan_contact_tags
with (security_invoker = true)
as
select contact.workspace_id, contact.crm_id, tag.id as tag_type_id, tag_type.name, tag_type.active
from public.contacts as contact
cross join lateral jsonb_array_elements_text(
  case jsonb_typeof(contact.metadata -> 'custom_fields' -> 'tag_type_ids')
    when 'array' then contact.metadata -> 'custom_fields' -> 'tag_type_ids'
    else '[]'
  end
) as tag (id)
left join public.servicetitan_tag_types as tag_type
  on tag_type.workspace_id = contact.workspace_id
  and tag_type.source = contact.crm_source
  and tag_type.id = tag.id
where contact.crm_source is not null;

revoke all on public.servicetitan_contact_tags from public, anon, authenticated, service_role;
grant select on public.servicetitan_contact_tags to service_role;

comment on view public.servicetitan_contact_tags is 'The tags of each contact, by name where the app may read tag types.';
comment on column public.servicetitan_contact_tags.active is 'False: ServiceTitan has switched the tag off. Customers may carry it all the same.';

-- From schemas/9_pass/begin_servicetitan_pass.sql

-- Where the pass of this workspace goes on, or begins (R18): {pass, stage, continue_from, page, began_at, asked,
-- wanted, to_ask, canary}; null while none is due. `asked`: somebody waits for it. `wanted`: and for another one
-- after it. `to_ask`: the next customers to be asked for by id, at most `c_asked_at_once`. `canary`: one that the pass has read, which has to be in each
-- answer. Repeating the call changes nothing.
--
-- A pass that began more than a week ago ends as it is: what it saw then says little of today. The week is told by
-- the database's clock, because with a clock of ServiceTitan's that is a week behind no pass would ever end.
create function public.begin_servicetitan_pass(p_workspace_id text, p_instance_id text, p_fence bigint, p_days integer)
returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  c_asked_at_once constant integer := 980;
  v_state public.servicetitan_sync_state := public.hold_servicetitan_lease(p_workspace_id, p_instance_id, p_fence);
  v_why text;
  v_pass public.servicetitan_proofs;
  v_canary text;
begin
  select * into v_pass from public.servicetitan_proofs where workspace_id = p_workspace_id and ended_at is null;
  if v_pass.source <> v_state.source then
    perform public.drop_servicetitan_pass(p_workspace_id);
    v_pass := null;
  elsif v_pass.created_at < now() - interval '7 days' then
    perform public.finish_servicetitan_pass(v_pass, '[{"code": "took_too_long"}]');
    v_pass := null;
  end if;

  v_why := public.plan_servicetitan_pass(v_state, p_days);
  if v_why is null then
    return null;
  end if;
  if v_pass.pass is null then
    delete from public.servicetitan_pass_chunks where workspace_id = p_workspace_id;
    insert into public.servicetitan_proofs (workspace_id, pass, source, why, began_at)
    select p_workspace_id, p_fence, v_state.source, v_why, least(run.started_at, run.window_started_at, now())
    from public.servicetitan_sync_runs as run
    where run.instance_id = p_instance_id
    -- The pass that this very run has ended was the one.
    on conflict (workspace_id, pass) do nothing
    returning * into v_pass;
    if v_pass.pass is null then
      return null;
    end if;
    update public.servicetitan_sync_state set pass_wanted_at = null where workspace_id = p_workspace_id;
    v_state.pass_wanted_at := null;
  end if;

  if v_pass.stage = 'ask' then
    select seen.id::text into v_canary
    from (
      select unnest(chunk.ids) as id, chunk.set_aside
      from public.servicetitan_pass_chunks as chunk
      where chunk.workspace_id = p_workspace_id
        and chunk.pass = v_pass.pass
        and chunk.feed = 'customers'
        and chunk.ids <> '{}'
      order by chunk.page desc, chunk.part desc
      limit 1000
    ) as seen
    where not seen.id = any (seen.set_aside)
      and not seen.id = any (v_pass.to_ask)
    order by md5(seen.id || p_instance_id)
    limit 1;
  end if;
  return jsonb_build_object(
    'pass', v_pass.pass,
    'stage', v_pass.stage,
    'continue_from', v_pass.continue_from,
    'page', v_pass.page,
    'began_at', v_pass.began_at,
    'asked', v_pass.why = 'asked' or v_state.pass_wanted_at is not null,
    'wanted', v_state.pass_wanted_at is not null,
    'to_ask', to_jsonb(array(select asked.id::text from unnest(v_pass.to_ask[:c_asked_at_once]) as asked (id))),
    'canary', v_canary
  );
end
$$;

revoke all on function public.begin_servicetitan_pass(text, text, bigint, integer) from public, anon, authenticated;
grant execute on function public.begin_servicetitan_pass(text, text, bigint, integer) to service_role;

-- From schemas/9_pass/blame_servicetitan_pass.sql

-- Adds to why the pass under way is not whole (R18): `p_why_not` is [{code, count}]; each code once, with the
-- newest count.
create function public.blame_servicetitan_pass(p_workspace_id text, p_pass bigint, p_why_not jsonb)
returns void
language sql
security invoker
set search_path = ''
as $$
  update public.servicetitan_proofs as proof
  set why_not = (
    select coalesce(jsonb_agg(latest.reason order by latest.position), '[]')
    from (
      select distinct on (reason.value ->> 'code') reason.value as reason, reason.position
      from jsonb_array_elements(proof.why_not || p_why_not) with ordinality as reason (value, position)
      order by reason.value ->> 'code', reason.position desc
    ) as latest
  )
  where proof.workspace_id = p_workspace_id
    and proof.pass = p_pass
    and proof.ended_at is null
$$;

revoke all on function public.blame_servicetitan_pass(text, bigint, jsonb) from public, anon, authenticated;
grant execute on function public.blame_servicetitan_pass(text, bigint, jsonb) to service_role;

-- From schemas/9_pass/commit_servicetitan_pass.sql

-- Stores where the pass goes on (R18). `p_commit` as commit_servicetitan_page takes it, of the feed pass_contacts
-- or pass_customers. At the end of the contacts come the customers, unless they were read before the contacts
-- were begun again. Repeating the call changes nothing.
create function public.commit_servicetitan_pass(p_state public.servicetitan_sync_state, p_commit jsonb)
returns void
language sql
security invoker
set search_path = ''
as $$
  update public.servicetitan_proofs as proof
  set
    continue_from = case when not (p_commit ->> 'done')::boolean then p_commit ->> 'continue_from' end,
    stage = case
      when not (p_commit ->> 'done')::boolean then proof.stage
      when proof.stage = 'contacts' and not exists (
        select
        from public.servicetitan_pass_chunks as chunk
        where chunk.workspace_id = proof.workspace_id
          and chunk.pass = proof.pass
          and chunk.feed = 'customers'
          and chunk.ids <> '{}'
      ) then 'customers'
      else 'sweep'
    end
  where proof.workspace_id = p_state.workspace_id
    and proof.source = p_state.source
    and proof.ended_at is null
    and 'pass_' || proof.stage = p_commit ->> 'feed'
$$;

revoke all on function public.commit_servicetitan_pass(public.servicetitan_sync_state, jsonb) from public, anon, authenticated;
grant execute on function public.commit_servicetitan_pass(public.servicetitan_sync_state, jsonb) to service_role;

-- From schemas/9_pass/doubt_servicetitan_pass.sql

-- Notes why the pass under way will not be whole (R18), as far as the run knows it: `p_why_not` is [{code, count}].
create function public.doubt_servicetitan_pass(p_workspace_id text, p_instance_id text, p_fence bigint, p_why_not jsonb)
returns void
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_source text := (public.hold_servicetitan_lease(p_workspace_id, p_instance_id, p_fence)).source;
begin
  perform public.blame_servicetitan_pass(p_workspace_id, proof.pass, p_why_not)
  from public.servicetitan_proofs as proof
  where proof.workspace_id = p_workspace_id
    and proof.source = v_source
    and proof.ended_at is null;
end
$$;

revoke all on function public.doubt_servicetitan_pass(text, text, bigint, jsonb) from public, anon, authenticated;
grant execute on function public.doubt_servicetitan_pass(text, text, bigint, jsonb) to service_role;

-- From schemas/9_pass/drop_servicetitan_pass.sql

-- Forgets the pass under way, with all that it saw: the workspace belongs to another tenant now (R3).
create function public.drop_servicetitan_pass(p_workspace_id text)
returns void
language plpgsql
security invoker
set search_path = ''
as $$
begin
  delete from public.servicetitan_proofs
  where workspace_id = p_workspace_id
    and ended_at is null;
  delete from public.servicetitan_pass_chunks
  where workspace_id = p_workspace_id;
end
$$;

revoke all on function public.drop_servicetitan_pass(text) from public, anon, authenticated;
grant execute on function public.drop_servicetitan_pass(text) to service_role;

-- From schemas/9_pass/finish_servicetitan_pass.sql

-- Ends the pass: adds up what its chunks have found, as sets, so that what was written twice counts once (R18),
-- and forgets what it saw. `p_why_not`: why it is not whole, beside what is noted in the row already.
create function public.finish_servicetitan_pass(p_pass public.servicetitan_proofs, p_why_not jsonb)
returns void
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_unnamed bigint;
  v_last public.servicetitan_proofs;
begin
  select coalesce(sum(chunk.unnamed), 0) into v_unnamed
  from public.servicetitan_pass_chunks as chunk
  where chunk.workspace_id = p_pass.workspace_id
    and chunk.pass = p_pass.pass;
  perform public.blame_servicetitan_pass(p_pass.workspace_id, p_pass.pass, p_why_not || case
    when v_unnamed > 0 then jsonb_build_array(jsonb_build_object('code', 'unnamed', 'count', v_unnamed))
    else '[]'
  end);
  select * into v_last
  from public.servicetitan_proofs
  where workspace_id = p_pass.workspace_id
    and source = p_pass.source
    and ended_at is not null
  order by pass desc
  limit 1;

  with chunk as (
    select * from public.servicetitan_pass_chunks where workspace_id = p_pass.workspace_id and pass = p_pass.pass
  ),
  differing as (
    select each.key::bigint as id, field.name, each.is_kept
    from (
      select pair.key, pair.value, false as is_kept from chunk cross join lateral jsonb_each(chunk.differing) as pair
      union all
      select pair.key, pair.value, true from chunk cross join lateral jsonb_each(chunk.kept) as pair
    ) as each
    cross join lateral jsonb_array_elements_text(each.value) as field (name)
  ),
  found as (
    select 'missing' as kind, unnest(missing) as id from chunk
    union
    select 'stale', unnest(stale) from chunk
    union
    select 'differing', id from differing
    union
    -- A trigger keeps it, or it differed in the same field in the pass before.
    select 'returned', differing.id
    from differing
    where differing.is_kept
      or v_last.ids -> 'fields' -> differing.id::text ? differing.name
    union
    select 'went_back', unnest(went_back) from chunk
    union
    select 'refused', unnest(set_aside) from chunk
  ),
  counted as (
    select
      count(*) filter (where found.kind = 'missing') as missing,
      count(*) filter (where found.kind = 'stale') as stale,
      count(*) filter (where found.kind = 'differing') as differing,
      count(*) filter (where found.kind = 'returned') as returned,
      count(*) filter (where found.kind = 'went_back') as went_back,
      count(*) filter (where found.kind = 'refused') as refused,
      count(distinct found.id) filter (where found.kind in ('missing', 'stale', 'differing')) as wrong
    from found
  ),
  seen as (
    select count(distinct shown.id) as seen, count(distinct shown.id) filter (where not exists (
      select from found where found.id = shown.id
    )) as right_when_read
    from (select unnest(ids) as id from chunk where feed <> 'contacts') as shown
  )
  update public.servicetitan_proofs as proof
  set
    stage = 'ended',
    ended_at = now(),
    continue_from = null,
    to_ask = '{}',
    whole = proof.why_not = '[]',
    seen = seen.seen,
    listed = coalesce(proof.listed, seen.seen),
    right_when_read = seen.right_when_read,
    missing = counted.missing,
    stale = counted.stale,
    differing = counted.differing,
    returned = counted.returned,
    mended = counted.wrong - (select count(distinct kept.id) from differing as kept where kept.is_kept),
    went_back = counted.went_back,
    refused = counted.refused,
    gone = coalesce(proof.gone, 0),
    rechecks = (
      select count(*)
      from public.servicetitan_rechecks as recheck
      where recheck.workspace_id = p_pass.workspace_id
        and recheck.source = p_pass.source
        and recheck.due_at < 'infinity'
    ),
    fields = (
      select coalesce(jsonb_object_agg(each.name, each.count), '{}')
      from (select differing.name, count(distinct differing.id) as count from differing group by differing.name) as each
    ),
    unreadable_fields = (
      select coalesce(jsonb_object_agg(each.name, each.count), '{}')
      from (
        select pair.key as name, sum(pair.value::bigint) as count
        from chunk
        cross join lateral jsonb_each_text(chunk.unreadable) as pair
        group by pair.key
      ) as each
    ),
    ids = proof.ids || (
      select coalesce(jsonb_object_agg(each.kind, each.ids), '{}')
      from (
        select numbered.kind, jsonb_agg(numbered.id::text order by numbered.id) as ids
        from (select found.*, row_number() over (partition by found.kind order by found.id) as number from found) as numbered
        where numbered.number <= 100
        group by numbered.kind
      ) as each
    ) || jsonb_build_object('fields', (
      select coalesce(jsonb_object_agg(each.id, each.fields), '{}')
      from (
        select differing.id, jsonb_agg(distinct differing.name order by differing.name) as fields
        from differing
        group by differing.id
        order by differing.id
        limit 100
      ) as each
    ))
  from counted, seen
  where proof.workspace_id = p_pass.workspace_id
    and proof.pass = p_pass.pass;

  delete from public.servicetitan_pass_chunks where workspace_id = p_pass.workspace_id;
end
$$;

revoke all on function public.finish_servicetitan_pass(public.servicetitan_proofs, jsonb) from public, anon, authenticated;
grant execute on function public.finish_servicetitan_pass(public.servicetitan_proofs, jsonb) to service_role;

-- From schemas/9_pass/list_servicetitan_differences.sql

-- The fields in which two contacts differ, of those that the sync owns: columns, and keys of custom_fields. Both
-- are rows of contacts as JSON; the keys are those of `p_after`. A JSON list of names, in order.
create function public.list_servicetitan_differences(p_before jsonb, p_after jsonb)
returns jsonb
language sql
immutable
security invoker
set search_path = ''
as $$
  select coalesce(jsonb_agg(differing.name order by differing.name), '[]')
  from (
    select field.name
    from unnest(array[
      'name', 'email', 'phone', 'address_street', 'address_unit', 'address_city', 'address_state', 'address_zip', 'address_country',
      'address_country_code', 'address_latitude', 'address_longitude', 'active', 'merged_to_crm_id', 'crm_source', 'crm_modified_on'
    ]) as field (name)
    where p_before -> field.name is distinct from p_after -> field.name
    union all
    select field.key
    from jsonb_each(
      case when jsonb_typeof(p_after #> '{metadata,custom_fields}') = 'object' then p_after #> '{metadata,custom_fields}' end
    ) as field
    where p_before #> array['metadata', 'custom_fields', field.key] is distinct from field.value
  ) as differing (name)
$$;

revoke all on function public.list_servicetitan_differences(jsonb, jsonb) from public, anon, authenticated;
grant execute on function public.list_servicetitan_differences(jsonb, jsonb) to service_role;

-- From schemas/9_pass/mark_servicetitan_missing.sql

-- Writes since when ServiceTitan no longer has these customers, or with null that it shows them again (R18). A mark that
-- stands keeps its date. `p_path`: see write_servicetitan_customers.
create function public.mark_servicetitan_missing(
  p_workspace_id text,
  p_source text,
  p_crm_ids text[],
  p_since timestamptz,
  p_path text
)
returns void
language plpgsql
security invoker
set search_path = ''
as $$
begin
  perform set_config('search_path', concat_ws(', ', 'pg_catalog', nullif(p_path, '')), true);
  update public.contacts
  set crm_missing_since = p_since
  where workspace_id = p_workspace_id
    and crm_id = any (p_crm_ids)
    and crm_source = p_source
    and (crm_missing_since is null) <> (p_since is null);
end
$$;

revoke all on function public.mark_servicetitan_missing(text, text, text[], timestamptz, text) from public, anon, authenticated;
grant execute on function public.mark_servicetitan_missing(text, text, text[], timestamptz, text) to service_role;

-- From schemas/9_pass/note_servicetitan_pass.sql

-- Notes what a chunk of the pass has shown, and how the rows stood before it was written (R18). It is called
-- behind the write, in its transaction: what the write changed is what was wrong. `p_batch` as
-- sync_servicetitan_contacts takes it, with `pass`: {pass, feed, page, listed?, unnamed?}. `p_before`: the
-- contacts as they stood before, by customer. `p_ids`: what write_servicetitan_customers answered, and
-- `p_changed` whose row was changed, by the customers or by their methods.
--
-- missing: there was no row of this source. stale: an older version. differing: the same version with other
-- content, and in which fields. What the live reader could still bring, being no older than the window of this
-- run, is neither. kept: as differing, but a trigger of the product keeps it so. Older versions that the guard
-- refused are asked for by id (R2's exception).
create function public.note_servicetitan_pass(
  p_state public.servicetitan_sync_state,
  p_instance_id text,
  p_batch jsonb,
  p_before jsonb,
  p_ids jsonb,
  p_changed text[]
)
returns void
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_pass bigint := (p_batch -> 'pass' ->> 'pass')::bigint;
  v_feed text := p_batch -> 'pass' ->> 'feed';
  v_page integer := (p_batch -> 'pass' ->> 'page')::integer;
  v_is_contacts boolean := v_feed = 'contacts';
  v_customers jsonb := p_batch -> 'customers';
  v_methods jsonb := p_batch -> 'contact_methods';
  v_part text := p_batch -> 'run' ->> 'part';
  v_set_aside text[];
  v_kept text[] := array(select jsonb_array_elements_text(nullif(p_ids -> 'kept', 'null')));
  v_went_back text[] := array(select jsonb_array_elements_text(nullif(p_ids -> 'stale', 'null')));
  v_from text;
  v_found record;
  v_customer record;
begin
  perform from public.servicetitan_proofs
  where workspace_id = p_state.workspace_id
    and pass = v_pass
    and ended_at is null;
  -- It was dropped meanwhile.
  if not found then
    return;
  end if;

  select public.format_servicetitan_instant(run.window_from) into v_from
  from public.servicetitan_sync_runs as run
  where run.instance_id = p_instance_id;
  v_set_aside := array(select distinct item.crm_id from jsonb_to_recordset(p_batch -> 'rejected') as item (crm_id text));

  with shown as (
    select item.crm_id, max(item.modified_on collate "C") as modified_on
    from (
      select customer.crm_id, customer.crm_modified_on as modified_on
      from jsonb_to_recordset(v_customers) as customer (crm_id text, crm_modified_on text)
      union all
      select method.crm_id, method.modified_on
      from jsonb_to_recordset(v_methods) as method (crm_id text, modified_on text)
    ) as item
    group by item.crm_id
  ),
  compared as (
    select
      changed.crm_id,
      before.row as before,
      -- The whole window is the live reader's.
      shown.modified_on >= v_from as is_coming,
      to_jsonb(contact) as after
    from (select distinct unnest(p_changed) as crm_id) as changed
    join shown using (crm_id)
    cross join lateral (select nullif(p_before -> changed.crm_id, 'null') as row) as before
    cross join lateral (
      select stored.*
      from public.contacts as stored
      where stored.workspace_id = p_state.workspace_id
        and stored.crm_id = changed.crm_id
      limit 1
    ) as contact
  ),
  graded as (
    select
      compared.crm_id,
      case
        when compared.before is null or compared.before ->> 'crm_source' is distinct from p_state.source
        then case when not compared.is_coming then 'missing' end
        when compared.before ->> 'crm_modified_on' collate "C" < compared.after ->> 'crm_modified_on' collate "C"
        then case when not compared.is_coming then 'stale' end
        -- A phone that a newer contact brings is the live reader's too.
        when not (v_is_contacts and compared.is_coming) then 'differing'
      end as grade,
      public.list_servicetitan_differences(compared.before, compared.after) as fields
    from compared
  ),
  unmended as (
    select contact.crm_id, public.list_servicetitan_differences(
      to_jsonb(contact),
      to_jsonb(contact) || (item.record - 'custom_fields') || jsonb_build_object(
        'phone', point.phone,
        'email', point.email,
        'metadata', jsonb_build_object('custom_fields', item.record -> 'custom_fields')
      )
    ) as fields
    from public.contacts as contact
    join (
      select customer.value as record, customer.value ->> 'crm_id' as crm_id
      from jsonb_array_elements(v_customers) as customer
    ) as item on item.crm_id = contact.crm_id
    left join public.pick_servicetitan_contact_points(p_state.workspace_id, p_state.source, v_kept) as point on point.crm_id = contact.crm_id
    where contact.workspace_id = p_state.workspace_id
      and contact.crm_id = any (v_kept)
  )
  select
    array_agg(graded.crm_id) filter (where graded.grade = 'missing') as missing,
    array_agg(graded.crm_id) filter (where graded.grade = 'stale') as stale,
    jsonb_object_agg(graded.crm_id, graded.fields) filter (where graded.grade = 'differing' and graded.fields <> '[]') as differing,
    (select jsonb_object_agg(unmended.crm_id, unmended.fields) from unmended where unmended.fields <> '[]') as kept
  into v_found
  from graded;

  with noted as (
    insert into public.servicetitan_pass_chunks as chunk (
      workspace_id, pass, feed, page, part, ids, owners, missing, stale, differing, kept, went_back, set_aside, unnamed, unreadable
    )
    select
      p_state.workspace_id, v_pass, v_feed, v_page, v_part, shown.ids, shown.owners,
      coalesce(public.to_servicetitan_ids(v_found.missing), '{}'),
      coalesce(public.to_servicetitan_ids(v_found.stale), '{}'),
      coalesce(v_found.differing, '{}'),
      coalesce(v_found.kept, '{}'),
      coalesce(public.to_servicetitan_ids(v_went_back), '{}'),
      coalesce(public.to_servicetitan_ids(v_set_aside), '{}'),
      coalesce((p_batch -> 'pass' ->> 'unnamed')::integer, 0),
      coalesce(p_batch -> 'unreadable', '{}')
    from (
      select
        coalesce(array_agg(item.id), '{}') as ids,
        coalesce(array_agg(item.owner) filter (where v_is_contacts), '{}') as owners
      from (
        select method.id, method.crm_id::bigint as owner
        from jsonb_to_recordset(v_methods) as method (id bigint, crm_id text)
        where v_is_contacts
          and public.to_servicetitan_ids(array[method.crm_id]) is not null
        union all
        select id, null
        from unnest(public.to_servicetitan_ids(v_set_aside || array(
          select customer.crm_id from jsonb_to_recordset(v_customers) as customer (crm_id text)
        ))) as id
        where not v_is_contacts
      ) as item
    ) as shown
    on conflict (workspace_id, pass, feed, page, part) do update
    set
      ids = case when (chunk.ids, chunk.owners) = (excluded.ids, excluded.owners) then chunk.ids else chunk.ids || excluded.ids end,
      owners = case when (chunk.ids, chunk.owners) = (excluded.ids, excluded.owners) then chunk.owners else chunk.owners || excluded.owners end,
      missing = chunk.missing || excluded.missing,
      stale = chunk.stale || excluded.stale,
      differing = chunk.differing || excluded.differing,
      kept = chunk.kept || excluded.kept,
      went_back = chunk.went_back || excluded.went_back,
      set_aside = chunk.set_aside || excluded.set_aside,
      unnamed = greatest(chunk.unnamed, excluded.unnamed)
    returning (xmax = 0) as is_new
  )
  update public.servicetitan_proofs as proof
  set
    page = greatest(proof.page, v_page),
    chunks = proof.chunks + (select count(*) filter (where noted.is_new) from noted),
    listed = coalesce(proof.listed, (p_batch -> 'pass' ->> 'listed')::bigint)
  where proof.workspace_id = p_state.workspace_id
    and proof.pass = v_pass;

  for v_customer in
    select customer.crm_id, max(customer.crm_modified_on collate "C") as modified_on
    from jsonb_to_recordset(v_customers) as customer (crm_id text, crm_modified_on text)
    where customer.crm_id = any (v_went_back)
    group by customer.crm_id
    union all
    select distinct method.crm_id, null
    from jsonb_to_recordset(v_methods) as method (id bigint, crm_id text, modified_on text)
    cross join lateral (
      select
      from public.servicetitan_contact_methods as stored
      where stored.workspace_id = p_state.workspace_id
        and stored.source = p_state.source
        and stored.crm_id = method.crm_id
        and stored.id = method.id
        and stored.modified_on > method.modified_on
      limit 1
    ) as newer
  loop
    perform public.note_servicetitan_refusal(
      p_state.workspace_id, p_state.source, v_customer.crm_id, v_customer.modified_on, p_instance_id, true
    );
  end loop;
end
$$;

revoke all on function public.note_servicetitan_pass(public.servicetitan_sync_state, text, jsonb, jsonb, jsonb, text[]) from public, anon, authenticated;
grant execute on function public.note_servicetitan_pass(public.servicetitan_sync_state, text, jsonb, jsonb, jsonb, text[]) to service_role;

-- From schemas/9_pass/plan_servicetitan_pass.sql

-- Why a pass goes on or begins in this run (R18); null while none is due. The first one comes with the first
-- incremental run, which is the second run of a workspace. Later ones come once in `p_days`, each workspace at a
-- time of its own, and a day after one that was not whole. 0 days: only when somebody asks.
create function public.plan_servicetitan_pass(p_state public.servicetitan_sync_state, p_days integer)
returns text
language sql
stable
security invoker
set search_path = ''
as $$
  select case
    when not p_state.initial_sync_completed then null
    when under_way.why is not null then under_way.why
    when p_state.pass_wanted_at is not null then 'asked'
    when p_days = 0 then null
    when last.began_at is null or last.began_at < p_state.initial_started_at then 'first'
    when last.ended_at > now() - interval '1 day' then null
    when not last.whole then 'not_whole'
    when floor((extract(epoch from now()) + own.seconds) / (p_days * 86400))
      > floor((extract(epoch from last.began_at) + own.seconds) / (p_days * 86400)) then 'due'
  end
  from (select ('x' || left(md5(p_state.workspace_id), 7))::bit(28)::integer as seconds) as own
  left join lateral (
    select proof.why
    from public.servicetitan_proofs as proof
    where proof.workspace_id = p_state.workspace_id
      and proof.source = p_state.source
      and proof.ended_at is null
    limit 1
  ) as under_way on true
  left join lateral (
    select proof.began_at, proof.ended_at, proof.whole
    from public.servicetitan_proofs as proof
    where proof.workspace_id = p_state.workspace_id
      and proof.source = p_state.source
      and proof.ended_at is not null
    order by proof.pass desc
    limit 1
  ) as last on true
$$;

revoke all on function public.plan_servicetitan_pass(public.servicetitan_sync_state, integer) from public, anon, authenticated;
grant execute on function public.plan_servicetitan_pass(public.servicetitan_sync_state, integer) to service_role;

-- From schemas/9_pass/repeat_servicetitan_pass.sql

-- Begins a reading of the pass once more (R18): `p_what` is 'contacts', or 'pass' for both. What was found wrong
-- stays; what was seen is forgotten. Answers false where that was begun again before.
create function public.repeat_servicetitan_pass(p_pass public.servicetitan_proofs, p_what text)
returns boolean
language plpgsql
security invoker
set search_path = ''
as $$
begin
  if p_what = any (p_pass.begun_again) then
    return false;
  end if;
  update public.servicetitan_pass_chunks
  set ids = '{}', owners = '{}', unnamed = 0
  where workspace_id = p_pass.workspace_id
    and pass = p_pass.pass
    and (p_what = 'pass' or feed = 'contacts');
  update public.servicetitan_proofs
  set
    stage = 'contacts',
    continue_from = null,
    begun_again = p_pass.begun_again || p_what,
    chunks = (
      select count(*)
      from public.servicetitan_pass_chunks as chunk
      where chunk.workspace_id = p_pass.workspace_id
        and chunk.pass = p_pass.pass
    )
  where workspace_id = p_pass.workspace_id
    and pass = p_pass.pass;
  return true;
end
$$;

revoke all on function public.repeat_servicetitan_pass(public.servicetitan_proofs, text) from public, anon, authenticated;
grant execute on function public.repeat_servicetitan_pass(public.servicetitan_proofs, text) to service_role;

-- From schemas/9_pass/settle_servicetitan_pass.sql

-- What asking by id has brought (R18). `p_answered` were shown, and are written already: where such a customer did
-- not move within the hour before the pass, the list had missed it, and the pass is not whole. `p_gone` are not
-- there any more, says ServiceTitan: their contacts are marked, and leave the quarantine and the recheck list;
-- `active` stays. One whose mark the product refuses is told and leaves the pass not whole, because what is stored
-- is not what ServiceTitan says. `p_unread` could not be asked for. Answers the stage that follows; the pass ends
-- behind the last. Repeating the call changes nothing. `p_path`: see write_servicetitan_customers.
create function public.settle_servicetitan_pass(
  p_workspace_id text,
  p_instance_id text,
  p_fence bigint,
  p_answered text[],
  p_gone text[],
  p_unread text[],
  p_path text default current_setting('search_path')
)
returns text
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_state public.servicetitan_sync_state := public.hold_servicetitan_lease(p_workspace_id, p_instance_id, p_fence);
  v_pass public.servicetitan_proofs;
  v_gone text[];
  v_unmarked text[];
  v_one text;
  v_missed bigint;
begin
  select * into v_pass
  from public.servicetitan_proofs
  where workspace_id = p_workspace_id
    and source = v_state.source
    and ended_at is null;
  if not found or v_pass.stage <> 'ask' then
    return coalesce(v_pass.stage, 'ended');
  end if;

  -- Only of those who are still to be asked is anything concluded: the call may come twice.
  p_answered := array(select unnest(v_pass.to_ask)::text intersect select unnest(p_answered));
  p_unread := array(select unnest(v_pass.to_ask)::text intersect select unnest(p_unread));
  v_gone := array(select unnest(v_pass.to_ask)::text intersect select unnest(p_gone));
  foreach v_one in array v_gone loop
    begin
      -- Each apart, so that a trigger of the product that refuses one row holds up no other.
      perform public.mark_servicetitan_missing(p_workspace_id, v_state.source, array[v_one], now(), p_path);
    exception
      when others then
        if public.is_servicetitan_outage(sqlstate, sqlerrm) then
          raise;
        end if;
    end;
  end loop;
  -- Raised or not, what is stored counts: a trigger may also keep the row as it was.
  v_unmarked := array(
    select contact.crm_id
    from public.contacts as contact
    where contact.workspace_id = p_workspace_id
      and contact.crm_source = v_state.source
      and contact.crm_id = any (v_gone)
      and contact.crm_missing_since is null
  );
  v_gone := array(select unnest(v_gone) except select unnest(v_unmarked) order by 1);
  delete from public.servicetitan_sync_errors
  where workspace_id = p_workspace_id
    and source = v_state.source
    and crm_id = any (v_gone);
  delete from public.servicetitan_rechecks
  where workspace_id = p_workspace_id
    and source = v_state.source
    and crm_id = any (v_gone);

  select count(*) into v_missed
  from public.contacts as contact
  where contact.workspace_id = p_workspace_id
    -- What was seen was not missed by the list.
    and contact.crm_id in (
      select unnest(p_answered)
      except
      select unnest(chunk.ids)::text
      from public.servicetitan_pass_chunks as chunk
      where chunk.workspace_id = p_workspace_id
        and chunk.pass = v_pass.pass
        and chunk.feed = 'customers'
    )
    and contact.crm_modified_on < public.format_servicetitan_instant(v_pass.began_at - interval '1 hour');
  perform public.blame_servicetitan_pass(p_workspace_id, v_pass.pass, (
    select coalesce(jsonb_agg(jsonb_build_object('code', reason.code, 'count', reason.count + coalesce((
      select (before.value ->> 'count')::bigint
      from jsonb_array_elements(v_pass.why_not) as before
      where before.value ->> 'code' = reason.code
    ), 0))), '[]')
    from (
      values ('list_missed', v_missed), ('not_asked', cardinality(p_unread)), ('not_marked', cardinality(v_unmarked))
    ) as reason (code, count)
    where reason.count > 0
  ));

  update public.servicetitan_proofs
  set
    to_ask = array(
      select asked.id
      from unnest(to_ask) as asked (id)
      where not asked.id::text = any (p_answered || p_gone || p_unread)
      order by asked.id
    ),
    gone = coalesce(gone, 0) + cardinality(v_gone),
    ids = ids || jsonb_build_object('gone', (
      select coalesce(jsonb_agg(marked.id), '[]')
      from (
        select each.id
        from (
          select jsonb_array_elements_text(coalesce(ids -> 'gone', '[]')) as id
          union all
          select unnest(v_gone)
        ) as each
        limit 100
      ) as marked
    ))
  where workspace_id = p_workspace_id
    and pass = v_pass.pass
  returning * into v_pass;
  if v_pass.to_ask <> '{}' then
    return 'ask';
  end if;
  perform public.finish_servicetitan_pass(v_pass, '[]');
  return 'ended';
end
$$;

revoke all on function public.settle_servicetitan_pass(text, text, bigint, text[], text[], text[], text) from public, anon, authenticated;
grant execute on function public.settle_servicetitan_pass(text, text, bigint, text[], text[], text[], text) to service_role;

-- From schemas/9_pass/sweep_servicetitan_methods.sql

-- The contact methods that the pass has not seen (R16, R18): none is taken. Those that are older than the pass
-- lose a witness, and their customers go on the recheck list. Of very many none is believed: the contacts are
-- read once more, and the second time nothing is concluded from them. Answers false where they are read again.
create function public.sweep_servicetitan_methods(p_pass public.servicetitan_proofs, p_most integer)
returns boolean
language plpgsql
security invoker
set search_path = ''
set enable_nestloop = off
set work_mem = '64MB'
set jit = off
as $$
declare
  v_before text := public.format_servicetitan_instant(p_pass.began_at - interval '1 hour');
  v_now text := public.format_servicetitan_instant(now());
  v_methods bigint[];
  v_owners text[];
  v_count integer;
begin
  with seen as (
    select shown.id, shown.owner
    from public.servicetitan_pass_chunks as chunk
    cross join lateral unnest(chunk.ids, chunk.owners) as shown (id, owner)
    where chunk.workspace_id = p_pass.workspace_id
      and chunk.pass = p_pass.pass
      and chunk.feed = 'contacts'
  ),
  -- What they have may be what could not be read.
  spared as (
    select unnest(chunk.set_aside)::text as owner
    from public.servicetitan_pass_chunks as chunk
    where chunk.workspace_id = p_pass.workspace_id
      and chunk.pass = p_pass.pass
      and chunk.feed = 'contacts'
  ),
  unseen as (
    select method.id, method.crm_id
    from public.servicetitan_contact_methods as method
    where method.workspace_id = p_pass.workspace_id
      and method.source = p_pass.source
      and method.listed
      and method.active is not false
      and (method.modified_on < v_before or method.modified_on > v_now)
      and not exists (select from seen where seen.id = method.id and seen.owner::text = method.crm_id)
      and not exists (select from spared where spared.owner = method.crm_id)
      -- Who is gone has nothing that could be asked for.
      and not exists (
        select
        from public.contacts as contact
        where contact.workspace_id = p_pass.workspace_id
          and contact.crm_source = p_pass.source
          and contact.crm_id = method.crm_id
          and contact.crm_missing_since is not null
      )
  )
  select array_agg(unseen.id), array_agg(unseen.crm_id), count(distinct unseen.crm_id)
  into v_methods, v_owners, v_count
  from unseen;

  if v_count > p_most then
    perform public.blame_servicetitan_pass(
      p_pass.workspace_id, p_pass.pass, jsonb_build_array(jsonb_build_object('code', 'methods_unseen', 'count', v_count))
    );
    return not public.repeat_servicetitan_pass(p_pass, 'contacts');
  end if;

  update public.servicetitan_contact_methods as method
  set missing_since = now(), missing_from = 'pass'
  from (select distinct unnest(v_owners) as crm_id, unnest(v_methods) as id) as unseen
  where method.workspace_id = p_pass.workspace_id
    and method.source = p_pass.source
    and method.id = unseen.id
    and method.crm_id = unseen.crm_id
    and method.missing_since is null;
  perform public.add_servicetitan_rechecks(p_pass.workspace_id, p_pass.source, v_owners, 'missing', now() + interval '15 minutes');
  return true;
end
$$;

revoke all on function public.sweep_servicetitan_methods(public.servicetitan_proofs, integer) from public, anon, authenticated;
grant execute on function public.sweep_servicetitan_methods(public.servicetitan_proofs, integer) to service_role;

-- From schemas/9_pass/sweep_servicetitan_pass.sql

-- Both readings of the pass have ended: compares what they have shown with what is stored, as sets (R18). Answers
-- the stage that follows.
--
-- Candidates for gone are customers that are stored or set aside, older than the pass by an hour, and that it has
-- not seen. They are asked for by id. Of more than fifty and one in a hundred none is believed, unless the pass
-- before found the same ones. What was seen and is neither stored nor set aside was taken by somebody: of more
-- than fifty the pass begins again, once; else they are asked for by id, which brings them back.
--
-- Where chunks of the pass are missing nothing is concluded, and it begins again. Each table is read once and
-- whole, so nested loops are off: a plan without statistics took minutes for 200,000 rows.
create function public.sweep_servicetitan_pass(p_workspace_id text, p_instance_id text, p_fence bigint)
returns text
language plpgsql
security invoker
set search_path = ''
set enable_nestloop = off
set work_mem = '64MB'
set jit = off
as $$
declare
  v_state public.servicetitan_sync_state := public.hold_servicetitan_lease(p_workspace_id, p_instance_id, p_fence);
  v_pass public.servicetitan_proofs;
  v_before text;
  v_now text := public.format_servicetitan_instant(now());
  v_stored bigint;
  v_most integer;
  v_taken bigint[];
  v_candidates bigint[];
  v_held bigint[] := '{}';
  v_held_before bigint[];
begin
  select * into v_pass
  from public.servicetitan_proofs
  where workspace_id = p_workspace_id
    and source = v_state.source
    and ended_at is null;
  if not found or v_pass.stage <> 'sweep' then
    return coalesce(v_pass.stage, 'ended');
  end if;
  v_before := public.format_servicetitan_instant(v_pass.began_at - interval '1 hour');

  if v_pass.chunks <> (
    select count(*) from public.servicetitan_pass_chunks where workspace_id = p_workspace_id and pass = v_pass.pass
  ) then
    if public.repeat_servicetitan_pass(v_pass, 'pass') then
      return 'contacts';
    end if;
    perform public.finish_servicetitan_pass(v_pass, '[{"code": "chunks_lost"}]');
    return 'ended';
  end if;

  select count(*) into v_stored from public.contacts where workspace_id = p_workspace_id and crm_source = v_state.source;
  v_most := greatest(50, ceil(v_stored / 100.0));

  with seen as materialized (
    select unnest(chunk.ids)::text as crm_id
    from public.servicetitan_pass_chunks as chunk
    where chunk.workspace_id = p_workspace_id
      and chunk.pass = v_pass.pass
      and chunk.feed = 'customers'
  ),
  known as materialized (
    select
      contact.crm_id,
      contact.crm_missing_since is null
        -- A stamp in the future says nothing of its age.
        and (contact.crm_modified_on is null or contact.crm_modified_on < v_before or contact.crm_modified_on > v_now) as is_candidate
    from public.contacts as contact
    where contact.workspace_id = p_workspace_id
      and contact.crm_source = v_state.source
      and contact.crm_id is not null
    union all
    select error.crm_id, not exists (
      select
      from public.contacts as contact
      where contact.workspace_id = p_workspace_id
        and contact.crm_source = v_state.source
        and contact.crm_id = error.crm_id
    )
    from public.servicetitan_sync_errors as error
    where error.workspace_id = p_workspace_id
      and error.source = v_state.source
  )
  select
    array(select distinct unnest(public.to_servicetitan_ids(array_agg(seen.crm_id))) from seen where not exists (
      select from known where known.crm_id = seen.crm_id
    )),
    array(select distinct unnest(public.to_servicetitan_ids(array_agg(known.crm_id))) from known where known.is_candidate and not exists (
      select from seen where seen.crm_id = known.crm_id
    ))
  into v_taken, v_candidates;

  if cardinality(v_taken) > 50 then
    if public.repeat_servicetitan_pass(v_pass, 'pass') then
      return 'contacts';
    end if;
    perform public.blame_servicetitan_pass(
      p_workspace_id, v_pass.pass, jsonb_build_array(jsonb_build_object('code', 'rows_taken', 'count', cardinality(v_taken)))
    );
  end if;
  if not public.sweep_servicetitan_methods(v_pass, v_most) then
    return 'contacts';
  end if;

  if cardinality(v_candidates) > v_most then
    select proof.held into v_held_before
    from public.servicetitan_proofs as proof
    where proof.workspace_id = p_workspace_id
      and proof.source = v_state.source
      and proof.ended_at is not null
    order by proof.pass desc
    limit 1;
    v_held := array(select unnest(v_candidates) except select unnest(v_held_before));
    v_candidates := array(select unnest(v_candidates) intersect select unnest(v_held_before));
    if v_held <> '{}' then
      perform public.blame_servicetitan_pass(
        p_workspace_id, v_pass.pass, jsonb_build_array(jsonb_build_object('code', 'gone_held', 'count', cardinality(v_held)))
      );
    end if;
  end if;

  update public.servicetitan_proofs
  set
    stage = 'ask',
    held = v_held,
    to_ask = array(select unnest(v_candidates) union select unnest(v_taken) order by 1)
  where workspace_id = p_workspace_id
    and pass = v_pass.pass
  returning * into v_pass;
  if v_pass.to_ask = '{}' then
    perform public.finish_servicetitan_pass(v_pass, '[]');
    return 'ended';
  end if;
  return 'ask';
end
$$;

revoke all on function public.sweep_servicetitan_pass(text, text, bigint) from public, anon, authenticated;
grant execute on function public.sweep_servicetitan_pass(text, text, bigint) to service_role;

-- From schemas/9_pass/want_servicetitan_pass.sql

-- Asks for a pass (R18): it begins with the next run of the workspace, or after the pass that is under way.
-- Answers false, and notes nothing, where the workspace is not connected to that tenant, or is paused.
create function public.want_servicetitan_pass(p_workspace_id text, p_tenant_id text)
returns boolean
language plpgsql
security invoker
set search_path = ''
as $$
begin
  if not exists (
    select
    from public.servicetitan_connections
    where workspace_id = p_workspace_id
      and tenant_id = p_tenant_id
      and enabled
  ) then
    return false;
  end if;
  insert into public.servicetitan_sync_state as state (workspace_id, pass_wanted_at)
  values (p_workspace_id, now())
  on conflict (workspace_id) do update
  set pass_wanted_at = coalesce(state.pass_wanted_at, excluded.pass_wanted_at);
  return true;
end
$$;

revoke all on function public.want_servicetitan_pass(text, text) from public, anon, authenticated;
grant execute on function public.want_servicetitan_pass(text, text) to service_role;
