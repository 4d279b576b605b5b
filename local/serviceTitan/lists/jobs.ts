import type { Answer, Call } from '../call.ts';
import { jobsOf } from '../seed/jobs.ts';
import { customersAskedFor } from './customersAskedFor.ts';
import { listRecords } from './records.ts';

const MOST_IDS = 50;

/** GET /jpm/v2/…/jobs, of one customer or of all. It knows no `active`. */
export function listJobs(call: Call): Answer {
  const { query } = call;
  const ids = query.ids('ids', MOST_IDS);
  const customerId = query.integer('customerId');
  const equipmentIds = query.ids('equipmentIds', MOST_IDS);
  const status = query.text('jobStatus');
  return listRecords(
    call,
    () => customersAskedFor(call, customerId).flatMap(jobsOf),
    (job) =>
      (ids === undefined || ids.has(job.id)) &&
      (status === undefined || job.jobStatus === status) &&
      (equipmentIds === undefined || job.equipmentIds.some((id) => equipmentIds.has(id))),
  );
}
