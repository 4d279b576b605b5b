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
  read(`${CRM}/customers`, CUSTOMERS_READ, listCustomers),
  read(`${CRM}/customers/contacts`, CUSTOMERS_READ, listContacts),
  read(`${CRM}/customers/:customerId`, CUSTOMERS_READ, customerById),
  read(`${CRM}/customers/:customerId/contacts`, CUSTOMERS_READ, contactsOfCustomer),
  read(`${CRM}/customers/:customerId/notes`, CUSTOMERS_READ, listNotes),
  { method: 'POST', path: `${CRM}/customers/:customerId/notes`, scope: 'tn.crm.customers:w', answer: addNote },
  read(`${CRM}/export/customers`, CUSTOMERS_READ, exportCustomers),
  read(`${CRM}/export/customers/contacts`, CUSTOMERS_READ, exportContacts),
  read(`${CRM}/leads`, 'tn.crm.leads:r', listLeads),
  read('/jpm/v2/tenant/:tenantId/jobs', 'tn.jpm.jobs:r', listJobs),
  read('/settings/v2/tenant/:tenantId/tag-types', 'tn.stt.tagtypes:r', listTagTypes),
];

function read(path: string, scope: string, answer: Endpoint['answer']): Endpoint {
  return { method: 'GET', path, scope, answer };
}
