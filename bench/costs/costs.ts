// What the product asks of the platform beside speed: parts that are measured one after another, each by itself.
import type { Measurement } from '../measure.ts';
import type { System } from '../system.ts';
import { type FunctionCost, measureFunctionCalls } from './functionCalls.ts';
import { measureIdleTicks, type RunCost } from './idleTicks.ts';
import { measureLargeTenant } from './largeTenant.ts';
import { measureProfile } from './profile.ts';
import type { ProfiledPart } from './profileProcess.ts';
import { measureLargeTick, type TickCosts } from './largeTick.ts';

export const COST_PARTS = ['function', 'calls', 'tick', 'runs', 'profile'] as const;
export type CostPart = (typeof COST_PARTS)[number];

/** Each with the time at which it was measured: a later run of the benchmark may measure some of them anew. */
export interface Costs {
  function?: { at: string; calls: FunctionCost[] };
  calls?: { at: string; measurement: Measurement };
  tick?: { at: string } & TickCosts;
  runs?: { at: string; costs: RunCost[] };
  profile?: { at: string; parts: ProfiledPart[] };
}

export interface CostSizes {
  /** Records of a page of ServiceTitan. */
  page: number;
  /** Customers of the tenant whose initial sync is counted. */
  customers: number;
  workspaces: number;
  /** Runs in a row. */
  runs: number;
}

/** Customers of the tenant in which little changes. */
const QUIET_TENANT = 10_000;

export async function measureCosts(
  system: System,
  parts: readonly CostPart[],
  { page, customers, workspaces, runs }: CostSizes,
  report: (line: string) => void,
): Promise<Costs> {
  const at = () => new Date().toISOString();
  const measure: { [part in CostPart]: () => Promise<Costs> } = {
    function: async () => ({ function: { at: at(), calls: await measureFunctionCalls(system, page, report) } }),
    calls: async () => ({ calls: { at: at(), measurement: await measureLargeTenant(system, customers, report) } }),
    tick: async () => ({ tick: { at: at(), ...(await measureLargeTick(system, workspaces, report)) } }),
    runs: async () => {
      const sizes = { customers: Math.min(QUIET_TENANT, customers), runs };
      return { runs: { at: at(), costs: await measureIdleTicks(system, sizes, report) } };
    },
    profile: async () => ({ profile: { at: at(), parts: await measureProfile(system, page, report) } }),
  };
  let costs: Costs = {};
  for (const part of parts) costs = { ...costs, ...(await measure[part]()) };
  return costs;
}
