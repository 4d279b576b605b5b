// What of the sync a database has, held against what this Worker wants of it (wantedSchema.json, which `npm
// run migration` writes).
import type { SupabaseClient } from '@supabase/supabase-js';
import { z } from 'zod';
import { callFunction } from './client.ts';
import { describeObstacles } from './obstacles.ts';
import wanted from './wantedSchema.json' with { type: 'json' };

const schemaSchema = z.object({
  functions: z.record(z.string(), z.string()),
  relations: z.record(
    z.string(),
    z.object({
      columns: z.record(z.string(), z.string()),
      unique: z.array(z.string()),
      rights: z.array(z.string()),
      row_security: z.boolean(),
    }),
  ),
});
export type Schema = z.infer<typeof schemaSchema>;

const inspectedSchema = schemaSchema.extend({ now: z.string(), obstacles: z.unknown() });

export interface InspectedDatabase {
  /** When the database answered, by its own clock; milliseconds since 1970. */
  now: number;
  /** What is not as this Worker wants it, in its own names. */
  differences: string[];
  /** What of the product's own tables no write of the sync could pass, a sentence each (R23). */
  obstacles: string[];
}

/** The database looks at itself in another way than this Worker knows. */
export class OtherLookError extends Error {
  override readonly name = 'OtherLookError';
}

/** May reject with `DatabaseError`, and with `OtherLookError`. */
export async function inspectDatabase(supabase: SupabaseClient): Promise<InspectedDatabase> {
  const answer = await callFunction(supabase, 'inspect_servicetitan_database', {});
  // An empty answer is none of the function's: that is no fault of the schema.
  if (answer !== null && !inspectedSchema.safeParse(answer).success) throw new OtherLookError();
  const inspected = inspectedSchema.parse(answer);
  return {
    now: Date.parse(inspected.now),
    differences: findDifferences(wanted, inspected),
    obstacles: describeObstacles(inspected.obstacles),
  };
}

/**
 * What `found` lacks of `expected`. A database may have more: columns, indexes and rights of somebody else's.
 */
export function findDifferences(expected: Schema, found: Schema): string[] {
  const functions = Object.entries(expected.functions).flatMap(([name, fingerprint]) => {
    const given = found.functions[name];
    if (given === fingerprint) return [];
    if (given === undefined) return [`the function ${name} is missing`];
    return [given === 'closed' ? `service_role may not call ${name}` : `the function ${name} is of another version`];
  });
  const relations = Object.entries(expected.relations).flatMap(([name, relation]) => {
    const given = found.relations[name];
    if (given === undefined) return [`${name} is missing`];
    const columns = Object.entries(relation.columns).flatMap(([column, type]) => {
      if (given.columns[column] === type) return [];
      return [`the column ${name}.${column} is ${given.columns[column] === undefined ? 'missing' : `not ${type}`}`];
    });
    const lacks = (wanted: string[], has: string[]) => wanted.filter((one) => !has.includes(one));
    return [
      ...columns,
      ...(lacks(relation.unique, given.unique).length > 0 ? [`${name} lacks a key or a unique index`] : []),
      ...lacks(relation.rights, given.rights).map((right) => `service_role may not ${right} in ${name}`),
      ...(relation.row_security && !given.row_security ? [`row level security of ${name} is off`] : []),
    ];
  });
  return [...relations, ...functions];
}
