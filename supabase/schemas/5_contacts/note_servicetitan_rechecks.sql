-- What a recheck brought, beside its rows (R16): who was asked in this run, which stored methods the readings
-- lacked, and for which contacts nothing explains the phone or e-mail that they show. `p_rechecked` as in
-- sync_servicetitan_contacts, `p_shown` the contact methods read. settle_servicetitan_rechecks draws the
-- conclusions at the end of the run.
create or replace function public.note_servicetitan_rechecks(
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
    select item.witness, array_agg(distinct item.crm_id) as crm_ids
    from jsonb_to_recordset(p_rechecked) as item (crm_id text, witness text)
    group by item.witness
  loop
    perform public.note_servicetitan_methods_missing(
      p_workspace_id, p_source, p_shown, v_answer.crm_ids, v_answer.witness, true
    );

    update public.servicetitan_rechecks as recheck
    set
      asked_at = now(),
      asked_in = p_instance_id,
      failures = 0,
      bare_since = case when bare.yes then coalesce(recheck.bare_since, case when v_answer.witness is not null then now() end) end,
      bare_from = case when bare.yes then coalesce(recheck.bare_from, v_answer.witness) end,
      bare_again_at = case
        when not bare.yes then null
        when recheck.bare_from <> v_answer.witness and recheck.bare_since <= now() - interval '15 minutes' then now()
        else recheck.bare_again_at
      end
    from public.pick_servicetitan_contact_points(p_workspace_id, p_source, v_answer.crm_ids) as point
    cross join lateral (
      select exists (
        select
        from public.contacts as contact
        where contact.workspace_id = p_workspace_id
          and contact.crm_id = point.crm_id
          and contact.crm_source = p_source
          and ((contact.phone is not null and point.phone is null) or (contact.email is not null and point.email is null))
      ) as yes
    ) as bare
    where recheck.workspace_id = p_workspace_id
      and recheck.source = p_source
      and recheck.crm_id = point.crm_id;
  end loop;
end
$$;

revoke all on function public.note_servicetitan_rechecks(text, text, text, jsonb, jsonb) from public, anon, authenticated;
grant execute on function public.note_servicetitan_rechecks(text, text, text, jsonb, jsonb) to service_role;
