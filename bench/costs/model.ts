// What so many workspaces cost in a month: counted figures of one run and one tick, multiplied.
import { CLAIM } from '../countingProxy.ts';
import type { FormName } from '../forms/form.ts';
import type { Costs } from './costs.ts';
import type { RunCost } from './quietRuns.ts';

/** 6:00 to 20:00, both in, every 15 minutes; ticks come around the clock. */
const RUNS_A_DAY = 57;
const TICKS_A_DAY = 96;
const DAYS = 30;

/** The product reads what changed in the last CURSOR_OVERLAP_SECONDS again, which are as long as it is until the next run. */
const READS_OF_A_CHANGE: Record<'ours' | 'naive', number> = { ours: 2, naive: 1 };

export const WORKSPACES = [1, 100, 10_000];
/** Runs of a workspace and day that find a changed customer: none, and an assumption. */
export const CHANGED_RUNS_A_DAY = [0, 20];

/**
 * In dollars, beyond what is included. Cloudflare: "Pricing - Workflows" (21 Jul 2026). Supabase: "Manage Edge Function
 * Invocations usage", plan Pro, charged by the whole million.
 */
export const PRICES = {
  steps: { included: 500_000, per: 100_000, dollars: 0.8 },
  requests: { included: 10_000_000, per: 1_000_000, dollars: 0.3 },
  cpuMs: { included: 30_000_000, per: 1_000_000, dollars: 0.02 },
  functionCalls: { included: 2_000_000, per: 1_000_000, dollars: 2 },
} as const;

/** Of a month and all workspaces. */
export interface MonthlyCost {
  form: FormName;
  workspaces: number;
  changedRunsADay: number;
  steps: number;
  /** Instances of the Workflow, and cron ticks. */
  requests: number;
  /** Of workerd, its local engine included. */
  cpuMs: number;
  functionCalls: number;
  dataApiCalls: number;
  databaseCpuSeconds: number;
  dollars: number;
}

/** Like the claim a call of the tick, which is for hundreds of workspaces at once. */
const LIST = 'list_servicetitan_workspaces';

/** Empty until both the runs and the tick have been measured. */
export function monthlyCosts({ runs, tick }: Costs): MonthlyCost[] {
  if (!runs || !tick) return [];
  const lists = tick.running.supabase.byPath[LIST] ?? 0;
  const claims = tick.due.supabase.byPath[CLAIM] ?? 0;
  /** Those that a tick makes however many workspaces there are. */
  const others = tick.running.supabase.calls - lists;
  /** Of a batched call, at least one. */
  const scaled = (calls: number, workspaces: number) => Math.max(1, Math.ceil((calls / tick.workspaces) * workspaces));
  const ofForm = (form: FormName, changed: number) =>
    runs.costs.find((cost) => cost.form === form && cost.changed === changed)!;

  return WORKSPACES.flatMap((workspaces) =>
    CHANGED_RUNS_A_DAY.flatMap((changedRunsADay) =>
      (['ours', 'naive'] as const).map((form): MonthlyCost => {
        const busy = Math.min(RUNS_A_DAY, changedRunsADay * READS_OF_A_CHANGE[form]);
        const month = (of: (cost: RunCost) => number) =>
          DAYS * workspaces * (of(ofForm(form, 1)) * busy + of(ofForm(form, 0)) * (RUNS_A_DAY - busy));
        const callsOfTicks =
          DAYS * (RUNS_A_DAY * scaled(claims, workspaces) + TICKS_A_DAY * (scaled(lists, workspaces) + others));
        const used = {
          steps: month(({ steps }) => steps),
          requests: DAYS * (workspaces * RUNS_A_DAY + TICKS_A_DAY),
          cpuMs: month(({ cpu }) => cpu.workerd),
          functionCalls: month(({ functionCalls }) => functionCalls),
        };
        return {
          form,
          workspaces,
          changedRunsADay,
          ...used,
          // The naive form has no list and no lease; whatever starts it is not counted.
          dataApiCalls: month(({ dataApiCalls }) => dataApiCalls) + (form === 'ours' ? callsOfTicks : 0),
          databaseCpuSeconds: month(({ cpu }) => cpu.postgres) / 1000,
          dollars: dollarsOf(used),
        };
      }),
    ),
  );
}

function dollarsOf(used: Record<keyof typeof PRICES, number>): number {
  const { functionCalls, ...byUnit } = PRICES;
  const charged = Object.entries(byUnit).map(([name, { included, per, dollars }]) => {
    const beyond = Math.max(0, used[name as keyof typeof byUnit] - included);
    return (beyond / per) * dollars;
  });
  const packages = Math.ceil(Math.max(0, used.functionCalls - functionCalls.included) / functionCalls.per);
  return charged.reduce((sum, one) => sum + one, packages * functionCalls.dollars);
}
