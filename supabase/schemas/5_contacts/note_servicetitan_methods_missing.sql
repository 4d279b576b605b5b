-- What a whole reading of customers says of the methods that are stored of them (R16). One that it shows is
-- listed, and any doubt about it is over. One that it lacks is noted: silence of one witness takes nothing.
--
-- `p_shown` are the methods read, `p_reread` the customers that were read whole. `p_witness` is how they were
-- asked: 'list' by customerIds, 'own' by the customer's own list; null when the answers can't be believed, and
-- then only what they show counts. `p_is_recheck`: asked for because of the recheck list. Only a recheck is a
-- second witness: of another kind than the first, at least 15 minutes later.
create or replace function public.note_servicetitan_methods_missing(
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
