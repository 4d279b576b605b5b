// What of another system's words passes into a message, and that nothing else does.
import { expect, test } from 'vitest';
import { z } from 'zod';
import {
  cutShort,
  describeIssues,
  tellConflict,
  tellErrorName,
  tellSqlState,
} from '../../supabase/functions/_shared/shapes.ts';
import { batchErrorSchema, describeBatchError } from '../../supabase/functions/_shared/batchError.ts';
import { unwrap } from '../../src/supabase/client.ts';

const SAID = 'Lucia Ortega sb_secret_abc';
const LONG = `${SAID} `.repeat(800);

test.for([SAID, LONG, 'ORTEG', '83702-1', '', null, 7, { code: 'x' }, '57014 Ortega', 'sb_se'])(
  '%j is no code of the database',
  (code) => expect(tellSqlState(code)).toBeNull(),
);
test.for(['57014', '23505', 'P0001', 'PT409', '42P01', 'XX000', 'PGRST202', 'PGRST000', 'PGRSTX00'])(
  '%s is a code of the database',
  (code) => expect(tellSqlState(code)).toBe(code),
);

test('a conflict, the name of an error and the length are of closed shapes', () => {
  expect([SAID, undefined, 'page_out_of_order'].map(tellConflict)).toEqual([
    'superseded',
    'superseded',
    'page_out_of_order',
  ]);
  expect([new TypeError(SAID), Object.assign(new Error(), { name: SAID }), SAID].map(tellErrorName)).toEqual([
    'TypeError',
    'Error',
    'Error',
  ]);
  expect(cutShort(LONG)).toHaveLength(500);
  expect(cutShort(`${'a'.repeat(498)}😀😀`).isWellFormed()).toBe(true);
});

test.for([
  ['an unknown key', z.strictObject({}), { [SAID]: 1 }],
  ['a key of a record', z.record(z.string().max(3), z.number()), { [SAID]: 1 }],
  ['an option', z.object({ a: z.enum(['b']) }), { a: SAID }],
  ['a union', z.object({ a: z.union([z.literal('b'), z.number()]) }), { a: SAID }],
  ['a text of another form', z.object({ a: z.string().regex(/^\d+$/) }), { a: SAID }],
  ['a number', z.object({ a: z.number() }), { a: LONG }],
] as [string, z.ZodType, unknown][])('issues name fields and rules, never a value: %s', ([, schema, value]) => {
  const said = describeIssues(schema.safeParse(value).error!);
  expect(said).not.toMatch(/Ortega|sb_secret/);
  expect(said.length).toBeLessThanOrEqual(500);
});

test.for([409, 400, 401, 404, 500, 503, 0])(
  'the Data API says anything with %i, and its status alone is told',
  (status) => {
    for (const code of [LONG, SAID, 'PT409', 'PT410', '23505', '57014', 'PGRST202']) {
      const error = { code, message: LONG, hint: LONG, details: LONG };
      let thrown: unknown;
      try {
        unwrap('the SQL function x', { data: null, error, status });
      } catch (reason) {
        thrown = reason;
      }
      expect(thrown).toBeInstanceOf(Error);
      expect(String(thrown)).not.toMatch(/Ortega|sb_secret/);
      expect((thrown as Error).message.length).toBeLessThanOrEqual(500);
    }
  },
);

test('of what the function says, parts of another shape are left out, and the sentence is made of the rest', () => {
  const details = {
    sqlstate: '23514',
    constraint: 'amount_is_positive',
    column: SAID,
    error_name: SAID,
    fields: [{ path: [SAID], fault: SAID }],
    message: LONG,
  };
  const read = batchErrorSchema.parse({ error: { code: 'batch_refused', message: LONG, details } });
  expect(describeBatchError(read.error)).toBe(
    `what was set aside, or the page's token, can't be stored: The database refused it: SQLSTATE 23514 (a check does not hold), constraint "amount_is_positive"`,
  );
  expect(batchErrorSchema.safeParse({ error: { code: SAID, details } }).success).toBe(false);
  expect(batchErrorSchema.parse({ error: { code: 'unexpected', details: LONG } }).error.details).toEqual({});
});
