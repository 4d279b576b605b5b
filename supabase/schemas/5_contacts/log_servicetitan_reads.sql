-- Writes one chunk's row of the reads log, in the chunk's own transaction, and counts it (enter_servicetitan_reads). `p_ids` is what
-- write_servicetitan_customers answered. `p_touched` are the customers whose methods were written,
-- `p_refreshed` those whose phone or e-mail changed by it. A chunk that held no customer leaves no row.
create or replace function public.log_servicetitan_reads(
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
