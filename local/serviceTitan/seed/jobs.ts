import type { CustomerRecord } from '../tenant/records.ts';
import { createRandom } from './random.ts';

const SUMMARIES = ['Water heater replacement<br>Gate code on file', 'No heat upstairs', 'Annual maintenance', null];
const STATUSES = ['Scheduled', 'Dispatched', 'InProgress', 'Hold', 'Completed', 'Canceled'];
const PRIORITIES = ['Low', 'Normal', 'High', 'Urgent'];
const FIRST_JOB_ID = 700_000_000;
const MOST_JOBS = 4;
const EQUIPMENT_ID = 640_000;

/** A customer's jobs: none to three, the same whenever they are asked for. */
export function jobsOf({ id: customerId }: CustomerRecord) {
  const random = createRandom(customerId);
  return Array.from({ length: random.below(MOST_JOBS) }, (_, index) => {
    const id = FIRST_JOB_ID + (customerId % 100_000_000) * MOST_JOBS + index;
    const jobStatus = random.pick(STATUSES);
    const createdOn = `202${random.below(6)}-0${1 + random.below(9)}-1${random.below(10)}T14:05:1${random.below(10)}.49Z`;
    return {
      id,
      jobNumber: String(id),
      projectId: null,
      customerId,
      locationId: customerId + 1,
      jobStatus,
      completedOn: jobStatus === 'Completed' ? createdOn : null,
      businessUnitId: 4301 + random.below(3),
      jobTypeId: 5120 + random.below(8),
      priority: random.pick(PRIORITIES),
      campaignId: 610,
      appointmentCount: 1,
      firstAppointmentId: id + 1,
      lastAppointmentId: id + 1,
      recallForId: null,
      warrantyId: null,
      jobGeneratedLeadSource: null,
      noCharge: false,
      notificationsEnabled: true,
      createdOn,
      createdById: 2305,
      modifiedOn: createdOn,
      tagTypeIds: [],
      leadCallId: null,
      partnerLeadCallId: null,
      bookingId: null,
      soldById: null,
      customerPo: null,
      invoiceId: id + 2,
      membershipId: null,
      createdFromEstimateId: null,
      estimateIds: [],
      equipmentIds: [EQUIPMENT_ID + (id % 7)],
      summary: random.pick(SUMMARIES),
      summaryOfWork: jobStatus === 'Completed' ? 'Replaced and tested.' : null,
      isAutoDispatched: id % 5 === 0,
      total: random.percent(80) ? random.below(200_000) / 100 : null,
      customFields: [],
      externalData: null,
    };
  });
}
