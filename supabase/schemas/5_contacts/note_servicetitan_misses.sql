-- What the settled reader is about to create or to make newer (R17), looked at before it is written. Such a
-- customer goes on the recheck list, because this reader does not re-read its contact methods. What is older
-- than the time up to which the live readers had read is a miss, and is counted with the run; the quarantine's own
-- are none. What is older than that which an earlier reading of this reader had confirmed takes the
-- confirmation back to there, and is a doubt.
--
-- Repeating the call finds everything written, and notes nothing.
create or replace function public.note_servicetitan_misses(
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
