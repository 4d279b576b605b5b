/** A customer as ServiceTitan sends it, with every key of its documents. */
export function customerRecord(change: Record<string, unknown> = {}) {
  return {
    id: 318204417,
    active: true,
    name: 'Example Plumbing ',
    type: 'Residential',
    address: {
      street: '77 Alder Spur',
      unit: null,
      city: 'Boise',
      state: 'ID',
      zip: '83702',
      country: 'USA',
      latitude: 43.61870199999999,
      longitude: -116.2146068,
    },
    customFields: [{ typeId: 7041, name: '  Gate code', value: '' }],
    balance: 129.5,
    taxExempt: false,
    tagTypeIds: [134, 52955021],
    doNotMail: false,
    doNotService: false,
    nationalAccount: false,
    createdOn: '0001-01-01T00:00:00Z',
    createdById: 0,
    modifiedOn: '2026-03-02T17:20:41.0062311Z',
    mergedToId: null,
    paymentTermId: null,
    creditLimit: null,
    creditLimitBalance: null,
    externalData: null,
    ...change,
  };
}

/** A contact as the list of several customers' contacts sends it. */
export function contactRecord(change: Record<string, unknown> = {}) {
  return {
    id: 318204419,
    customerId: 318204417,
    type: 'MobilePhone',
    value: '2085550117',
    memo: null,
    phoneSettings: { phoneNumber: '2085550117', doNotText: true },
    preferences: null,
    createdOn: '2026-02-11T15:52:23.2134824Z',
    modifiedOn: '2026-02-11T15:52:23.49Z',
    ...change,
  };
}
