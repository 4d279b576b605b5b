// The database: whether it answers, holds what this Worker wants, and has the same time.
import { DatabaseError } from '../errors.ts';
import { type InspectedDatabase, OtherLookError } from '../supabase/schemaCheck.ts';
import { compareClocks } from './clocks.ts';
import { fail, failed, type Finding, listed, notLookedAt, ok } from './finding.ts';

const MIGRATE =
  'Apply supabase/migrations of the version that this Worker was deployed from: `npx supabase db push`. A function that was ' +
  'changed by hand stands in supabase/schemas as it has to be.';

export interface LookedAt {
  findings: Finding[];
  /** Whether it answered at all, so that it can be asked for more. */
  isThere: boolean;
}

/** The database answered, and does not have, or may not call, the function that was asked for. */
const UNKNOWN_TO_THE_DATA_API = ['PGRST202', 'PGRST203'];
/** Said by the function itself too, of one that it calls. */
const OF_A_FUNCTION = ['42883', '42501', '42P01', '42703'];

export async function checkDatabase(inspect: () => Promise<InspectedDatabase>, now: () => number): Promise<LookedAt> {
  const before = now();
  try {
    const { now: itsNow, differences, obstacles } = await inspect();
    const [sentAt, answeredAt] = [before, now()];
    return {
      isThere: true,
      findings: [
        ok('database', 'It answers.'),
        differences.length === 0
          ? ok('schema', 'It holds what this Worker wants.')
          : fail('schema', `It is not what this Worker wants: ${listed(differences)}.`, MIGRATE),
        obstacles.length === 0
          ? ok('tables', 'The sync can write contacts and workspaces.')
          : fail('tables', obstacles.join(' '), 'Run what stands there, or see docs/deploying.md.'),
        compareClocks('clocks/database', 'the database', itsNow, { from: sentAt, to: answeredAt }),
      ],
    };
  } catch (error) {
    const notMigrated = tellNotMigrated(error);
    const isThere = notMigrated !== null;
    const findings = isThere
      ? [
          ok('database', 'It answers.'),
          fail('schema', `The function inspect_servicetitan_database${notMigrated}.`, MIGRATE),
        ]
      : [failed('database', error), notLookedAt('schema', 'the database does not answer')];
    const because = isThere ? 'the schema is not as it should be' : 'the database does not answer';
    return {
      isThere,
      findings: [...findings, notLookedAt('tables', because), notLookedAt('clocks/database', because)],
    };
  }
}

/** Null where the error says nothing of the schema. */
function tellNotMigrated(error: unknown): string | null {
  if (error instanceof OtherLookError) return ' is of another version';
  const code = error instanceof DatabaseError ? (error.sqlState ?? '') : '';
  if (UNKNOWN_TO_THE_DATA_API.includes(code)) return ' is missing or closed';
  return OF_A_FUNCTION.includes(code) ? ', or one that it calls, is missing or closed' : null;
}
