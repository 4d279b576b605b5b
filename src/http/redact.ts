// What ServiceTitan says, fit for a ticket: the shape of a record with its ids, kinds, flags and times, and no person in
// it. Only what is named here is shown, so a field that ServiceTitan adds tomorrow is hidden until somebody decides.

const names = (text: string) => new Set(text.trim().split(/\s+/));

/** Parts of a record that are looked into; any other is told by its size alone. */
const PARTS = names('address customFields externalData phoneSettings preferences');
const IDS = names(`
  id businessUnitId bookingId callId callReasonId campaignId createdById createdFromEstimateId customerId equipmentIds
  dismissingReasonId estimateIds firstAppointmentId invoiceId jobTypeId lastAppointmentId leadCallId locationId
  manualCallId membershipId mergedToId partnerLeadCallId paymentTermId projectId recallForId soldById tagTypeIds typeId
  warrantyId
`);
const FLAGS = names(`
  active allowToUseOnTimesheetActivity doNotMail doNotService doNotText invoiceNotification invoiceStatementNotification
  isAutoDispatched isConversionOpportunity isPinned isVisibleOnDispatchBoard jobRemindersEnabled marketingUpdatesEnabled
  nationalAccount noCharge notificationsEnabled statementNotification taxExempt
`);
const KINDS = names('jobStatus priority status type');
const TIMES = names('completedOn createdOn followUpDate modifiedOn');

/** A name as ServiceTitan writes its fields; anything else may be data used as a name. */
const FIELD_NAME = /^[a-z][A-Za-z]{0,39}$/;
const KIND = /^[A-Z][A-Za-z]{0,29}$/;
const TIME = /^\d{4}-\d\d-\d\d(?:T[\d:.]{8,16}(?:Z|[+-]\d\d:\d\d))?$/;

/** The record with every value hidden that is not on a list above; a list or a text keeps its length. */
export function redact(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(record).map(([name, value], index) =>
      FIELD_NAME.test(name) ? [name, redactField(name, value)] : [`[field ${index + 1}]`, sizeOf(value)],
    ),
  );
}

/** One of a list's records; of what is no record only the size is told. */
export function redactRecord(record: unknown): unknown {
  const isRecord = typeof record === 'object' && record !== null && !Array.isArray(record);
  return isRecord ? redact(record as Record<string, unknown>) : sizeOf(record);
}

function redactField(name: string, value: unknown): unknown {
  if (value === null) return null;
  if (Array.isArray(value) && (PARTS.has(name) || IDS.has(name))) return value.map((item) => redactField(name, item));
  if (PARTS.has(name) && typeof value === 'object') return redact(value as Record<string, unknown>);
  return isShown(name, value) ? value : sizeOf(value);
}

function isShown(name: string, value: unknown): boolean {
  switch (typeof value) {
    case 'boolean':
      return FLAGS.has(name);
    case 'number':
      return IDS.has(name);
    case 'string':
      return (
        (IDS.has(name) && /^\d{1,19}$/.test(value)) ||
        (KINDS.has(name) && KIND.test(value)) ||
        (TIMES.has(name) && TIME.test(value))
      );
    default:
      return false;
  }
}

function sizeOf(value: unknown): string | null {
  if (value === null) return null;
  if (typeof value === 'string') return `[text, ${value.length} characters]`;
  if (Array.isArray(value)) return `[list, ${value.length} entries]`;
  if (typeof value === 'object') return `[object, ${Object.keys(value).length} fields]`;
  return typeof value === 'boolean' ? '[flag]' : '[number]';
}
