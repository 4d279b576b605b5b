// The state of the earlier sync: a table of the name of ours, with its documented columns in whatever types it has them.
import type { SchemaFile } from './schemas.ts';

const TABLE = 'servicetitan_sync_state';

export function isTakenOver(name: string): boolean {
  return name === TABLE;
}

/**
 * The table as its file says, with what the earlier sync's rows told: nothing of that table is lost, it stays under another
 * name. Its last error is somebody else's text and is not copied. Where its sync stood is not taken over, because nobody knows which rows back its cursor: the sync begins anew
 * beside the contacts that are there (R12).
 */
export function takeOver(file: SchemaFile): string {
  return `do $$
begin
  -- Ours has a fence. Of the earlier sync's nothing is dropped.
  if to_regclass('public.${TABLE}') is not null and not exists (
    select from pg_catalog.pg_attribute
    where attrelid = to_regclass('public.${TABLE}') and attname = 'fence' and not attisdropped
  ) then
    alter table public.${TABLE} rename to ${TABLE}_before;
    alter index if exists public.${TABLE}_pkey rename to ${TABLE}_before_pkey;
  end if;
end
$$;

${file.text.trimEnd()}

do $$
begin
  if to_regclass('public.${TABLE}_before') is not null then
    execute $copy$
      insert into public.${TABLE}
        (workspace_id, total_customers_synced, last_sync_created, last_sync_updated, last_sync_errors)
      select distinct on (told.row ->> 'workspace_id')
        told.row ->> 'workspace_id',
        coalesce(substring(told.row ->> 'total_customers_synced' from '^[0-9]{1,18}')::bigint, 0),
        coalesce(substring(told.row ->> 'last_sync_created' from '^[0-9]{1,18}')::bigint, 0),
        coalesce(substring(told.row ->> 'last_sync_updated' from '^[0-9]{1,18}')::bigint, 0),
        coalesce(substring(told.row ->> 'last_sync_errors' from '^[0-9]{1,18}')::bigint, 0)
      from (select to_jsonb(before) as row from public.${TABLE}_before as before) as told
      where told.row ->> 'workspace_id' is not null
      order by told.row ->> 'workspace_id'
    $copy$;
  end if;
end
$$;`;
}
