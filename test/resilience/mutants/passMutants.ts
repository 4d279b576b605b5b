// Mutants of the comparison of everything (R18) that its own tests catch.
import type { Mutant } from './mutate.ts';

const settlePass = { sql: 'settle_servicetitan_pass' };

export const PASS_MUTANTS: Mutant[] = [
  {
    name: 'call gone whose mark the product refuses',
    rule: 'R18',
    at: settlePass,
    edits: [['  v_gone := array(select unnest(v_gone) except select unnest(v_unmarked) order by 1);\n', '']],
    tests: { file: 'test/rules/r18Meddled.test.ts', why: 'the contacts of a history have no rules of a product' },
  },
  {
    name: 'count twice what was said twice of customers asked by id',
    rule: 'R18',
    at: settlePass,
    edits: [['  p_unread := array(select unnest(v_pass.to_ask)::text intersect select unnest(p_unread));\n', '']],
    tests: { file: 'test/sql/passSweep.test.ts', why: 'no history reads how many could not be asked for' },
  },
  {
    name: 'ask for no pass after a first sync in doubt',
    rule: 'R12',
    at: { sql: 'advance_servicetitan_cursor' },
    edits: [["  if p_cursor is null and v_doubts <> '[]' then\n", '  if false then\n']],
    tests: { file: 'test/rules/r18When.test.ts', why: 'the second run begins a pass in any case' },
  },
  {
    name: 'tell by the earliest of three clocks how long a pass takes',
    rule: 'R18',
    at: { sql: 'begin_servicetitan_pass' },
    edits: [["v_pass.created_at < now() - interval '7 days'", "v_pass.began_at < now() - interval '7 days'"]],
    tests: { file: 'test/sql/passWhen.test.ts', why: 'one history in five comes to a pass' },
  },
];
