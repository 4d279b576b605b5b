import type { Switches } from '../switches.ts';
import type { ContactRecord } from '../tenant/records.ts';
import { shown, type Version } from '../tenant/table.ts';

type ShownContact = Omit<ContactRecord, 'phoneSettings'> & Partial<Pick<ContactRecord, 'phoneSettings'>>;

/** The contact as it goes out; e-mails and faxes have no `phoneSettings`, or null. */
export function shownContact(version: Version<ContactRecord>, { phoneSettingsOnEmail }: Switches): ShownContact {
  const record = shown(version);
  if (record.phoneSettings !== null || phoneSettingsOnEmail === 'null') return record;
  const { phoneSettings: _, ...contact } = record;
  return contact;
}
