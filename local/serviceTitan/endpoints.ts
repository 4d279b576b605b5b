import type { Endpoint } from './call.ts';
import { contactsOfCustomer, listContacts } from './lists/contacts.ts';
import { customerById, listCustomers } from './lists/customers.ts';
import { exportContacts, exportCustomers } from './lists/exportFeed.ts';
import { listJobs } from './lists/jobs.ts';
import { listLeads } from './lists/leads.ts';
import { addNote, listNotes } from './lists/notes.ts';
import { listTagTypes } from './lists/tagTypes.ts';

const CRM = '/crm/v2/tenant/:tenantId';
const CUSTOMERS_READ = 'tn.crm.customers:r';

/** The endpoints of the API. The first whose path matches answers, so `customers/contacts` stands before an id. */
export const ENDPOINTS: Endpoint[] = [
  read('customers', `${CRM}/customers`, CUSTOMERS_READ, listCustomers),
  read('contacts', `${CRM}/customers/contacts`, CUSTOMERS_READ, listContacts),
  read('customer', `${CRM}/customers/:customerId`, CUSTOMERS_READ, customerById),
  read('ownContacts', `${CRM}/customers/:customerId/contacts`, CUSTOMERS_READ, contactsOfCustomer),
  read('notes', `${CRM}/customers/:customerId/notes`, CUSTOMERS_READ, listNotes),
  {
    name: 'addNote',
    method: 'POST',
    path: `${CRM}/customers/:customerId/notes`,
    scope: 'tn.crm.customers:w',
    answer: addNote,
  },
  read('customersExport', `${CRM}/export/customers`, CUSTOMERS_READ, exportCustomers),
  read('contactsExport', `${CRM}/export/customers/contacts`, CUSTOMERS_READ, exportContacts),
  read('leads', `${CRM}/leads`, 'tn.crm.leads:r', listLeads),
  read('jobs', '/jpm/v2/tenant/:tenantId/jobs', 'tn.jpm.jobs:r', listJobs),
  read('tagTypes', '/settings/v2/tenant/:tenantId/tag-types', 'tn.stt.tagtypes:r', listTagTypes),
];

function read(name: Endpoint['name'], path: string, scope: string, answer: Endpoint['answer']): Endpoint {
  return { name, method: 'GET', path, scope, answer };
}
