-- Whether an error says that the database or the run is at fault, and no record (R10). The Edge Function asks the
-- same of what it is answered (database.ts). The product's triggers may raise PT409 too, in other words.
create or replace function public.is_servicetitan_outage(p_sqlstate text, p_message text)
returns boolean
language sql
immutable
security invoker
set search_path = ''
as $$
  select p_sqlstate ~ '^(08|25|40|53|57|58|XX)...$|^55P03$'
    or p_sqlstate = 'PT409' and p_message in ('superseded', 'page_out_of_order', 'went_back')
$$;

revoke all on function public.is_servicetitan_outage(text, text) from public, anon, authenticated;
grant execute on function public.is_servicetitan_outage(text, text) to service_role;
