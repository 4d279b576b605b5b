import type { Unreadable } from '../../supabase/functions/_shared/contactBatch.ts';
import type { Contact } from './contact.ts';
import type { Customer } from './customer.ts';
import type { Grant } from './grant.ts';
import type { RawRecord } from './schemas.ts';

/** A record that can't be used, known by its customer's id. `reason` names fields and rules, never a value. */
export interface Rejected {
  customerId: string;
  reason: string;
  /** Which contact it is; absent where that can't be told, and for a customer. */
  contactId?: string;
  /** The call that would show it fails, however often it is asked. */
  callFailed?: boolean;
}

/** `date` is the `Date` ServiceTitan answered with, as ISO text; null when the header is missing or unreadable. */
export interface Page<Item> {
  data: Item[];
  rejected: Rejected[];
  /** Contacts whose customer ServiceTitan says to be none. They are in no other list. */
  orphans: number;
  /** Records of which can't be told whose they are. They are in no other list. */
  unowned: number;
  /** When the records were modified that are not in `data`, as far as they say. */
  otherStamps: string[];
  /** In how many records each field was left out, because it could not be read. */
  unreadable: Unreadable;
  hasMore: boolean;
  date: string | null;
}

/** `totalCount` is null unless `includeTotal` was asked for. */
export interface ListPage<Item> extends Page<Item> {
  page: number;
  pageSize: number;
  totalCount: number | null;
}

/** `continueFrom` is filled on the last page too: the feed goes on from there later. */
export interface ExportPage<Item> extends Page<Item> {
  continueFrom: string;
}

/** A list as ServiceTitan sent it, for reading by people. A number of more than 15 digits is a text. */
export interface RawPage {
  page: number;
  pageSize: number;
  hasMore: boolean;
  totalCount: number | null;
  /** Whatever the records are. */
  data: unknown[];
}

/** Which records by state. ServiceTitan's own default is only the active ones, so it must be said. */
export type Active = 'Any' | 'True' | 'False';

type Direction = '+' | '-';
export type CustomerSort = `${Direction}${'Id' | 'ModifiedOn' | 'CreatedOn'}`;
export type JobSort = `${Direction}${'Id' | 'ModifiedOn' | 'CreatedOn' | 'Priority'}`;
export type LeadSort = CustomerSort;

/** `page` counts from 1; `pageSize` is 1 to 5000. */
export interface CustomersParameters {
  /** Inclusive, ISO 8601 with a zone, up to seven fraction digits. */
  modifiedOnOrAfter?: string;
  /** Exclusive, written the same way. */
  modifiedBefore?: string;
  /** At least one and at most 50. Each of them may be bad. */
  ids?: readonly string[];
  page: number;
  pageSize: number;
  active: Active;
  sort: CustomerSort;
  includeTotal?: boolean;
}

export interface ExportParameters {
  /** A `continueFrom` of the same feed; absent or null: from the first record. */
  from?: string | null;
  /** True: without the 15 minutes' delay; the same record may come again. Never mix the two on one token. */
  includeRecentChanges?: boolean;
}

export interface CustomerContactsParameters {
  /** At least one. */
  customerIds: readonly string[];
  /** 1 when absent. The list has no order, so a later page may skip rows. */
  page?: number;
  pageSize: number;
  /** They are asked for because each may be bad: that all are shows no fault of the list. */
  mayBeBad?: boolean;
}

export interface ModifiedContactsParameters {
  /** Inclusive, as for customers. */
  modifiedOnOrAfter: string;
  /** Exclusive. */
  modifiedBefore: string;
  page: number;
  pageSize: number;
}

export interface RawCustomersParameters {
  page: number;
  pageSize: number;
  active: Active;
  sort: CustomerSort;
}

export interface NoteParameters {
  text: string;
  pinToTop?: boolean;
}

export interface JobsParameters {
  customerId: string;
  page?: number;
  pageSize?: number;
  sort?: JobSort;
}

export interface LeadsParameters {
  customerId: string;
  page?: number;
  pageSize?: number;
  sort?: LeadSort;
}

export interface TagTypesParameters {
  active: Active;
  page?: number;
  pageSize?: number;
}

/**
 * One tenant's ServiceTitan. Every method is one request (and, where due, one for a token; after a 401 the request goes
 * out once more with a new token). Nothing else is repeated: retrying belongs to the caller.
 *
 * Rejects with `AuthError`, `RequestError`, `RateLimitError`, `ServerError`, `NetworkError`, `TimeoutError`,
 * `PayloadError`, or `ArgumentError` before anything is sent; with the signal's reason when the caller aborts.
 */
export interface ServiceTitanApi {
  /** Asks for a new token; answers what it says of itself, which the vendor does not promise. */
  grant(): Promise<Grant>;
  /** Customers as a list. With `sort: '+Id'` and no upper bound a page never slides towards the front. */
  customers(parameters: CustomersParameters): Promise<ListPage<Customer>>;
  /** The customer feed: active, inactive and merged ones, as many at once as ServiceTitan likes. */
  exportCustomers(parameters: ExportParameters): Promise<ExportPage<Customer>>;
  /** The feed of phones and e-mails, the only place that shows one switched off. */
  exportContacts(parameters: ExportParameters): Promise<ExportPage<Contact>>;
  /** Phones and e-mails of these customers. `active` is null in every one. */
  customerContacts(parameters: CustomerContactsParameters): Promise<ListPage<Contact>>;
  /** The phones and e-mails modified in a span; in no order, and without those switched off. */
  modifiedContacts(parameters: ModifiedContactsParameters): Promise<ListPage<Contact>>;
  /** All phones and e-mails of one customer, up to 5000. */
  contactsOfCustomer(customerId: string): Promise<ListPage<Contact>>;
  /** The same, as ServiceTitan sends them. */
  rawContactsOfCustomer(customerId: string): Promise<RawPage>;
  /** One customer as ServiceTitan sends it. */
  customer(customerId: string): Promise<RawRecord>;
  /** Customers as ServiceTitan sends them. */
  rawCustomers(parameters: RawCustomersParameters): Promise<RawPage>;
  notes(customerId: string): Promise<RawPage>;
  /**
   * Writes a note and gives it back. There is no idempotency key: after a `NetworkError`, `TimeoutError` or `ServerError`
   * the note may exist, so read `notes` before asking again.
   */
  addNote(customerId: string, note: NoteParameters): Promise<RawRecord>;
  jobs(parameters: JobsParameters): Promise<RawPage>;
  leads(parameters: LeadsParameters): Promise<RawPage>;
  tagTypes(parameters: TagTypesParameters): Promise<RawPage>;
}
