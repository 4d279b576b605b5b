/** What a call asks for, more finely than by its path: what a call means depends on its parameters too. */
export const OPERATIONS = [
  'token',
  /** The customers list, as a window or whole. */
  'customers',
  /** The customers list, with `ids`. */
  'customersByIds',
  /** One customer by its id. */
  'customer',
  /** The contacts list, with a modified bound alone. */
  'contacts',
  /** The contacts list, with `customerIds`. */
  'contactsByCustomers',
  /** A customer's own list of contacts. */
  'ownContacts',
  /** The export with `includeRecentChanges=true`. */
  'recentCustomersExport',
  'recentContactsExport',
  /** The export without it, which holds changes back for a while. */
  'settledCustomersExport',
  'settledContactsExport',
  'notes',
  'addNote',
  'leads',
  'jobs',
  'tagTypes',
] as const;

export type Operation = (typeof OPERATIONS)[number];

/** Operations by what they are called together, for rules about more than one. */
export const CUSTOMER_LISTS = ['customers', 'customersByIds'] as const;
export const CONTACT_LISTS = ['contacts', 'contactsByCustomers', 'ownContacts'] as const;
export const CUSTOMER_EXPORTS = ['recentCustomersExport', 'settledCustomersExport'] as const;
export const CONTACT_EXPORTS = ['recentContactsExport', 'settledContactsExport'] as const;
export const EXPORTS = [...CUSTOMER_EXPORTS, ...CONTACT_EXPORTS] as const;

/** An endpoint, before its parameters tell what it is used for. */
export type EndpointName =
  | Exclude<Operation, (typeof EXPORTS)[number] | 'customersByIds' | 'contactsByCustomers'>
  | 'customersExport'
  | 'contactsExport';

export function operationOf(endpoint: EndpointName, parameters: URLSearchParams): Operation {
  const isRecent = parameters.get('includeRecentChanges')?.toLowerCase() === 'true';
  switch (endpoint) {
    case 'customers':
      return parameters.get('ids') ? 'customersByIds' : 'customers';
    case 'contacts':
      return parameters.get('customerIds') ? 'contactsByCustomers' : 'contacts';
    case 'customersExport':
      return isRecent ? 'recentCustomersExport' : 'settledCustomersExport';
    case 'contactsExport':
      return isRecent ? 'recentContactsExport' : 'settledContactsExport';
    default:
      return endpoint;
  }
}

/** What kind of records the answers hold, as far as rules can name them. */
export function kindOf(operation: Operation): 'customer' | 'contact' | 'other' {
  const isIn = (group: readonly Operation[]) => group.includes(operation);
  if (operation === 'customer' || isIn(CUSTOMER_LISTS) || isIn(CUSTOMER_EXPORTS)) return 'customer';
  return isIn(CONTACT_LISTS) || isIn(CONTACT_EXPORTS) ? 'contact' : 'other';
}
