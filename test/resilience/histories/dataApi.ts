// The Data API without sockets: calls a SQL function as PostgREST does (arguments by name out of one JSON text, the role
// service_role, one transaction a call) and answers as supabase-js does. dataApi.test.ts holds it against the real one.
import postgres, { type Sql } from 'postgres';

/** What supabase-js answers with. */
export interface RpcAnswer {
  data: unknown;
  error: { code: string; message: string } | null;
  status: number;
}

export interface DataApi {
  /** `caller` is who calls, for the triggers that watch R8: `<workspace> <instance> <fence>`. */
  call: (name: string, parameters: object, caller?: string) => Promise<RpcAnswer>;
  /** The row of a table, as `select().eq().maybeSingle()` answers it. */
  row: (table: string, column: string, value: string) => Promise<RpcAnswer>;
  end: () => Promise<void>;
}

export async function createDataApi(dbUrl: string, connections: number): Promise<DataApi> {
  const sql = postgres(dbUrl, {
    max: connections,
    onnotice: () => {},
    // Planned once: the same few statements come thousands of times.
    connection: { role: 'service_role', plan_cache_mode: 'force_generic_plan' } as object,
  });
  const queries = await readQueries(sql);
  return {
    async call(name, parameters, caller = '') {
      const query = queries.get(name);
      if (!query) return failed(404, 'PGRST202', `Could not find the function public.${name}`);
      try {
        const [row] = await sql.unsafe(query, [JSON.stringify(parameters), caller], { prepare: true });
        // What returns void comes as an empty text.
        return { data: row!['answer'] || null, error: null, status: 200 };
      } catch (error) {
        const { code, message } = error as { code: string; message: string };
        return failed(statusOf(code), code, message);
      }
    },
    async row(table, column, value) {
      const [found] = await sql.unsafe(
        `select to_jsonb(found) as row from public.${table} as found where ${column} = $1`,
        [value],
        { prepare: true },
      );
      return { data: found?.['row'] ?? null, error: null, status: 200 };
    },
    end: () => sql.end(),
  };
}

function failed(status: number, code: string, message: string): RpcAnswer {
  return { data: null, error: { code, message }, status };
}

/** One query for each function of schema public. */
async function readQueries(sql: Sql): Promise<Map<string, string>> {
  const rows = await sql<{ name: string; names: string[]; types: string[] }[]>`
    select
      proname as name,
      coalesce(proargnames[1:pronargs], '{}') as names,
      array(select format_type(type, null) from unnest(proargtypes) with ordinality as argument (type, position) order by position) as types
    from pg_proc
    where pronamespace = 'public'::regnamespace and prorettype <> 'trigger'::regtype
  `;
  return new Map(
    rows.map(({ name, names, types }) => {
      const columns = names.map((parameter, index) => `"${parameter}" ${types[index]}`).join(', ');
      const values = names.map((parameter) => `"${parameter}" => argument."${parameter}"`).join(', ');
      return [
        name,
        `select set_config('histories.caller', $2, true), public.${name}(${values}) as answer from json_to_record($1::text::json) as argument (${columns})`,
      ];
    }),
  );
}

/** As PostgREST maps a SQLSTATE. */
function statusOf(code: string): number {
  const own = /^PT(\d{3})$/.exec(code)?.[1];
  if (own) return Number(own);
  if (code === '42501') return 403;
  if (code === '23503' || code === '23505') return 409;
  if (/^(?:22|23|P0001)/.test(code)) return 400;
  return code === '42883' || code === '42P01' ? 404 : 500;
}
