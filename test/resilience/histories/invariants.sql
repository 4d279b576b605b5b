-- What has to hold at every moment, watched by triggers of the test's own: each row that a write touches is held against
-- docs/rules.md at once. A breach is noted instead of raised, so that watching changes nothing.

create schema histories;
create table histories.breaches (
  id bigint generated always as identity,
  workspace_id text not null,
  rule text not null,
  what text not null
);

create function histories.note(p_workspace_id text, p_rule text, p_what text)
returns void
language sql
security definer
set search_path = ''
as $$ insert into histories.breaches (workspace_id, rule, what) values (p_workspace_id, p_rule, p_what) $$;

-- Whether the caller, '<workspace> <instance> <fence or nothing>', is the given holder of the lease. Writes without a caller are the test's.
create function histories.is_holder(p_instance_id text, p_fence bigint)
returns boolean
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  v_caller text[] := string_to_array(nullif(current_setting('histories.caller', true), ''), ' ');
begin
  return v_caller is null or (v_caller[2] = p_instance_id and coalesce(nullif(v_caller[3], '')::bigint = p_fence, true));
end
$$;

-- R8: nobody but the holder writes.
create function histories.watch_holder(p_workspace_id text, p_what text)
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_holds boolean;
begin
  select histories.is_holder(state.run_instance_id, state.fence) into v_holds
  from public.servicetitan_sync_state as state
  where state.workspace_id = p_workspace_id;
  if v_holds is not true then
    perform histories.note(p_workspace_id, 'R8', format('%s by %s, which does not hold the lease', p_what, current_setting('histories.caller', true)));
  end if;
end
$$;

create function histories.watch_contacts()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  if tg_op = 'DELETE' then
    perform histories.note(old.workspace_id, 'R13', format('contact %s deleted', old.crm_id));
    return null;
  end if;
  perform histories.watch_holder(new.workspace_id, format('contact %s written', new.crm_id));
  if tg_op = 'UPDATE' then
    -- But what a recheck has confirmed: the version that was refused 15 minutes before, or one behind it, for the
    -- customer may go on changing.
    if new.crm_source = old.crm_source and new.crm_modified_on < old.crm_modified_on and not exists (
      select from public.servicetitan_rechecks as recheck
      where recheck.workspace_id = new.workspace_id
        and recheck.source = new.crm_source
        and recheck.crm_id = new.crm_id
        and recheck.refused_modified_on <= new.crm_modified_on
        and recheck.refused_at <= now() - interval '15 minutes'
    ) then
      perform histories.note(new.workspace_id, 'R2', format('contact %s went back from %s to %s', new.crm_id, old.crm_modified_on, new.crm_modified_on));
    end if;
    if new is not distinct from old then
      perform histories.note(new.workspace_id, 'R11', format('identical contact %s written', new.crm_id));
    end if;
  end if;
  return null;
end
$$;
create trigger watch_contacts after insert or update or delete on public.contacts
for each row execute function histories.watch_contacts();

create function histories.watch_methods()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform histories.watch_holder(new.workspace_id, format('contact method %s written', new.id));
  if tg_op = 'UPDATE' then
    if new.modified_on < old.modified_on
      and (coalesce(old.refused_modified_on > new.modified_on, true) or old.refused_at > now() - interval '15 minutes') then
      perform histories.note(new.workspace_id, 'R2', format('contact method %s went back from %s to %s', new.id, old.modified_on, new.modified_on));
    end if;
    if new is not distinct from old then
      perform histories.note(new.workspace_id, 'R11', format('identical contact method %s written', new.id));
    end if;
  end if;
  return null;
end
$$;
create trigger watch_methods after insert or update on public.servicetitan_contact_methods
for each row execute function histories.watch_methods();

create function histories.watch_errors()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_row public.servicetitan_sync_errors := coalesce(new, old);
begin
  perform histories.watch_holder(v_row.workspace_id, format('quarantine of %s written', v_row.crm_id));
  return null;
end
$$;
create trigger watch_errors after insert or update or delete on public.servicetitan_sync_errors
for each row execute function histories.watch_errors();

create function histories.watch_state()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_ends_initial boolean := old.initial_feed is not null and new.initial_feed is null and new.initial_sync_completed;
  v_before jsonb := old.checkpoint;
  v_after jsonb := new.checkpoint;
begin
  if not histories.is_holder(old.run_instance_id, old.fence) then
    perform histories.note(new.workspace_id, 'R8', format('state written by %s, which does not hold the lease', current_setting('histories.caller', true)));
  end if;
  if new.fence < old.fence then
    perform histories.note(new.workspace_id, 'R8', format('the fence went back from %s to %s', old.fence, new.fence));
  end if;
  if new.run_instance_id is not null and new.run_instance_id is distinct from old.run_instance_id and new.fence <= old.fence then
    perform histories.note(new.workspace_id, 'R8', format('%s holds the lease without a new fence', new.run_instance_id));
  end if;
  if new.page < old.page and new.fence = old.fence then
    perform histories.note(new.workspace_id, 'R2', format('page %s applied after page %s', new.page, old.page));
  end if;
  if new.source is distinct from old.source then
    return null;
  end if;
  if old.last_modified_cursor is not null and not v_ends_initial
    and (new.last_modified_cursor is null or new.last_modified_cursor < least(old.last_modified_cursor, now())) then
    perform histories.note(new.workspace_id, 'R4', format('the cursor went back from %s to %s', old.last_modified_cursor, new.last_modified_cursor));
  end if;
  if v_after is not null and (
    select count(*) filter (where field.value <> 'null') <> 5 or count(*) <> 5
    from jsonb_each(case when jsonb_typeof(v_after) = 'object' then v_after else '{}' end) as field
    where field.key in ('modified_on_or_after', 'page_size', 'next_page', 'started_at', 'seen')
  ) then
    perform histories.note(new.workspace_id, 'R6', format('a checkpoint that is not whole: %s', v_after));
  end if;
  if v_before <> v_after and (
    v_before -> 'modified_on_or_after' <> v_after -> 'modified_on_or_after'
    or (v_before ->> 'page_size')::integer % (v_after ->> 'page_size')::integer <> 0
    or (v_before ->> 'started_at')::timestamptz < (v_after ->> 'started_at')::timestamptz
    or ((v_before ->> 'next_page')::integer - 1) * (v_before ->> 'page_size')::integer
      >= ((v_after ->> 'next_page')::integer - 1) * (v_after ->> 'page_size')::integer
  ) then
    perform histories.note(new.workspace_id, 'R6', format('the checkpoint %s does not go on from %s', v_after, v_before));
  end if;
  if new.last_modified_cursor is distinct from old.last_modified_cursor and v_before is not null and not v_ends_initial
    and new.last_modified_cursor > (v_before ->> 'started_at')::timestamptz then
    perform histories.note(new.workspace_id, 'R6', format('the cursor %s is not the start %s that was handed on', new.last_modified_cursor, v_before ->> 'started_at'));
  end if;
  return null;
end
$$;
create trigger watch_state after update on public.servicetitan_sync_state
for each row execute function histories.watch_state();

create function histories.watch_runs()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  if new.status in ('queued', 'running') and (
    select count(*) from public.servicetitan_sync_runs
    where workspace_id = new.workspace_id and status in ('queued', 'running')
  ) > 1 then
    perform histories.note(new.workspace_id, 'R8', format('%s is not the only live run', new.instance_id));
  end if;
  return null;
end
$$;
create index histories_live_runs on public.servicetitan_sync_runs (workspace_id) where status in ('queued', 'running');
create trigger watch_runs after insert or update on public.servicetitan_sync_runs
for each row execute function histories.watch_runs();
