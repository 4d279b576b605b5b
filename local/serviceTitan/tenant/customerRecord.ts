import { formatTicks, YEAR_ONE, type Ticks } from '../ticks.ts';
import type { Address, CustomerChanges, CustomerRecord, NewCustomer } from './records.ts';
import type { Version } from './table.ts';

/** Who enters customers at the tenant; imported ones have nobody. */
const OFFICE_USER_ID = 2305;
const IMPORT_USER_ID = 0;

const NO_ADDRESS: Address = {
  street: '',
  unit: null,
  city: '',
  state: '',
  zip: '',
  country: 'USA',
  latitude: null,
  longitude: null,
};

type Content = Pick<Version<CustomerRecord>, 'id' | 'record' | 'raw' | 'created' | 'modified'>;

/** A new customer with all fields that were not given filled in. */
export function customerOf(
  id: number,
  fields: Omit<NewCustomer, 'contacts'>,
  times: { created: Ticks; modified: Ticks },
): Content {
  const { raw, address, ...own } = fields;
  const record: CustomerRecord = {
    // In the order of the vendor's schema, so that an answer reads like one of theirs.
    id,
    active: true,
    name: `Customer ${id}`,
    type: 'Residential',
    address: { ...NO_ADDRESS, ...address },
    customFields: [],
    balance: 0,
    taxExempt: false,
    tagTypeIds: [],
    doNotMail: false,
    doNotService: false,
    nationalAccount: false,
    createdOn: '',
    createdById: times.created === YEAR_ONE ? IMPORT_USER_ID : OFFICE_USER_ID,
    modifiedOn: '',
    mergedToId: null,
    paymentTermId: null,
    creditLimit: null,
    creditLimitBalance: null,
    externalData: null,
    ...own,
  };
  record.id = id;
  record.createdOn = formatTicks(times.created);
  record.modifiedOn = formatTicks(times.modified);
  return { id, record, raw, ...times };
}

/** The customer with some fields changed; an address changes field by field. */
export function changedCustomer(former: Version<CustomerRecord>, changes: CustomerChanges, modified: Ticks): Content {
  const { raw = former.raw, address, ...own } = changes;
  const record = {
    ...former.record,
    ...own,
    address: { ...former.record.address, ...address },
    modifiedOn: formatTicks(modified),
  };
  return { id: former.id, record, raw, created: former.created, modified };
}
