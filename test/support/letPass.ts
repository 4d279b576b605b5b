import type { Sql } from 'postgres';

/** As if so many minutes had passed since what the database remembers of this workspace's rechecks, quarantine and readings. */
export async function letPass({ workspaceId }: { workspaceId: string }, minutes: number, admin: Sql): Promise<void> {
  const by = `${minutes} minutes`;
  await admin`
    update public.servicetitan_contact_methods
    set
      missing_since = missing_since - ${by}::interval,
      missing_again_at = missing_again_at - ${by}::interval,
      refused_at = refused_at - ${by}::interval
    where workspace_id = ${workspaceId} and num_nonnulls(missing_since, missing_again_at, refused_at) > 0
  `;
  await admin`
    update public.servicetitan_rechecks
    set
      added_at = added_at - ${by}::interval,
      due_at = due_at - ${by}::interval,
      asked_at = asked_at - ${by}::interval,
      failing_since = failing_since - ${by}::interval,
      phone_bare_since = phone_bare_since - ${by}::interval,
      phone_bare_again_at = phone_bare_again_at - ${by}::interval,
      email_bare_since = email_bare_since - ${by}::interval,
      email_bare_again_at = email_bare_again_at - ${by}::interval,
      refused_at = refused_at - ${by}::interval,
      held_at = held_at - ${by}::interval
    where workspace_id = ${workspaceId}
  `;
  await admin`
    update public.servicetitan_sync_errors
    set first_seen_at = first_seen_at - ${by}::interval, last_seen_at = last_seen_at - ${by}::interval
    where workspace_id = ${workspaceId}
  `;
  await admin`
    update public.servicetitan_sync_state as state
    set
      settled_until = settled_until - ${by}::interval,
      settled = (
        select coalesce(jsonb_object_agg(feed.key, feed.value || jsonb_strip_nulls(jsonb_build_object(
          'as_of', (feed.value ->> 'as_of')::timestamptz - ${by}::interval,
          'until', (feed.value ->> 'until')::timestamptz - ${by}::interval
        ))), '{}')
        from jsonb_each(state.settled) as feed
      )
    where workspace_id = ${workspaceId}
      -- What somebody wrote there that is no place stays as it is.
      and not state.settled @? 'strict $ ? (@.type() != "object" || exists (@.* ? (@.type() != "object")))'
  `;
  await admin`
    update public.servicetitan_sync_runs
    set window_started_at = window_started_at - ${by}::interval
    where workspace_id = ${workspaceId}
  `;
}
