-- The contact methods that the pass has not seen (R16, R18): none is taken. Those that are older than the pass
-- lose a witness, and their customers go on the recheck list. Of very many none is believed: the contacts are
-- read once more, and the second time nothing is concluded from them. Answers false where they are read again.
create or replace function public.sweep_servicetitan_methods(p_pass public.servicetitan_proofs, p_most integer)
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
