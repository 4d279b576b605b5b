// Why a record was refused, in parts of closed shapes, and the sentence made of them. The function tells the parts, and each
// side makes the sentence by itself, so that no text of one is copied by the other.
import { z } from 'zod';
import {
  batchEnvelopeSchema,
  contactMethodSchema,
  customerSchema,
  rejectedSchema,
  runSchema,
  commitSchema,
} from './contactBatch.ts';
import { IDENTIFIER, SQL_STATE } from './shapes.ts';

/** Every field of a batch. */
const FIELDS = [
  batchEnvelopeSchema,
  runSchema,
  customerSchema,
  customerSchema.shape.address,
  customerSchema.shape.custom_fields.unwrap().element,
  customerSchema.shape.external_data.unwrap().element,
  contactMethodSchema,
  rejectedSchema,
  commitSchema,
].flatMap(({ shape }) => Object.keys(shape));

/** What a field is at fault for. */
const FAULTS = {
  kind: 'it is of another kind, or missing',
  size: 'it is too long, too large or too many',
  form: 'it has another form',
  value: 'it is none of the values that are known',
  other_customer: 'one belongs to another customer',
  unstorable:
    'a text holds a NUL character, or half of another, which the database can not store: correct it in ServiceTitan',
  other: 'it is not as agreed',
};
export type Fault = keyof typeof FAULTS;

const OF_ISSUES: Record<string, Fault> = {
  invalid_type: 'kind',
  too_big: 'size',
  too_small: 'size',
  invalid_format: 'form',
  invalid_value: 'value',
};

const TYPES = ['string', 'number', 'int', 'boolean', 'array', 'object', 'null'] as const;

/** Read leniently: a part of another shape is left out. */
export const refusalSchema = z.object({
  sqlstate: z.string().regex(SQL_STATE).optional().catch(undefined),
  column: z.string().regex(IDENTIFIER).optional().catch(undefined),
  constraint: z.string().regex(IDENTIFIER).optional().catch(undefined),
  /** The product's own function in which the database failed: a trigger, or what a check or a default calls. */
  inside: z.string().regex(IDENTIFIER).optional().catch(undefined),
  fields: z
    .array(
      z.object({
        path: z.array(z.union([z.enum(FIELDS as [string, ...string[]]), z.int().min(0).max(9999)])).max(6),
        fault: z.enum(Object.keys(FAULTS) as [Fault, ...Fault[]]),
        expected: z.enum(TYPES).optional().catch(undefined),
      }),
    )
    .max(5)
    .optional()
    .catch(undefined),
});
export type RefusalParts = z.infer<typeof refusalSchema>;

/** The parts of what a schema found. `under` is the path of what it was given. */
export function fieldsOf({ issues }: z.ZodError, under: (string | number)[] = []): RefusalParts {
  const fields = issues.slice(0, 5).map((issue) => ({
    path: [...under, ...issue.path],
    fault: issue.code === 'custom' ? issue.message : (OF_ISSUES[issue.code] ?? 'other'),
    expected: issue.code === 'invalid_type' ? issue.expected : undefined,
  }));
  // What has another shape, such as a key of somebody else's making, is no part.
  return { fields: fields.flatMap((field) => refusalSchema.parse({ fields: [field] }).fields ?? []) };
}

/** For those that a person will meet in the quarantine; others are told by their SQLSTATE alone. */
const RULES: Record<string, string> = {
  '22001': 'a text is longer than its column',
  '22003': 'a number is out of range',
  '22P05': 'a text holds a NUL character',
  '23502': 'a required column is empty',
  '23503': 'it points to a row that does not exist',
  '23505': 'a row with the same value exists',
  '23514': 'a check does not hold',
  '42501': 'something that it calls lacks a right, or a policy refused it',
  '42703': 'a column that it uses does not exist',
  '42883': 'a function that it calls does not exist, or takes other types',
  '42P01': 'a table that it uses does not exist',
  '54000': 'a value is too large for an index',
  '57014': 'it takes longer than the database allows a statement',
  P0001: 'a trigger refused it',
  PGRST102: 'a text holds half of a character',
};

export function describeRefusal({ sqlstate, column, constraint, inside, fields = [] }: RefusalParts): string {
  if (sqlstate === undefined) {
    const said = fields.map(({ path, fault, expected }) => {
      const what = fault === 'kind' && expected ? `expected ${expected}` : FAULTS[fault];
      return `${path.join('.') || 'the record'}: ${what}`;
    });
    return said.join('; ') || 'the record is not as agreed';
  }
  const rule = RULES[sqlstate];
  const what =
    inside === undefined
      ? 'The database refused it'
      : `Your own function "${inside}" failed in a trigger, a check or a default of contacts`;
  return [
    `${what}: ${sqlstate.startsWith('PGRST') ? sqlstate : `SQLSTATE ${sqlstate}`}`,
    rule && ` (${rule})`,
    column && `, column "${column}"`,
    constraint && `, constraint "${constraint}"`,
  ]
    .filter(Boolean)
    .join('');
}
