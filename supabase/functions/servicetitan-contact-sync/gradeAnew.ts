// R25: phones whose country turned out to be another than they were graded for.
import { z } from 'zod';
import type { BatchResult, Commit, Run } from '../_shared/contactBatch.ts';
import { toCountryCode } from './countryCode.ts';
import { callDatabase, type Rpc } from './database.ts';
import { gradePhone } from './phone.ts';

/** As the database tells them. */
export const toGradeSchema = z.array(
  z.object({ id: z.string(), crm_id: z.string(), value: z.string(), country_code: z.string() }),
);

/** What the product's table did not take: it is in the quarantine already, with this reason (R22). */
export const notTakenSchema = z.array(
  z
    .object({ crm_id: z.string(), feed: z.enum(['customers', 'contacts']), reason: z.string() })
    .transform(({ crm_id, ...rest }) => ({ ...rest, customer_id: crm_id })),
);
export type NotTaken = z.output<typeof notTakenSchema>;

const gradedSchema = z.object({ updated: z.number(), set_aside: notTakenSchema });

/**
 * Grades them for the country that each comes with, and stores that. The commit travels along. Answers how many contacts
 * changed, and those that the product did not let change.
 */
export function gradeAnew(
  found: z.infer<typeof toGradeSchema>,
  run: Pick<Run, 'country'>,
  p_run: object,
  p_commit: Commit | null,
  rpc: Rpc,
): Promise<z.output<typeof gradedSchema>> {
  const p_phones = found.map(({ value, ...phone }) => ({
    ...phone,
    ...gradePhone(value, { home: run.country, address: phone.country_code }),
    home_country: run.country,
  }));
  const parameters = { p_run, p_phones, p_commit };
  return callDatabase(rpc, 'renormalize_servicetitan_phones', parameters, gradedSchema);
}

const sliceSchema = z.object({
  countries: z.array(
    z.object({ crm_id: z.string(), country: z.string(), state: z.string().nullable(), code: z.string().nullable() }),
  ),
  renormalize: toGradeSchema,
  next_after: z.string().nullable(),
});

/** One slice of a workspace whose own country has become another one, and with it what some addresses mean. */
export async function regradeSlice(run: Run, after: string | null, rpc: Rpc): Promise<BatchResult> {
  const { workspace_id, instance_id, fence, page, country } = run;
  const p_run = { workspace_id, instance_id, fence, page, country };
  const list = (p_codes: object[]) =>
    callDatabase(rpc, 'list_servicetitan_phones_to_grade', { p_run, p_after: after, p_codes }, sliceSchema);
  let slice = await list([]);
  const codes = slice.countries
    .map(({ crm_id, country: text, state, code: before }) => ({
      crm_id,
      before,
      code: toCountryCode(text, state, country),
    }))
    .filter(({ before, code }) => code !== before);
  if (codes.length > 0) slice = await list(codes);
  const found = slice.renormalize;
  const { updated, set_aside } =
    found.length === 0 ? { updated: 0, set_aside: [] } : await gradeAnew(found, run, p_run, null, rpc);
  return { created: 0, updated, unchanged: 0, stale: 0, errors: set_aside, regrade_after: slice.next_after };
}
