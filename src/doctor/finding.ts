// What the doctor says of one thing it looked at.
import { SyncError, tellError } from '../errors.ts';

export const RESULTS = ['ok', 'warn', 'fail'] as const;

export interface Finding {
  /** What was looked at; where there are several of a kind, with the one behind a slash. */
  check: string;
  result: (typeof RESULTS)[number];
  /** What was found, in words of ours: no value, no secret, no person's data. */
  message: string;
  /** What to do; null where there is nothing to do, or where another line says it. */
  advice: string | null;
}

export const ok = (check: string, message: string): Finding => ({ check, result: 'ok', message, advice: null });
export const warn = (check: string, message: string, advice: string | null): Finding => ({
  check,
  result: 'warn',
  message,
  advice,
});
export const fail = (check: string, message: string, advice: string | null): Finding => ({
  check,
  result: 'fail',
  message,
  advice,
});

/** Nobody could look, because of something that another line tells. */
export const notLookedAt = (check: string, because: string): Finding =>
  warn(check, `Not looked at, because ${because}.`, null);

/** Errors of ours say what happened, a colon, and what to do. Of others the name alone is told. */
export function failed(check: string, error: unknown): Finding {
  if (error instanceof Error && error.name === 'ZodError')
    return fail(
      check,
      'Its answer is none that this Worker knows.',
      'Ask again. If this lasts, look what stands at SUPABASE_URL, and apply supabase/migrations of the version that this Worker was deployed from.',
    );
  if (!(error instanceof SyncError))
    return fail(
      check,
      `${tellError(error)} was thrown.`,
      'Ask again. If this lasts, it is a fault of the Worker itself.',
    );
  const [, what, advice] = /^(.{1,400}?): (.+)$/s.exec(error.message) ?? [];
  if (what === undefined || advice === undefined) return fail(check, error.message, null);
  return fail(check, `${what}.`, advice.charAt(0).toUpperCase() + advice.slice(1));
}

/** `1 workspace`, `2 workspaces`. */
export const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/** The first few of many, and how many more there are. */
export function listed(names: readonly string[], most = 5): string {
  const rest = names.length - most;
  return rest > 0 ? `${names.slice(0, most).join(', ')} and ${rest} more` : names.join(', ');
}

/** A workspace by its id, which anybody with the database may have written. */
export const workspaceName = (id: string): string =>
  /^[A-Za-z0-9_-]{1,64}$/.test(id) ? id : '(an id that is none of the API)';
