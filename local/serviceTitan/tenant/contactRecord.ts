import { formatTicks, type Ticks } from '../ticks.ts';
import type { ContactChanges, ContactRecord, NewContact } from './records.ts';
import type { Version } from './table.ts';

type Content = Pick<Version<ContactRecord>, 'id' | 'record' | 'raw' | 'created' | 'modified'>;

const TYPES_WITH_PHONE_SETTINGS = new Set(['Phone', 'MobilePhone']);

export function contactOf(
  id: number,
  customerId: number,
  fields: NewContact,
  times: { created: Ticks; modified: Ticks },
): Content {
  const { raw, type, value, memo = null, doNotText = false, active = true } = fields;
  // Newer than most records: every other one has none.
  const { marketing = id % 2 === 0 ? null : type === 'Email' } = fields;
  const record: ContactRecord = {
    modifiedOn: formatTicks(times.modified),
    phoneSettings: phoneSettingsOf(type, value, doNotText),
    createdOn: formatTicks(times.created),
    preferences: preferencesOf(marketing),
    id,
    type,
    value,
    memo,
    customerId,
    active,
  };
  return { id, record, raw, ...times };
}

export function changedContact(former: Version<ContactRecord>, changes: ContactChanges, modified: Ticks): Content {
  const { raw = former.raw, doNotText = former.record.phoneSettings?.doNotText ?? false, marketing, ...own } = changes;
  const record = { ...former.record, ...own, modifiedOn: formatTicks(modified) };
  record.phoneSettings = phoneSettingsOf(record.type, record.value, doNotText);
  if (marketing !== undefined) record.preferences = preferencesOf(marketing);
  return { id: former.id, record, raw, created: former.created, modified };
}

function phoneSettingsOf(type: string, value: string, doNotText: boolean) {
  return TYPES_WITH_PHONE_SETTINGS.has(type) ? { phoneNumber: value, doNotText } : null;
}

function preferencesOf(marketing: boolean | null): ContactRecord['preferences'] {
  if (marketing === null) return null;
  return {
    jobRemindersEnabled: true,
    marketingUpdatesEnabled: marketing,
    invoiceStatementNotification: true,
    invoiceNotification: true,
    statementNotification: true,
  };
}
