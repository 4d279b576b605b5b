import type { CustomerRecord } from '../tenant/records.ts';
import { createRandom } from './random.ts';

const STATUSES = ['Open', 'Dismissed', 'Converted'];
const PRIORITIES = ['Low', 'Normal', 'High', 'Urgent'];
const FIRST_LEAD_ID = 1_200_000_000;

/** A customer's leads: mostly none, the same whenever they are asked for. */
export function leadsOf({ id: customerId }: CustomerRecord) {
  const random = createRandom(customerId + 1);
  if (!random.percent(30)) return [];
  const createdOn = `2025-0${1 + random.below(9)}-0${1 + random.below(9)}T09:30:00.${1 + random.below(9)}Z`;
  return [
    {
      id: FIRST_LEAD_ID + (customerId % 100_000_000),
      status: random.pick(STATUSES),
      customerId,
      locationId: customerId + 1,
      businessUnitId: null,
      jobTypeId: null,
      priority: random.pick(PRIORITIES),
      campaignId: 610,
      summary: 'Asked for a quote',
      dismissingReasonId: null,
      callReasonId: null,
      callId: null,
      bookingId: null,
      manualCallId: null,
      followUpDate: null,
      createdOn,
      createdById: 2305,
      modifiedOn: createdOn,
      tagTypeIds: null,
      leadUrl: null,
      leadCustomerName: null,
      leadPhone: null,
      leadEmail: null,
      leadStreet: null,
      leadUnit: null,
      leadCity: null,
      leadState: null,
      leadZip: null,
      leadCountry: null,
      captureSource: null,
    },
  ];
}
