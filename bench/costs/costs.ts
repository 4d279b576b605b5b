// What the product asks of the platform beside speed: parts that are measured one after another, each by itself.
import type { Measurement } from '../measure.ts';
import { type Stamp, stamp } from '../stamp.ts';
import type { System } from '../system.ts';
import { measurePass, type PassCost } from './pass.ts';
import { type FunctionCost, measureFunctionCalls } from './functionCalls.ts';
import { measureRuns, type RunCost } from './quietRuns.ts';
import { measureCalls } from './countedCalls.ts';
import { measureProfile } from './profile.ts';
import type { ProfiledPart } from './profileProcess.ts';
import { measureLargeTick, type TickCosts } from './largeTick.ts';

export const COST_PARTS = ['function', 'calls', 'pass', 'tick', 'runs', 'profile'] as const;
export type CostPart = (typeof COST_PARTS)[number];

/** Each with its stamp: a later run of the benchmark may measure some of them anew. */
export interface Costs {
  function?: Stamp & { calls: FunctionCost[] };
  calls?: Stamp & { measurement: Measurement };
  pass?: Stamp & PassCost;
  tick?: Stamp & TickCosts;
  runs?: Stamp & { costs: RunCost[] };
  profile?: Stamp & { parts: ProfiledPart[] };
}

export interface CostSizes {
  /** Records of a page of ServiceTitan. */
  page: number;
  /** Customers of the tenant whose initial sync is counted. */
  customers: number;
  /** Customers of the tenant that is compared. */
  compared: number;
  workspaces: number;
  /** Runs in a row. */
  runs: number;
}

/** Customers of the tenant in which little changes. */
const QUIET_TENANT = 10_000;

/** Each part as soon as it has been measured. */
export async function* measureCosts(
  system: System,
  parts: readonly CostPart[],
  { page, customers, compared, workspaces, runs }: CostSizes,
  report: (line: string) => void,
): AsyncGenerator<Costs> {
  const measure: { [part in CostPart]: () => Promise<Costs> } = {
    function: async () => ({ function: stamped({ calls: await measureFunctionCalls(system, page, report) }) }),
    calls: async () => ({ calls: stamped({ measurement: await measureCalls(system, customers, report) }) }),
    pass: async () => ({ pass: stamped(await measurePass(system, compared, report)) }),
    tick: async () => ({ tick: stamped(await measureLargeTick(system, workspaces, report)) }),
    runs: async () => {
      const sizes = { customers: Math.min(QUIET_TENANT, customers), runs };
      return { runs: stamped({ costs: await measureRuns(system, sizes, report) }) };
    },
    profile: async () => ({ profile: stamped({ parts: await measureProfile(system, page, report) }) }),
  };
  for (const part of parts) yield await measure[part]();
}

function stamped<Found extends object>(found: Found): Stamp & Found {
  return { ...stamp(), ...found };
}
