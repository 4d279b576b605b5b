import { z } from 'zod';

/** A customer as the API shows it: the same in lists, by id and in the export feed. It carries no phone and no e-mail. */
export interface CustomerRecord {
  id: number;
  active: boolean;
  name: string;
  type: 'Residential' | 'Commercial';
  address: Address;
  customFields: { typeId: number; name: string | null; value: string | null }[];
  balance: number;
  taxExempt: boolean;
  tagTypeIds: number[];
  doNotMail: boolean;
  doNotService: boolean;
  nationalAccount: boolean;
  createdOn: string;
  createdById: number;
  modifiedOn: string;
  mergedToId: number | null;
  paymentTermId: number | null;
  creditLimit: number | null;
  creditLimitBalance: number | null;
  externalData: { key: string; value: string }[] | null;
}

export interface Address {
  street: string;
  unit: string | null;
  city: string;
  state: string;
  zip: string;
  country: string;
  latitude: number | null;
  longitude: number | null;
}

/** A contact, one phone number or e-mail, as the export feed shows it. The lists leave out `active`. */
export interface ContactRecord {
  id: number;
  customerId: number;
  type: string;
  value: string;
  memo: string | null;
  phoneSettings: { phoneNumber: string; doNotText: boolean } | null;
  preferences: Preferences | null;
  createdOn: string;
  modifiedOn: string;
  active: boolean;
}

interface Preferences {
  jobRemindersEnabled: boolean;
  marketingUpdatesEnabled: boolean;
  /** Of before July 2026, for the two that follow together. */
  invoiceStatementNotification: boolean;
  invoiceNotification: boolean;
  statementNotification: boolean;
}

export interface NoteRecord {
  id: number;
  text: string;
  isPinned: boolean;
  createdById: number;
  createdOn: string;
  modifiedOn: string;
}

const text = z.exactOptional(z.string());
const flag = z.exactOptional(z.boolean());
const id = z.int().positive();
const optionalId = z.exactOptional(id.nullable());
const amount = z.exactOptional(z.number().nullable());
// Fields put over the record on the wire as they stand, so that a broken record can be shown.
const raw = z.exactOptional(z.record(z.string(), z.unknown()));

const addressChanges = z.strictObject({
  street: text,
  unit: z.exactOptional(z.string().nullable()),
  city: text,
  state: text,
  zip: text,
  country: text,
  latitude: amount,
  longitude: amount,
});

/** What someone may change about a customer; the address field by field. Times and ids are the world's to give. */
export const customerChanges = z.strictObject({
  active: flag,
  name: text,
  type: z.exactOptional(z.enum(['Residential', 'Commercial'])),
  address: z.exactOptional(addressChanges),
  customFields: z.exactOptional(
    z.array(z.strictObject({ typeId: z.int(), name: z.string().nullable(), value: z.string().nullable() })),
  ),
  balance: z.exactOptional(z.number()),
  taxExempt: flag,
  tagTypeIds: z.exactOptional(z.array(z.int())),
  doNotMail: flag,
  doNotService: flag,
  nationalAccount: flag,
  mergedToId: optionalId,
  paymentTermId: optionalId,
  creditLimit: amount,
  creditLimitBalance: amount,
  raw,
});

/** What someone may change about a contact. */
export const contactChanges = z.strictObject({
  type: text,
  value: text,
  memo: z.exactOptional(z.string().nullable()),
  doNotText: flag,
  /** Null: no preferences at all, as most records have. */
  marketing: z.exactOptional(z.boolean().nullable()),
  active: flag,
  raw,
});

const times = { createdOn: text, modifiedOn: text };

/** A new contact; it is stamped with the world's time where no time is given. */
export const newContact = contactChanges.extend({
  id: z.exactOptional(id),
  type: z.string(),
  value: z.string(),
  ...times,
});

/** A new customer, with its contacts. What is left out is filled in; ids and times may be given. */
export const newCustomer = customerChanges.extend({
  id: z.exactOptional(id),
  createdById: z.exactOptional(z.int()),
  contacts: z.exactOptional(z.array(newContact)),
  ...times,
});

export type CustomerChanges = z.infer<typeof customerChanges>;
export type ContactChanges = z.infer<typeof contactChanges>;
export type NewCustomer = z.infer<typeof newCustomer>;
export type NewContact = z.infer<typeof newContact>;
