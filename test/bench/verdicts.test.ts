// Which verdict a comparison's figures get, what fails the command, and which figures stay; from figures given here.
import { expect, test } from 'vitest';
import type { FormName } from '../../bench/forms/form.ts';
import { withTheRest } from '../../bench/keep.ts';
import type { Measurement } from '../../bench/measure.ts';
import { describeStamps } from '../../bench/report/stamps.ts';
import type { Comparison, Results } from '../../bench/results.ts';
import { speedTargets } from '../../bench/speedTargets.ts';
import { isGoodEnough } from '../../bench/verdicts.ts';

const PARTS = { workerd: 100, deno: 100, postgrest: 0, postgres: 0, gateway: 0, source: 0, other: 0 };

function measured(form: FormName, milliseconds: number, fields: Partial<Measurement> = {}): Measurement {
  return {
    form,
    milliseconds,
    parity: { contacts: 1, methods: 2, different: 0 },
    rowsWritten: 0,
    walBytes: 0,
    diskSeconds: 0,
    cpuSeconds: PARTS,
    megabytes: PARTS,
    steps: 6,
    serviceTitan: null,
    supabase: null,
    ...fields,
  };
}

function comparison(fields: Partial<Comparison>): Comparison {
  const work = { customers: 100_000, changed: null, latency: false, measurements: [] };
  return { at: '2026-11-25T09:41:00.000Z', commit: 'abc1234', ...work, ...fields };
}

/** Calls through the proxies. */
function counted(serviceTitan: number, byPath: Record<string, number>, mostAtOnce: [number, number] = [1, 1]) {
  const bytes = { bytesSent: 0, bytesReceived: 0 };
  const calls = Object.values(byPath).reduce((sum, count) => sum + count, 0);
  return {
    serviceTitan: { ...bytes, calls: serviceTitan, byPath: {}, mostAtOnce: mostAtOnce[0] },
    supabase: { ...bytes, calls, byPath, mostAtOnce: mostAtOnce[1] },
  };
}

const IDLE = { rpc: 6, claim_servicetitan_runs: 1 };
const ONE = { rpc: 6, claim_servicetitan_runs: 1, 'servicetitan-contact-sync': 1 };

const initial = (naive: number, limit: number, latency = false) =>
  comparison({ latency, measurements: [measured('naive', naive), measured('limit', limit), measured('ours', 1000)] });
const grown = (milliseconds: number, megabytes = PARTS) => [
  comparison({ measurements: [measured('limit', 100), measured('ours', 1000)] }).measurements,
  [measured('limit', 2300), measured('ours', milliseconds, { megabytes })],
];
const both = ([small, large]: Measurement[][]) => [
  comparison({ measurements: small! }),
  comparison({ customers: 1_000_000, measurements: large! }),
];
const quiet = (changed: number, fields: Partial<Measurement>) => [
  comparison({ customers: 10_000, changed, latency: true, measurements: [measured('ours', 1, fields)] }),
];
const atOnce = (serviceTitan: number, supabase: number) => [
  comparison({ latency: true, measurements: [measured('ours', 1, counted(1, {}, [serviceTitan, supabase]))] }),
];

test.for<[name: string, target: RegExp, within: Comparison[], beyond: Comparison[], isRatio: boolean]>([
  ['less than 4 times naive', /without latency: at least 4/, [initial(4000, 400)], [initial(3999, 400)], true],
  ['more than 2.5 times the limit', /within 2.5/, [initial(4000, 400)], [initial(4000, 399)], true],
  ['less than 20 times naive', /at least 20/, [initial(20_000, 1, true)], [initial(19_999, 1, true)], true],
  ['a seventh connection', /connections/, atOnce(1, 5), atOnce(2, 5), false],
  ['more than 12 times as long', /within 12 times/, both(grown(12_000)), both(grown(12_001)), true],
  [
    'a larger Edge Function',
    /memory/,
    both(grown(1, { ...PARTS, deno: 125 })),
    both(grown(1, { ...PARTS, deno: 126 })),
    true,
  ],
  [
    'a larger workerd',
    /memory/,
    both(grown(1, { ...PARTS, workerd: 125 })),
    both(grown(1, { ...PARTS, workerd: 126 })),
    true,
  ],
  ['a 7th step', /idle/, quiet(0, counted(3, IDLE)), quiet(0, { ...counted(3, IDLE), steps: 7 }), false],
  ['steps not known', /idle/, quiet(0, counted(3, IDLE)), quiet(0, { ...counted(3, IDLE), steps: null }), false],
  ['a 4th ServiceTitan call', /idle/, quiet(0, counted(3, IDLE)), quiet(0, counted(4, IDLE)), false],
  ['a 7th Supabase call', /idle/, quiet(0, counted(3, IDLE)), quiet(0, counted(3, { ...IDLE, rpc: 7 })), false],
  ['a row written', /idle/, quiet(0, counted(3, IDLE)), quiet(0, { ...counted(3, IDLE), rowsWritten: 1 }), false],
  ['a 9th step', /one/, quiet(1, { ...counted(4, ONE), steps: 8 }), quiet(1, { ...counted(4, ONE), steps: 9 }), false],
  ['a 5th ServiceTitan call', /one/, quiet(1, counted(4, ONE)), quiet(1, counted(5, ONE)), false],
  [
    'a 2nd function call',
    /one/,
    quiet(1, counted(4, ONE)),
    quiet(1, counted(4, { ...ONE, 'servicetitan-contact-sync': 2 })),
    false,
  ],
])('%s misses the target, and fails the command unless it is a ratio', ([, name, within, beyond, isRatio]) => {
  const find = (comparisons: Comparison[]) => speedTargets(comparisons).filter(({ target }) => name.test(target));
  expect(find(within)).toMatchObject([{ isMet: true }]);
  expect(find(beyond)).toMatchObject([{ isMet: false }]);
  expect(isGoodEnough(find(within))).toBe(true);
  expect(isGoodEnough(find(beyond))).toBe(isRatio);
});

test('a target whose work was not measured gets no verdict', () => {
  expect(speedTargets([])).toEqual([]);
  expect(speedTargets([comparison({ measurements: [measured('naive', 1)] })])).toEqual([]);
  expect(
    speedTargets([comparison({ customers: 10_000, measurements: [measured('naive', 1), measured('ours', 1)] })]),
  ).toEqual([]);
});

test('beside the growth of the product stands that of the limit', () => {
  const [growth] = speedTargets(both(grown(5000))).filter(({ target }) => /within 12/.test(target));
  expect(growth!.found).toBe('5.00 times; the limit took 23.0 times as long');
});

test('figures of runs before stay but for those measured again and those without a commit', () => {
  const base: Results = { machine: '', versions: {}, comparisons: [], costs: {} };
  const [again, other] = [comparison({}), comparison({ customers: 5 })];
  const { commit: _, ...uncommitted } = comparison({ customers: 7 });
  const old = { at: '', calls: [] };
  const last = {
    ...base,
    comparisons: [{ ...again, commit: 'old' }, other, uncommitted as Comparison],
    costs: { function: { ...old, commit: 'old' }, calls: old as never },
  };
  const all = withTheRest({ ...base, comparisons: [again] }, last);
  expect(all.comparisons).toEqual([other, again]);
  expect(Object.keys(all.costs)).toEqual(['function']);
});

test('the document says in a line for each commit what was measured on it', () => {
  const base = { machine: '', versions: {}, costs: {} };
  const [one, other] = [comparison({}), comparison({ customers: 5, at: '2026-11-25T10:02:59.000Z', latency: true })];
  expect(describeStamps({ ...base, comparisons: [one, other] })).toContain(
    '\n- Commit `abc1234`, 2026-11-25 09:41 to 2026-11-25 10:02 UTC: all of it.',
  );
  expect(
    describeStamps({ ...base, comparisons: [one, { ...other, commit: 'new' }] })
      .split('\n')
      .slice(-2),
  ).toEqual([
    '- Commit `abc1234`, 2026-11-25 09:41 to 2026-11-25 09:41 UTC: initial, 100,000.',
    '- Commit `new`, 2026-11-25 10:02 to 2026-11-25 10:02 UTC: initial, 5 with latency.',
  ]);
});
