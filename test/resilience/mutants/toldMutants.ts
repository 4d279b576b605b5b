// What people are told must not be wrong without a test turning red: nothing is fresh that is not, and counts are those of
// customers and of calls.
import type { Mutant } from './mutate.ts';

const standing = { file: 'src/http/workspaceCondition.ts' };
const standingTests = 'test/unit/http/workspaceCondition.test.ts';
const COUNTS_TELL = 'no history reads the counts';

export const TOLD_MUTANTS: Mutant[] = [
  {
    name: 'tell people nothing of the last error once a run begins',
    rule: 'R14',
    at: { sql: 'begin_servicetitan_run' },
    edits: [["      sync_status = 'running',\n", "      sync_status = 'running',\n      last_error = null,\n"]],
    tests: {
      file: 'test/sql/begin.test.ts',
      title: 'the last error stays while the next run is under way, and until one completes',
      why: 'it needs a reading just while a run is under way',
    },
  },
  {
    name: 'tell people that what is late is fresh',
    rule: 'R14',
    at: standing,
    edits: [["  if (ageInHours(workspace, moment) > lateSeconds(moment)) return 'late';\n", '']],
    tests: {
      file: standingTests,
      title:
        'whatever stands in the database, "fresh" is said of no data over the limit and of no workspace that failed last',
      why: 'the runs of a history follow one another too soon',
    },
  },
  {
    name: 'tell people that what failed is fresh while a run is under way',
    rule: 'R14',
    at: standing,
    edits: [
      [
        '  if (workspace.last_error !== null) return',
        '  if (workspace.run === null && workspace.last_error !== null) return',
      ],
    ],
    tests: {
      file: standingTests,
      title:
        'whatever stands in the database, "fresh" is said of no data over the limit and of no workspace that failed last',
      why: 'it needs a reading just while a run is under way',
    },
  },
  {
    name: 'tell people a customer as often as it is read',
    rule: 'R22',
    at: { sql: 'enter_servicetitan_reads' },
    edits: [['    where chunk.instance_id = p_instance_id\n', '    where false\n']],
    tests: {
      file: 'test/sql/distinctCounts.test.ts',
      title: 'R22: one bad customer is one customer read and one error, however often the run meets it',
      why: COUNTS_TELL,
    },
  },
  {
    name: 'tell people that whoever a phone changed was read',
    rule: 'R22',
    at: { sql: 'enter_servicetitan_reads' },
    edits: [
      [
        "  v_read constant integer := case when p_feed = 'customers' then 32 else 0 end;",
        '  v_read constant integer := 32;',
      ],
    ],
    tests: {
      file: 'test/sql/distinctCounts.test.ts',
      title:
        'R22: customers changed through their phones alone are told apart from those read, until they are read too',
      why: COUNTS_TELL,
    },
  },
  {
    name: 'tell people no call of an attempt that failed',
    rule: 'R22',
    at: { file: 'src/sync/fetchStep.ts' },
    edits: [
      [
        '  if (calls > 0 && !(failure instanceof DatabaseError))',
        '  if (calls < 0 && !(failure instanceof DatabaseError))',
      ],
    ],
    tests: {
      file: 'test/run/progress.test.ts',
      title: 'calls are told as they were made, also those of attempts that failed and of a run that fails',
      why: COUNTS_TELL,
    },
  },
  {
    name: 'tell people one cause of several',
    rule: 'R25',
    at: { file: 'src/why/words.ts' },
    edits: [['    .map(([names, cause, mends]) =>', '    .slice(0, 1)\n    .map(([names, cause, mends]) =>']],
    tests: {
      file: 'test/unit/why/explain.test.ts',
      title: 'different for three causes, and all are told',
      why: 'no history asks why',
    },
  },
];
