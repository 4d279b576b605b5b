// What the Edge Function, or what stands in front of it, answers in place of a result, as errors of ours.
import {
  batchErrorSchema,
  CHUNK_SETTINGS,
  describeBatchError,
  type ErrorCode,
} from '../../supabase/functions/_shared/batchError.ts';
import { FUNCTION_NAME } from '../../supabase/functions/_shared/contactBatch.ts';
import { CONFLICTS } from '../../supabase/functions/_shared/shapes.ts';
import { EdgeFunctionError, MAY_PASS, SupersededError, type TooMuchOf, WentBackError } from '../errors.ts';

/**
 * What the function means for good: the same batch would be refused again. All else may pass, above all what
 * is not in the contract: then it was not the function that answered.
 */
const FINAL: readonly ErrorCode[] = [
  'method_not_allowed',
  'unsupported_media_type',
  'body_too_large',
  'bad_batch',
  'batch_refused',
];

/** Of what the function says the code and the details are read, and the sentence is made here. */
export function toFunctionError(status: number, body: unknown): Error {
  const refused = batchErrorSchema.safeParse(body).data?.error;
  if (status === 409 && refused?.code === 'went_back') return new WentBackError();
  if (status === 409 && refused && CONFLICTS.some((ours) => ours === refused.code))
    return new SupersededError(refused.code);
  const lasting = adviceIfItLasts(status, refused?.code);
  const said = `The Edge Function ${FUNCTION_NAME} answered ${status}`;
  const advice = lasting ?? (refused ? describeBatchError(refused) : adviceFor(status));
  const retryable = refused === undefined || !FINAL.includes(refused.code);
  const meanwhile = lasting === null && refused?.code !== 'database_not_ready' ? undefined : `${said}: ${MAY_PASS}.`;
  return new EdgeFunctionError(refused?.code ?? 'edge_function', `${said}: ${advice}.`, retryable, {
    meanwhile,
    tooMuch: tooMuchOf(status, refused?.details.sqlstate),
  });
}

/** R24: fewer records may pass. */
function tooMuchOf(status: number, sqlstate: string | undefined): TooMuchOf | undefined {
  if (status === 413) return 'bytes';
  return status === 504 || status === 546 || sqlstate === '57014' ? 'time' : undefined;
}

/**
 * What a person has to do when this is answered again and again; null where it heals by itself, or says so
 * itself.
 */
function adviceIfItLasts(status: number, code: ErrorCode | undefined): string | null {
  if (status === 401 && code === undefined)
    return 'what stands before it refused the call: deploy it with supabase/config.toml, which sets verify_jwt to false, and check that SUPABASE_SECRET_KEY is a key of this project';
  if (status === 401)
    return "put the secret key that the function expects (SERVICETITAN_SYNC_KEY_NAME) into the Worker's SUPABASE_SECRET_KEY";
  return status === 404 && code === undefined ? 'deploy it with `supabase functions deploy`' : null;
}

/** For the answers that are Supabase's own, not the function's. */
function adviceFor(status: number): string {
  const again = 'the sync sends the batch again by itself; if this lasts,';
  const smaller = `the sync sends fewer records a call by itself; if this lasts, lower ${CHUNK_SETTINGS}`;
  switch (status) {
    case 413:
      return `the batch is larger than Supabase takes; ${smaller}`;
    case 504:
      return `it took longer than Supabase lets it; ${smaller}`;
    case 546:
      return `it ran out of the memory or time that Supabase gives it; ${smaller}`;
    default:
      return `it gave no reason; ${again} see the function's log in Supabase`;
  }
}
