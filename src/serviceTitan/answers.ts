import type { z } from 'zod';
import { describeIssues } from '../../supabase/functions/_shared/shapes.ts';
import { PayloadError } from '../errors.ts';
import { withoutSecrets } from '../secrets.ts';
import type { ExportPage, ListPage } from './api.ts';
import type { Answer } from './request.ts';
import type { RecordKind } from './recordKind.ts';
import { parseRecords } from './records.ts';
import { exportSchema, listSchema } from './schemas.ts';

/** An answer and the method and path it belongs to. */
export interface LocatedAnswer extends Answer {
  where: string;
}

/**
 * The answer as its schema reads it, or a `PayloadError` that names the fields at fault. It may be wrong once, or for the sake of
 * one record (R10), so the same call may succeed later.
 */
export function parseAnswer<Schema extends z.ZodType>(
  { body, where }: LocatedAnswer,
  schema: Schema,
): z.output<Schema> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new PayloadError(
    `ServiceTitan answered ${where} in an unexpected shape (${describeIssues(parsed.error)}): ` +
      'nothing of the answer is used, and the next run asks again; if it lasts, its API has changed and the sync has to follow.',
    true,
  );
}

/**
 * One page of a list, its records checked one by one. Refuses any other page than the one asked for. `mayBeBad`: they are asked
 * for because each may be bad.
 */
export function parseList<Item>(
  answer: LocatedAnswer,
  asked: { page: number },
  kind: RecordKind<Item>,
  mayBeBad = false,
): ListPage<Item> {
  const envelope = parseAnswer(answer, listSchema);
  if (envelope.page !== asked.page) {
    throw new PayloadError(
      `ServiceTitan answered ${answer.where} with another page than page ${asked.page}, which was asked for: ` +
        'nothing of the answer is used, and the next run asks again; if it lasts, open a case with ServiceTitan.',
      true,
    );
  }
  return { ...envelope, ...parseRecords(envelope.data, kind, answer.where, mayBeBad), date: answer.date };
}

/** One batch of an export feed, its records checked one by one. */
export function parseExport<Item>(answer: LocatedAnswer, kind: RecordKind<Item>): ExportPage<Item> {
  const envelope = parseAnswer(answer, exportSchema);
  // A token is kept as it is, in the database and in the engine's state.
  if (withoutSecrets(envelope.continueFrom) !== envelope.continueFrom) {
    throw new PayloadError(
      `ServiceTitan answered ${answer.where} with a continueFrom that repeats a secret: nothing of the answer is used; change the secret, and open a case with ServiceTitan.`,
    );
  }
  return { ...envelope, ...parseRecords(envelope.data, kind, answer.where), date: answer.date };
}
