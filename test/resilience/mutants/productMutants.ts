// Mutants of what stands between the sync and the product's own tables (R22 to R24). Histories have no product, so the
// rules' own tests catch them.
import type { Mutant } from './mutate.ts';

const why = 'the contacts of a history have no rules of a product';
const r22 = { file: 'test/rules/r22CountsAddUp.test.ts', why };
const r23 = { file: 'test/rules/r23OtherTables.test.ts', why };
const r24 = { file: 'test/rules/r24Bounded.test.ts', why: 'the records of a history are small and quickly written' };
const r24Parts = { ...r24, file: 'test/rules/r24Parts.test.ts' };
const writeCustomers = { sql: 'write_servicetitan_customers' };

export const PRODUCT_MUTANTS: Mutant[] = [
  {
    name: "believe what a write of the product's contacts answers",
    rule: 'R22',
    at: { sql: 'tell_servicetitan_outcomes' },
    edits: [
      ["when tried.outcome in ('foreign', 'unchanged', 'stale') then", "when tried.outcome <> 'passed_over' then"],
    ],
    tests: r22,
  },
  {
    name: "set aside whom a trigger rewrites in the product's contacts",
    rule: 'R22',
    at: { sql: 'tell_servicetitan_outcomes' },
    edits: [["when tried.outcome = 'passed_over' then 'unchanged'", "when tried.outcome = 'passed_over' then 'older'"]],
    tests: r22,
  },
  {
    name: "let the triggers of the product's contacts find nothing by a path",
    rule: 'R23',
    at: writeCustomers,
    edits: [["  perform set_config('search_path', concat_ws(', ', 'pg_catalog', nullif(p_path, '')), true);\n", '']],
    tests: r23,
  },
  {
    name: "overwrite another system's row in the product's contacts",
    rule: 'R23',
    at: writeCustomers,
    edits: [
      ['and stored.crm_source !~ v_ours as yes', 'and false as yes'],
      ["(coalesce(stored.crm_source, '') in ('', excluded.crm_source) or stored.crm_source ~ v_ours) and", ''],
    ],
    tests: r23,
  },
  {
    name: "end a run at any PT409 of a trigger on the product's contacts",
    rule: 'R10',
    at: { file: 'src/supabase/client.ts' },
    edits: [["error.code === 'PT409' && CONFLICTS.some((ours) => ours === error.message)", "error.code === 'PT409'"]],
    tests: { file: 'test/unit/supabase/conflict.test.ts', why },
  },
  {
    name: 'pack a call by the number of its records alone',
    rule: 'R24',
    at: { file: 'src/sync/page.ts' },
    edits: [[' || bytes + more > MAX_CHUNK_BYTES', '']],
    tests: r24,
  },
  {
    name: 'send a call again whole that was too much',
    rule: 'R24',
    at: { file: 'src/sync/parts.ts' },
    edits: [['if (tooMuch === undefined) throw error;', 'throw error;']],
    tests: r24,
  },
  {
    name: 'forget how many records a call can take',
    rule: 'R24',
    at: { file: 'src/sync/syncStep.ts' },
    edits: [['  progress.partSize = partSize;\n', '']],
    tests: r24,
  },
  {
    name: "commit a page of which a part of the product's records is missing",
    rule: 'R24',
    at: { sql: 'sync_servicetitan_contacts' },
    edits: [["+ case when v_renormalize = '[]' then 1 else 0 end", '']],
    tests: r24Parts,
  },
  {
    name: "commit behind the phones of one part of the product's records alone",
    rule: 'R24',
    at: { sql: 'renormalize_servicetitan_phones' },
    edits: [["substring(v_part from '^\\d{1,6}')::integer + 1", "substring(v_part from '^\\d{1,6}')::integer"]],
    tests: r24Parts,
  },
  {
    name: "wait for the phones of a whole chunk of the product's records that went again in parts",
    rule: 'R24',
    at: { sql: 'is_servicetitan_part_whole' },
    edits: [['begin\n', "begin\n  if p_part || '~' = any (p_parts) then\n    return false;\n  end if;\n"]],
    tests: r24Parts,
  },
  {
    name: "take a phone for gone that the product's contacts keep",
    rule: 'R22',
    at: { sql: 'take_servicetitan_methods' },
    edits: [['if changed and not public.put_', 'if changed and not true and not public.put_']],
    tests: r22,
  },
  {
    name: "set aside a phone that stays as it is in the product's contacts",
    rule: 'R22',
    at: { sql: 'refresh_servicetitan_contact_points' },
    edits: [['    continue when not v_point.differs;\n', '']],
    tests: r22,
  },
];
