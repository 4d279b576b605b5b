// One call of a SQL function, and what its failures mean.

/** As supabase-js answers. */
export interface RpcAnswer {
  data: unknown;
  error: { code?: string | null; message?: string | null } | null;
  status: number;
}
export type Rpc = (name: string, parameters: object) => Promise<RpcAnswer>;

/** The database refused the data of the call: a record in it is at fault. The message names rules, never values. */
export class DataError extends Error {
  readonly sqlState: string;

  constructor(sqlState: string, message: string) {
    super(message);
    this.sqlState = sqlState;
  }
}

/** Anything else: `status` and `code` are what the caller of the function is told. */
export class DatabaseError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Data exceptions, integrity violations, a row given twice, and what a trigger of the product raises. */
const OF_DATA = /^(?:22|23)|^21000$|^P0001$/;
const NOT_READY = ['42501', '42883', '42P01', 'PGRST202', 'PGRST205'];

/** Calls the function and answers its data. Rejects with `DataError` or `DatabaseError`. */
export async function callDatabase(rpc: Rpc, name: string, parameters: object): Promise<unknown> {
  const { data, error, status } = await rpc(name, parameters);
  if (!error) return data;
  const code = error.code ?? '';
  const message = error.message ?? '';
  if (code === 'PT409') throw new DatabaseError(409, message, 'Another run of the workspace goes on in its place.');
  if (OF_DATA.test(code)) throw new DataError(code, `The database refused it: SQLSTATE ${code}${rule(code, message)}.`);
  if (NOT_READY.includes(code)) {
    throw new DatabaseError(
      500,
      'database_not_ready',
      `The SQL function ${name} can't be called (${code}): apply the migrations.`,
    );
  }
  const what = code === '' ? `no answer, status ${status}` : `SQLSTATE ${code}`;
  throw new DatabaseError(
    500,
    'database_error',
    `The database failed in ${name} (${what}); the same batch may pass later`,
  );
}

/**
 * Postgres's own text may quote values, but in a violation it begins with words of its own and names what was violated.
 * Other texts, a trigger's above all, are not read at all.
 */
function rule(sqlState: string, message: string): string {
  if (!sqlState.startsWith('23')) return '';
  const [, column, constraint] =
    /^null value in column "(\w{1,63})" of relation|^(?:duplicate|new row|insert or update|update or delete|conflicting|value for domain) .* constraint "(\w{1,63})"/.exec(
      message,
    ) ?? [];
  if (column) return `, column "${column}"`;
  return constraint ? `, constraint "${constraint}"` : '';
}
