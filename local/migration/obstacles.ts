// The first statement of the first migration: what no write of the sync could pass is refused before anything changes.
import { StackError } from '../stackError.ts';
import type { SchemaFile } from './schemas.ts';

const FUNCTION = 'find_servicetitan_obstacles';

/**
 * Asks what the function of that name will ask later, with the function's own query, because the function is not there
 * yet. Where rows of the sync are there already nothing is refused: it is told.
 */
export function refuseObstacles(files: SchemaFile[]): string {
  const { text = '', path = FUNCTION } = files.find(({ name }) => name === FUNCTION) ?? {};
  const [, query] = /\nas \$\$\n(.*)\n\$\$;\n/s.exec(text) ?? [];
  if (query === undefined) throw new StackError(`supabase/${path} holds no query between "as $$" and "$$;".`);
  return `do $$
declare
  v_obstacle record;
  v_told text := '';
  v_columns text[] := array(
    select attname::text from pg_catalog.pg_attribute
    where attrelid = to_regclass('public.contacts') and attnum > 0 and not attisdropped
  );
  v_is_twice boolean := false;
  v_is_synced boolean := false;
begin
  for v_obstacle in
${query.replaceAll(/^(?=.)/gm, '  ')}
  loop
    v_told := v_told || format(E'\\nThe %s is %s. Run: %s', v_obstacle.object, v_obstacle.fault, v_obstacle.statement);
  end loop;
  if v_columns @> '{workspace_id,crm_id}' then
    execute 'select exists (select from public.contacts where crm_id is not null group by workspace_id, crm_id having count(*) > 1)'
    into v_is_twice;
  end if;
  if v_is_twice then
    v_told := v_told || E'\\nThe table public.contacts holds a customer twice. Delete what is too much, as found by: '
      || 'select workspace_id, crm_id, count(*) from public.contacts where crm_id is not null group by 1, 2 having count(*) > 1;';
  end if;
  if v_told = '' then
    return;
  end if;
  if v_columns @> '{crm_source}' then
    execute 'select exists (select from public.contacts where crm_source::text ~ ''^(production|integration)/[0-9]+$'')' into v_is_synced;
  end if;
  if v_is_synced then
    raise warning 'The sync will not be able to write to your tables:%', v_told;
    return;
  end if;
  raise exception E'The sync could not write to your tables as they are, so nothing was changed:%\\nThen apply the migrations again. See docs/deploying.md.', v_told;
end
$$;`;
}
