// What may pass from another system into a message. A message ends in logs, in `last_error`, in alerts, on a page; and what
// another system says may repeat what it was sent or holds: a secret, a person's name, a page of HTML. So nothing of it is
// copied: it passes only as a word of a closed list, or where it has a shape that leaves no room for such a thing.
import type { z } from 'zod';

/** No message is longer, whatever goes into it. */
export const LONGEST = 500;

/** At most so many characters, none of them half. */
export function cutShort(text: string, longest = LONGEST): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1).toWellFormed()}…`;
}

/** An SQLSTATE of Postgres's own classes, of a trigger's or of ours (PT409), or a code of the Data API's. */
export const SQL_STATE = /^(?:[0-5][0-9A-Z]|F0|HV|P0|PT|XX)[0-9A-Z]{3}$|^PGRST[0-9X]\d\d$/;

/** A name in Postgres as it stands without quotes: of a column, a constraint. */
export const IDENTIFIER = /^[a-z_][a-z0-9_]{0,62}$/;

/** Null for what is no such code. */
export function tellSqlState(code: unknown): string | null {
  return typeof code === 'string' && SQL_STATE.test(code) ? code : null;
}

export const CONFLICTS = ['superseded', 'page_out_of_order', 'went_back'] as const;

/** Why a run may not write any more. */
export function tellConflict(text: unknown): (typeof CONFLICTS)[number] {
  return CONFLICTS.find((conflict) => conflict === text) ?? 'superseded';
}

export const ERROR_NAMES = [
  'Error',
  'AbortError',
  'AggregateError',
  'DataCloneError',
  'EnvError',
  'HTTPException',
  'InvalidStateError',
  'NetworkError',
  'OperationError',
  'RangeError',
  'ReferenceError',
  'SyntaxError',
  'TimeoutError',
  'TypeError',
  'URIError',
  'ZodError',
] as const;

/** The name of an error that is not ours, whose text may quote what it choked on. */
export function tellErrorName(error: unknown): (typeof ERROR_NAMES)[number] {
  return ERROR_NAMES.find((name) => error instanceof Error && name === error.name) ?? 'Error';
}

/** Of these issues zod's sentence is about the schema alone, or was written in a schema here; others quote keys or values. */
const ABOUT_THE_SCHEMA = ['invalid_type', 'too_big', 'too_small', 'invalid_format', 'invalid_value', 'custom'];

/** The first fields and the rules they broke, never a value. */
export function describeIssues({ issues }: z.ZodError, { most = 3, whole = 'the whole' } = {}): string {
  const said = issues.slice(0, most).map(({ path, code, message }) => {
    const field = path.map((part) => (/^\w{1,40}$/.test(String(part)) ? String(part) : '…')).join('.');
    return `${field || whole}: ${ABOUT_THE_SCHEMA.includes(code) ? message : 'it is not as agreed'}`;
  });
  return cutShort(said.join('; '));
}
