// Why a workspace can't be connected to this database: what of the product's own tables no write of the sync could pass. The
// database says it in words of a closed list and in statements of a closed shape, so that nothing else of it passes.
import { z } from 'zod';
import { TablesError } from '../errors.ts';
import { tellSqlState } from '../../supabase/functions/_shared/shapes.ts';

/** The words of find_servicetitan_obstacles(). */
export const FAULTS = [
  'no table that takes an upsert',
  'partitioned by more than workspace_id and crm_id',
  'a rule, which takes no upsert',
  'missing',
  'computed',
  'of another type than text',
  'of another type than jsonb',
  'of another type than boolean',
  'of another type than double precision',
  'required and has no default',
  'required, and ServiceTitan may have nothing for it',
  'unique without the workspace, so that a second firm has no room',
  'deferrable',
  'not the plain unique one of workspace_id and crm_id',
  'without the unique index of workspace_id and crm_id',
  'published, and has neither a key nor a replica identity',
  'open: row level security is off, and anon or authenticated holds rights',
] as const;

const NAME = '(?:[a-z_][a-z0-9_]{0,62})';
const OBJECT = new RegExp(`^(?:(?:column|index|table) |rule ${NAME} of )public(?:\\.${NAME}){1,2}$`);
const STATEMENT = new RegExp(
  `^(?:alter table|alter index|drop index|drop rule|create unique index) (?:${NAME}|[ .,()]){1,400};$`,
);
const REFUSED = /^closed to a row of the sync \(SQLSTATE [0-9A-Z]{5}\)$/;

const obstaclesSchema = z.array(
  z.object({
    object: z.string().regex(OBJECT).catch('table public.contacts or public.workspaces'),
    fault: z.union([z.enum(FAULTS), z.string().regex(REFUSED)]).catch('of a form that the sync does not know'),
    statement: z.string().regex(STATEMENT).nullable().catch(null),
  }),
);

/** A sentence each, in the order in which the database tells them. */
export function describeObstacles(obstacles: unknown): string[] {
  const known = obstaclesSchema.safeParse(obstacles).data ?? [];
  return known.map(({ object, fault, statement }) => {
    const mend = statement === null ? 'See docs/deploying.md.' : `Run: ${statement}`;
    return `The ${object} is ${fault}. ${mend}`;
  });
}

/** Whether PT412 has words of ours: a trigger of the product may raise it too. */
export function isOfTables(message: string): boolean {
  return message === 'tables_unfit' || message === 'workspace_missing';
}

/** What PT412 says. */
export function toTablesError(message: string, details: unknown): TablesError {
  if (message === 'workspace_missing') {
    return new TablesError(
      `Your table workspaces has no row of this id, and the sync could not add one (SQLSTATE ${tellSqlState(details) ?? 'none'}): ` +
        'create it first, then connect again.',
    );
  }
  const told = describeObstacles(parse(details));
  return new TablesError(
    `The sync could not write to your tables as they are, so nothing was stored. ${told.join(' ')} Then connect again.`,
  );
}

function parse(details: unknown): unknown {
  try {
    return JSON.parse(String(details));
  } catch {
    return undefined;
  }
}
