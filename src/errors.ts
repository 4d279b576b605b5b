// Every error the sync raises on purpose. A message says what happened, where, and what to do next; it never holds a
// token, a secret, a query, a body, a person's data or another system's text (shapes.ts), so it may be logged and stored as
// it stands.

import { withoutSecrets } from './secrets.ts';
import { adviceOn } from '../supabase/functions/_shared/databaseAnswers.ts';
import { cutShort, tellConflict, tellErrorName, tellSqlState } from '../supabase/functions/_shared/shapes.ts';

interface SyncErrorOptions extends ErrorOptions {
  longest?: number;
  meanwhile?: string | undefined;
}

/**
 * Base of all: `code` is for machines, `retryable` says whether the same call may succeed later. `meanwhile` is what is said
 * while another attempt follows, of what a service may say once without meaning it: a right key refused, a function unknown.
 */
export abstract class SyncError extends Error {
  readonly code: string;
  readonly retryable: boolean;
  readonly meanwhile: string | null;

  constructor(
    code: string,
    message: string,
    retryable: boolean,
    { longest, meanwhile, ...options }: SyncErrorOptions = {},
  ) {
    super(cutShort(withoutSecrets(message), longest), options);
    this.code = code;
    this.retryable = retryable;
    this.meanwhile = meanwhile === undefined ? null : cutShort(withoutSecrets(meanwhile));
  }
}

/** The advice of `meanwhile`. */
export const MAY_PASS = 'that may pass, and the sync tries again by itself';

/** A setting or a credential is missing or malformed. The message names it and never repeats its value. */
export class ConfigError extends SyncError {
  override readonly name = 'ConfigError';

  // Longer than others may be: it names every setting at fault, in words of ours alone.
  constructor(message: string) {
    super('config_invalid', message, false, { longest: 4000 });
  }
}

/** An argument that would make a request mean something else, refused before anything is sent. */
export class ArgumentError extends SyncError {
  override readonly name = 'ArgumentError';

  constructor(message: string) {
    super('argument_invalid', message, false);
  }
}

/** A response arrived and is not what was agreed. Retryable only where it was not the service's own answer at all. */
export class PayloadError extends SyncError {
  override readonly name = 'PayloadError';

  constructor(message: string, retryable = false) {
    super('payload_invalid', message, retryable);
  }
}

/** A service answered with a redirect. Where to is not told: the address is another's text. */
export class RedirectError extends SyncError {
  override readonly name = 'RedirectError';

  constructor(setting: string) {
    super(
      'redirected',
      `The service behind ${setting} answered with a redirect, which is not followed because secrets would travel along: ` +
        'put the address that answers by itself into this setting; the sync tries again by itself.',
      true,
    );
  }
}

/** Another run of the workspace holds the lease: this one stops without a word. */
export class SupersededError extends SyncError {
  override readonly name = 'SupersededError';

  /** `reason` may be another system's word: of none that is known, `superseded` is told. */
  constructor(reason?: string) {
    super(
      'superseded',
      `This run may not write any more (${tellConflict(reason)}): another run of the workspace goes on in its place.`,
      false,
    );
  }
}

/** R21: the database does not hold any more what this run has written, so this run ends. */
export class WentBackError extends SyncError {
  override readonly name = 'WentBackError';

  constructor() {
    super(
      'database_went_back',
      'The database went back behind what this run had written (a restore, a fail-over to a standby that lagged, or rows changed by hand): ' +
        'nothing has to be done, for the next run goes on from where the database stands.',
      false,
    );
  }
}

/**
 * Supabase's Data API refused a call or could not be reached. `status` 0: no answer at all. Each may pass: it has refused
 * right keys, and functions that exist, now and then.
 */
export class DatabaseError extends SyncError {
  override readonly name = 'DatabaseError';
  /** Null where it said none that is known. */
  readonly sqlState: string | null;

  /** `code` is what the Data API says; of one that has not the shape of such a code nothing is told. */
  constructor(what: string, status: number, code: unknown) {
    const sqlState = tellSqlState(code);
    const { advice, saidInPassing } = adviceOn(status, sqlState);
    const said = `Supabase could not answer ${what} (status ${status}, code ${sqlState ?? 'none'})`;
    super('database', `${said}: ${advice}.`, true, { meanwhile: saidInPassing ? `${said}: ${MAY_PASS}.` : undefined });
    this.sqlState = sqlState;
  }
}

/** The product's own tables can't take the sync's rows. The message names each fault, and the statement that mends it. */
export class TablesError extends SyncError {
  override readonly name = 'TablesError';

  constructor(message: string) {
    super('tables_unfit', message, false, { longest: 4000 });
  }
}

/** Why a batch was too much for one call: its bytes, the time or the memory it takes, or there was no answer in time. */
export type TooMuchOf = 'bytes' | 'time' | 'silence';

/** The Edge Function did not write a batch. The message is made of the code and the details it gave. */
export class EdgeFunctionError extends SyncError {
  override readonly name = 'EdgeFunctionError';
  /** Set where fewer records may pass. */
  readonly tooMuch: TooMuchOf | undefined;

  constructor(
    code: string,
    message: string,
    retryable: boolean,
    options?: ErrorOptions & { tooMuch?: TooMuchOf | undefined; meanwhile?: string | undefined },
  ) {
    super(code, message, retryable, options);
    this.tooMuch = options?.tooMuch;
  }
}

/** Whether to try again. Yes to anything unknown: a retry costs little, a wrong stop costs freshness. */
export function isRetryable(error: unknown): boolean {
  return error instanceof SyncError ? error.retryable : true;
}

/** What is said of an error: its message where it is one of these, else its name alone, because it may quote what it met. */
export function tellError(error: unknown): string {
  if (error instanceof SyncError) return error.message;
  return tellErrorName(error);
}
