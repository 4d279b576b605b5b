-- Writes phones and e-mails (R9) and answers the customers they touch, former owners included. `p_reread`
-- names the customers whose methods were read whole. A stored method that `p_methods` lacks is no longer
-- listed from then on, unless it was modified after `p_unlist_before`: the list may lag behind the export
-- feed.
--
-- A row of the export feed carries `active`. It overrules the list at an equal modifiedOn, because only the
-- feed shows a contact that was switched off. The feed does not know the customer's country, so a number that
-- it repeats keeps its normalised form. A row of the feed lists an unlisted method again when it is newer or
-- the method moved to another customer; with `p_relist`, which is an initial sync, in any case.
--
-- An older modifiedOn never replaces a newer one (R2), and an identical row is not even locked (R11). Rows
-- are looked up by key in lateral subqueries with a limit: the planner can't turn those into a join over the
-- whole workspace, which it did while the tables had no statistics.
create or replace function public.write_servicetitan_contact_methods(
  p_workspace_id text,
  p_source text,
  p_methods jsonb,
  p_reread text[],
  p_relist boolean,
  p_unlist_before text
)
returns text[]
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_touched text[];
  v_gone bigint;
begin
  select array_agg(distinct touched.crm_id) into v_touched
  from (
    select item.crm_id from jsonb_to_recordset(p_methods) as item (crm_id text)
    union all
    select unnest(p_reread)
    union all
    select stored.crm_id
    from jsonb_to_recordset(p_methods) as item (id bigint)
    cross join lateral (
      select method.crm_id
      from public.servicetitan_contact_methods as method
      where method.workspace_id = p_workspace_id
        and method.source = p_source
        and method.id = item.id
      limit 1
    ) as stored
  ) as touched;

  with item as (
    select distinct on (item.id) item.*
    from rows from (jsonb_to_recordset(p_methods) as (
      id bigint, crm_id text, type text, value text, normalized text, country_code text, memo text, do_not_text boolean,
      active boolean, modified_on text
    )) with ordinality as item (id, crm_id, type, value, normalized, country_code, memo, do_not_text, active, modified_on, position)
    order by item.id, item.modified_on collate "C" desc, item.position desc
  ),
  resolved as (
    select
      item.id,
      item.crm_id,
      item.type,
      item.value,
      case when is_repeated.yes then stored.normalized else item.normalized end as normalized,
      case when is_repeated.yes then stored.country_code else item.country_code end as country_code,
      item.memo,
      item.do_not_text,
      case when item.active is not null or is_newer.yes then item.active else stored.active end as active,
      item.active is null or p_relist or is_newer.yes or stored.crm_id <> item.crm_id or stored.listed as listed,
      item.modified_on,
      stored.whole as before
    from item
    left join lateral (
      select method.*, method as whole
      from public.servicetitan_contact_methods as method
      where method.workspace_id = p_workspace_id
        and method.source = p_source
        and method.id = item.id
      limit 1
    ) as stored on true
    cross join lateral (select stored.id is null or item.modified_on > stored.modified_on as yes) as is_newer
    cross join lateral (
      select item.active is not null and (stored.type, stored.value) is not distinct from (item.type, item.value) as yes
    ) as is_repeated
    -- R2, and R11: what is identical is not even locked.
    where stored.id is null
      or stored.modified_on <= item.modified_on
  )
  insert into public.servicetitan_contact_methods as stored
    (workspace_id, source, id, crm_id, type, value, normalized, country_code, memo, do_not_text, active, listed, modified_on)
  select
    p_workspace_id, p_source, resolved.id, resolved.crm_id, resolved.type, resolved.value, resolved.normalized,
    resolved.country_code, resolved.memo, resolved.do_not_text, resolved.active, resolved.listed, resolved.modified_on
  from resolved
  where (resolved.before).id is null
    or (
      (resolved.before).crm_id, (resolved.before).type, (resolved.before).value, (resolved.before).normalized,
      (resolved.before).country_code, (resolved.before).memo, (resolved.before).do_not_text, (resolved.before).active,
      (resolved.before).listed, (resolved.before).modified_on
    ) is distinct from (
      resolved.crm_id, resolved.type, resolved.value, resolved.normalized, resolved.country_code, resolved.memo,
      resolved.do_not_text, resolved.active, resolved.listed, resolved.modified_on
    )
  on conflict (workspace_id, source, id) do update
  set
    crm_id = excluded.crm_id,
    type = excluded.type,
    value = excluded.value,
    normalized = excluded.normalized,
    country_code = excluded.country_code,
    memo = excluded.memo,
    do_not_text = excluded.do_not_text,
    active = excluded.active,
    listed = excluded.listed,
    modified_on = excluded.modified_on;

  for v_gone in
    select stored.id
    from (select distinct unnest(p_reread) as crm_id) as reread
    cross join lateral (
      select method.id, method.modified_on
      from public.servicetitan_contact_methods as method
      where method.workspace_id = p_workspace_id
        and method.source = p_source
        and method.crm_id = reread.crm_id
        and method.listed
      offset 0
    ) as stored
    where stored.id not in (select item.id from jsonb_to_recordset(p_methods) as item (id bigint) where item.id is not null)
      and (p_unlist_before is null or stored.modified_on <= p_unlist_before)
  loop
    update public.servicetitan_contact_methods
    set listed = false
    where workspace_id = p_workspace_id
      and source = p_source
      and id = v_gone;
  end loop;

  return coalesce(v_touched, '{}');
end
$$;

revoke all on function public.write_servicetitan_contact_methods(text, text, jsonb, text[], boolean, text) from public, anon, authenticated;
grant execute on function public.write_servicetitan_contact_methods(text, text, jsonb, text[], boolean, text) to service_role;
