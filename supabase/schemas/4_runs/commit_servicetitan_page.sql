-- Stores where a feed continues (R12). `p_commit`: {feed, continue_from, done, past_future, read_at, stamp} as
-- in the wire contract; null does nothing. The last call of a page stores it: the page's only chunk, the call
-- after all its chunks, or the one that brings its phones right. So a token never gets ahead of its rows.
-- Repeating it changes nothing. `p_place`: the last page with records, which the database has to hold
-- (check_servicetitan_place).
--
-- `past_future`: the page shows a stamp in the future, behind which the token would miss every later change.
-- The state remembers that until the feed has ended, whoever reads it to its end; then the contacts feed goes
-- on by date (R9): from the time up to which everything was read twice (R17), or from an hour before the initial
-- sync began while that is not known.
--
-- The last page of the contacts moves an initial sync on to its customers. The run then notes when they
-- began, so that the rate of its progress can be told.
create or replace function public.commit_servicetitan_page(p_workspace_id text, p_instance_id text, p_fence bigint, p_commit jsonb, p_place jsonb default null)
returns void
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_feed text := p_commit ->> 'feed';
  v_token text := p_commit ->> 'continue_from';
  v_stamp text := p_commit ->> 'stamp';
  v_done boolean := (p_commit ->> 'done')::boolean;
  v_state public.servicetitan_sync_state := public.hold_servicetitan_lease(p_workspace_id, p_instance_id, p_fence);
  v_past_future boolean := v_state.contacts_past_future or coalesce((p_commit ->> 'past_future')::boolean, false);
begin
  perform public.check_servicetitan_place(v_state, p_place);
  if v_feed in ('contacts', 'initial_contacts') then
    update public.servicetitan_sync_state
    set contacts_past_future = v_past_future and not v_done
    where workspace_id = p_workspace_id;
    if v_past_future and v_done then
      v_token := public.format_servicetitan_instant(
        coalesce(case when v_state.settled_until <= now() then v_state.settled_until end, v_state.initial_started_at - interval '1 hour')
      );
    end if;
  end if;

  if v_feed = 'contacts' then
    update public.servicetitan_sync_state
    set contacts_continue_from = v_token, contacts_stamp = coalesce(v_stamp, contacts_stamp)
    where workspace_id = p_workspace_id;
  elsif v_feed = 'initial_contacts' then
    update public.servicetitan_sync_state
    set
      initial_started_at = least(initial_started_at, (p_commit ->> 'read_at')::timestamptz),
      last_continue_from = case when v_done then null else v_token end,
      initial_stamp = case when not v_done then coalesce(v_stamp, initial_stamp) end,
      -- Without a token its reading was stopped (R19): the feed goes on from where that stood.
      contacts_continue_from = case when v_done then coalesce(v_token, last_continue_from) else contacts_continue_from end,
      contacts_stamp = case when v_done then coalesce(v_stamp, initial_stamp) else contacts_stamp end,
      -- The settled reader goes on from there too where that is before the date by which it would begin (R17): what
      -- a reading left out that was stopped, or ended too early, must not count as read twice.
      settled = case
        when v_done and coalesce(coalesce(v_stamp, initial_stamp) < public.format_servicetitan_instant(initial_started_at - interval '1 hour'), true)
        then settled || jsonb_build_object('contacts', jsonb_build_object(
          'from', coalesce(p_commit ->> 'continue_from', last_continue_from), 'stamp', coalesce(v_stamp, initial_stamp),
          'as_of', least(initial_started_at, (p_commit ->> 'read_at')::timestamptz, now()) - interval '15 minutes'
        ))
        else settled
      end,
      initial_feed = case when v_done then 'customers' else 'contacts' end
    where workspace_id = p_workspace_id
      and initial_feed = 'contacts';
    if v_done then
      update public.servicetitan_sync_runs
      set customers_started_at = coalesce(customers_started_at, now())
      where instance_id = p_instance_id;
    end if;
  elsif v_feed = 'initial_customers' then
    update public.servicetitan_sync_state
    set last_continue_from = v_token, initial_stamp = coalesce(v_stamp, initial_stamp)
    where workspace_id = p_workspace_id
      and initial_feed = 'customers';
  elsif v_feed in ('settled_customers', 'settled_contacts') then
    perform public.commit_servicetitan_settled(v_state, p_instance_id, p_commit);
  elsif v_feed in ('pass_contacts', 'pass_customers') then
    perform public.commit_servicetitan_pass(v_state, p_commit);
  end if;
end
$$;

revoke all on function public.commit_servicetitan_page(text, text, bigint, jsonb, jsonb) from public, anon, authenticated;
grant execute on function public.commit_servicetitan_page(text, text, bigint, jsonb, jsonb) to service_role;
