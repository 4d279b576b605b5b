// Wire records for tests, all invented.
import type { Batch, ContactMethod, Customer } from '../../supabase/functions/_shared/contactBatch.ts';

export const MODIFIED_ON = '2026-02-08T10:00:00.1234567Z';

export function customerRow(id: string, fields: Partial<Customer> = {}): Customer {
  return {
    id,
    name: `Customer ${id}`,
    type: 'Residential',
    active: true,
    merged_to_id: null,
    modified_on: MODIFIED_ON,
    created_on: null,
    address: {
      street: '1 Main St',
      unit: null,
      city: 'Boise',
      state: 'ID',
      zip: '83702',
      country: 'USA',
      latitude: null,
      longitude: null,
    },
    balance: 12.5,
    tax_exempt: false,
    do_not_mail: false,
    do_not_service: false,
    national_account: false,
    payment_term_id: null,
    credit_limit: null,
    credit_limit_balance: null,
    tag_type_ids: ['134'],
    custom_fields: [],
    external_data: [],
    contact_methods: [],
    ...fields,
  };
}

export function methodRow(id: string, customerId: string, fields: Partial<ContactMethod> = {}): ContactMethod {
  return {
    id,
    customer_id: customerId,
    type: 'MobilePhone',
    value: '2085550117',
    memo: null,
    do_not_text: null,
    marketing: null,
    active: null,
    modified_on: MODIFIED_ON,
    ...fields,
  };
}

export function batchOf(fields: Partial<Batch> = {}): Batch {
  return {
    run: { workspace_id: 'w', instance_id: 'sync-w-1', fence: 1, page: 1, chunk: 0 },
    customers: [],
    contact_methods: [],
    rejected: [],
    commit: null,
    ...fields,
  };
}
