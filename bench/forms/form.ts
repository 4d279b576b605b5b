import type { OwnProcesses } from '../processCosts.ts';
import type { ExpectedFiles } from '../source/expectedRows.ts';

export const FORM_NAMES = ['naive', 'per-row', 'limit', 'ours'] as const;
export type FormName = (typeof FORM_NAMES)[number];

/** What a form is asked to bring into both tables. */
export interface Work {
  workspaceId: string;
  /** `<environment>/<tenant>`, as the rows carry it. */
  source: string;
  /** Null: everything, as on the first sync. Else the changes since this instant. */
  since: Date | null;
  /** The rows, finished, for the form that reads them from files. */
  rows: ExpectedFiles;
}

/** One way of getting ServiceTitan's customers into Supabase. Resolves once the last row is written. */
export interface Form {
  name: FormName;
  /** What is left out of the figures of the others. */
  own: OwnProcesses;
  sync(work: Work): Promise<void>;
  /** Steps of the Workflow that the last sync took; of forms that are one. */
  steps?(): Promise<number | null>;
  stop(): Promise<void>;
}
