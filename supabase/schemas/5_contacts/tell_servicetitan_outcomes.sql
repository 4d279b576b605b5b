-- What became of the customers of a chunk (R22): each in one of created, updated, unchanged, stale and set aside,
-- so that the counts add up to what was sent. `p_tried`: [{crm_id, crm_modified_on, outcome, is_unbacked,
-- is_of_balance, was_missing}], with the outcome as the write saw it; `p_confirmed`: those whose older version was to be written (R2).
--
-- The write is not believed, because a trigger, a rule or a policy of the product may have passed a row over or
-- kept the old one. So contacts is asked for each row that should have been written. No row, or an older
-- version: the customer is set aside. The same version with other content is how a trigger rewrites: that is
-- unchanged.
create or replace function public.tell_servicetitan_outcomes(p_workspace_id text, p_source text, p_tried jsonb, p_confirmed text[])
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
