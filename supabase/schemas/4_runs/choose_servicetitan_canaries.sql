-- Up to three customers that should have contact methods, and of whom nothing is asked (R16). If the list of the
-- first of them that is answered comes empty, nothing that the others lack is believed.
--
-- Others in each run, because any of them may have lost its methods unseen, and far apart, because neighbours may
-- have lost them together: the name of the run chooses three places between the lowest and the highest id, and
-- the first such customer behind each place is taken. Ids are texts, which sort like the digits behind a point.
create or replace function public.choose_servicetitan_canaries(p_workspace_id text, p_source text, p_instance_id text)
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
