// What a run of the benchmark found, as it is kept in results.json.
import type { Costs } from './costs/costs.ts';
import type { FormName } from './forms/form.ts';
import type { Measurement } from './measure.ts';
import { median } from './median.ts';
import type { Stamp } from './stamp.ts';

/** One size and kind of work; `rounds` holds every form's measurements in the order they were made. */
export interface Comparison extends Stamp {
  customers: number;
  /** Null: the initial sync. */
  changed: number | null;
  /** Whether 200 ms a ServiceTitan call and 30 ms a Supabase call were added. */
  latency: boolean;
  measurements: Measurement[];
}

/** Comparisons and costs say for themselves when they were measured, and on what. */
export interface Results {
  machine: string;
  versions: Record<string, string>;
  comparisons: Comparison[];
  costs: Costs;
}

/** Whether both are of the same work. */
export function isSameWork(one: Comparison, other: Comparison): boolean {
  return one.customers === other.customers && one.changed === other.changed && one.latency === other.latency;
}

export function ofForm({ measurements }: Comparison, form: FormName): Measurement[] {
  return measurements.filter((measurement) => measurement.form === form);
}

/** The form's median time over the other's, in one comparison; null where one of them did not take part. */
export function ratio(comparison: Comparison, form: FormName, to: FormName): number | null {
  const [one, other] = [form, to].map((name) => ofForm(comparison, name).map(({ milliseconds }) => milliseconds));
  return one!.length > 0 && other!.length > 0 ? median(one!) / median(other!) : null;
}
