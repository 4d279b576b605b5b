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
create or replace function public.write_servicetitan_contact_methods(
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
