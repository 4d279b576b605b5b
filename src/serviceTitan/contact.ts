import { z } from 'zod';
import type { UnreadableField } from '../../supabase/functions/_shared/contactBatch.ts';
import type { Fields } from './fields.ts';
import { flag, isRecord, text } from './kinds.ts';
import type { RecordKind, Steering } from './recordKind.ts';
import { idSchema, instant } from './schemas.ts';

/**
 * One phone number or e-mail. `active` is null where the source can't say, which is every list. `undefined`
 * is what could not be read.
 */
export interface Contact {
  id: string;
  customerId: string;
  modifiedOn: string;
  /** Any text: other integrations saw types beyond the four documented ones. */
  type: string | undefined;
  value: string | undefined;
  memo: string | null | undefined;
  doNotText: boolean | null | undefined;
  /** Whether marketing may be sent to it. */
  marketing: boolean | null | undefined;
  active: boolean | null | undefined;
}

const STEERING = z.object({ id: idSchema, modifiedOn: instant });

/** Contacts of a list: only `id`, `customerId` and `modifiedOn` must be right (R20). */
export const listedContacts: RecordKind<Contact> = {
  customerId: { key: 'customerId' },
  steering: STEERING.extend({ customerId: idSchema }),
  // E-mails have no phone settings, and no list says whether a contact is active.
  expected: ['contact.type', 'contact.value', 'contact.memo'],
  read: readContact,
};

/** Contacts of the feed, which says of each whether it is active. */
export const exportedContacts: RecordKind<Contact> = {
  ...listedContacts,
  expected: [...listedContacts.expected, 'contact.active'],
};

/** Contacts of one customer's own list, which leaves the customer's id out. */
export function contactsOf(customerId: string): RecordKind<Contact> {
  return {
    ...listedContacts,
    customerId: { is: customerId },
    steering: STEERING.transform((steering) => ({ ...steering, customerId })),
  };
}

function readContact(record: Record<string, unknown>, steering: Steering, fields: Fields): Contact {
  const { id, customerId = id, modifiedOn } = steering;
  const value = fields.read(record, 'contact.value', text);
  const type = fields.read(record, 'contact.type', text);
  return {
    id,
    customerId,
    type: type === null ? '' : type,
    value: value === null ? '' : value,
    memo: fields.read(record, 'contact.memo', text),
    doNotText: readWithin(record, fields, 'contact.phoneSettings', 'contact.phoneSettings.doNotText'),
    marketing: readWithin(record, fields, 'contact.preferences', 'contact.preferences.marketingUpdatesEnabled'),
    active: fields.read(record, 'contact.active', flag),
    modifiedOn,
  };
}

/** A flag of an object that the record may lack, as e-mails lack phone settings: then ServiceTitan doesn't say. */
function readWithin(
  record: Record<string, unknown>,
  fields: Fields,
  name: UnreadableField,
  flagName: UnreadableField,
): boolean | null | undefined {
  const part = fields.read<Record<string, unknown> | null>(record, name, (value) =>
    value === undefined || value === null ? null : isRecord(value) ? value : undefined,
  );
  return part && fields.read(part, flagName, flag);
}
