-- What a recheck brought, beside its rows (R16): who was asked in this run, which stored methods the readings
-- lacked, and for which contacts nothing explains the phone or e-mail that they show. `p_rechecked` as in
-- sync_servicetitan_contacts, `p_shown` the contact methods read. Of a customer that was not read whole what
-- was read counts, and its reading counts as failed. settle_servicetitan_rechecks draws the conclusions at the
-- end of the run.
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
