// ServiceTitan's API as the rest of the Worker sees it: its client, its errors and its types. Nothing else in src/
// imports from serviceTitan/.
import { outgoing } from './outgoing.ts';
import { holdSecrets } from './secrets.ts';
import { parseAnswer, parseExport, parseList } from './serviceTitan/answers.ts';
import type { ExportPage, ExportParameters, ServiceTitanApi } from './serviceTitan/api.ts';
import { checkId, checkIds, checkInstant, checkPaging, checkText } from './serviceTitan/arguments.ts';
import { checkConfig, type ServiceTitanConfig } from './serviceTitan/config.ts';
import { contactsOf, exportedContacts, listedContacts } from './serviceTitan/contact.ts';
import { customers } from './serviceTitan/customer.ts';
import type { RecordKind } from './serviceTitan/recordKind.ts';
import { type Fetch, LONGEST_CALL_MS } from './serviceTitan/request.ts';
import { listSchema, rawRecordSchema } from './serviceTitan/schemas.ts';
import { createSession, type ApiCall } from './serviceTitan/session.ts';
import { isolateTokens, type TokenCache } from './serviceTitan/token.ts';

export type * from './serviceTitan/api.ts';
export { CREDENTIAL, SERVICETITAN_HOSTS, type ServiceTitanConfig } from './serviceTitan/config.ts';
export * from './serviceTitan/errors.ts';
export type { Grant } from './serviceTitan/grant.ts';
export { canonicalInstant } from './serviceTitan/instant.ts';
export type { Fetch } from './serviceTitan/request.ts';
export type { Contact } from './serviceTitan/contact.ts';
export type { Customer } from './serviceTitan/customer.ts';
export type { RawRecord } from './serviceTitan/schemas.ts';
export { readTagType, type TagType } from './serviceTitan/tagType.ts';
export { type Token, TOKEN_PATH, type TokenCache } from './serviceTitan/token.ts';

export interface ServiceTitanDependencies {
  fetch?: Fetch;
  /** Milliseconds since 1970. */
  now?: () => number;
  /** Where tokens are kept between clients; by default one cache for the whole isolate. */
  tokens?: TokenCache;
  /** Called before every request, those for tokens included. */
  onCall?: () => void;
  /** Ends the requests under way, and refuses later ones. */
  signal?: AbortSignal;
  /** How long a request may take; 100 s unless given. */
  timeoutMs?: number;
}

const CUSTOMERS = '/crm/v2/tenant/{tenant}/customers';
const EXPORT_CUSTOMERS = '/crm/v2/tenant/{tenant}/export/customers';
const CUSTOMERS_READ = 'tn.crm.customers:r';

// The documents cap most id lists at 50 and name no cap for this one.
const MOST_IDS = 50;

const SETTINGS = 'SERVICETITAN_AUTH_URL or SERVICETITAN_API_URL';

const LARGEST_PAGE = { page: 1, pageSize: 5000 };

/**
 * The client of one tenant. Throws `ConfigError` when a field of `config` can't be used.
 *
 * Make one per Worker invocation or Workflow step, not one for the isolate: callers of one client wait for each
 * other's token, and workerd forbids waiting for I/O of another invocation.
 */
export function createServiceTitanApi(
  config: ServiceTitanConfig,
  deps: ServiceTitanDependencies = {},
): ServiceTitanApi {
  const transport = {
    fetch: deps.fetch ?? outgoing(SETTINGS),
    now: deps.now ?? (() => Date.now()),
    onCall: deps.onCall ?? (() => {}),
    signal: deps.signal ?? null,
    timeoutMs: deps.timeoutMs ?? LONGEST_CALL_MS,
  };
  holdSecrets(config.clientSecret, config.appKey);
  const session = createSession(checkConfig(config), transport, deps.tokens ?? isolateTokens);

  async function feed<Item>(
    path: string,
    { from = null, includeRecentChanges }: ExportParameters,
    kind: RecordKind<Item>,
  ): Promise<ExportPage<Item>> {
    const query = { from: from === null ? null : checkText('from', from), includeRecentChanges };
    return parseExport(await session.send({ path, query, scope: CUSTOMERS_READ }), kind);
  }

  const rawList = async (call: ApiCall) => parseAnswer(await session.send(call), listSchema);
  const rawRecord = async (call: ApiCall) => parseAnswer(await session.send(call), rawRecordSchema);

  return {
    grant: () => session.grant(),

    async customers({ modifiedOnOrAfter, modifiedBefore, ids, page, pageSize, active, sort, includeTotal }) {
      const query = {
        modifiedOnOrAfter:
          modifiedOnOrAfter === undefined ? null : checkInstant('modifiedOnOrAfter', modifiedOnOrAfter),
        modifiedBefore: modifiedBefore === undefined ? null : checkInstant('modifiedBefore', modifiedBefore),
        ids: ids === undefined ? null : checkIds('ids', ids, MOST_IDS),
        ...checkPaging({ page, pageSize }),
        active,
        sort,
        includeTotal,
      };
      const answer = await session.send({ path: CUSTOMERS, query, scope: CUSTOMERS_READ });
      return parseList(answer, query, customers, ids !== undefined);
    },

    exportCustomers: (parameters) => feed(EXPORT_CUSTOMERS, parameters, customers),

    exportContacts: (parameters) => feed(`${EXPORT_CUSTOMERS}/contacts`, parameters, exportedContacts),

    async customerContacts({ customerIds, page = 1, pageSize, mayBeBad }) {
      const query = { customerIds: checkIds('customerIds', customerIds), ...checkPaging({ page, pageSize }) };
      const answer = await session.send({ path: `${CUSTOMERS}/contacts`, query, scope: CUSTOMERS_READ });
      return parseList(answer, query, listedContacts, mayBeBad);
    },

    async modifiedContacts({ modifiedOnOrAfter, modifiedBefore, ...paging }) {
      const query = {
        modifiedOnOrAfter: checkInstant('modifiedOnOrAfter', modifiedOnOrAfter),
        modifiedBefore: checkInstant('modifiedBefore', modifiedBefore),
        ...checkPaging(paging),
      };
      const answer = await session.send({ path: `${CUSTOMERS}/contacts`, query, scope: CUSTOMERS_READ });
      return parseList(answer, query, listedContacts);
    },

    async contactsOfCustomer(customerId) {
      const path = `${customerPath(customerId)}/contacts`;
      const answer = await session.send({ path, query: LARGEST_PAGE, scope: CUSTOMERS_READ });
      return parseList(answer, LARGEST_PAGE, contactsOf(customerId));
    },

    async rawContactsOfCustomer(customerId) {
      return rawList({ path: `${customerPath(customerId)}/contacts`, query: LARGEST_PAGE, scope: CUSTOMERS_READ });
    },

    customer: async (customerId) => rawRecord({ path: customerPath(customerId), scope: CUSTOMERS_READ }),

    async rawCustomers({ page, pageSize, active, sort }) {
      const query = { ...checkPaging({ page, pageSize }), active, sort };
      return rawList({ path: CUSTOMERS, query, scope: CUSTOMERS_READ });
    },

    async notes(customerId) {
      return rawList({ path: `${customerPath(customerId)}/notes`, query: LARGEST_PAGE, scope: CUSTOMERS_READ });
    },

    async addNote(customerId, { text, pinToTop }) {
      const path = `${customerPath(customerId)}/notes`;
      const body = { text: checkText('text', text), pinToTop };
      return rawRecord({ method: 'POST', path, body, scope: 'tn.crm.customers:w' });
    },

    async jobs({ customerId, sort, ...paging }) {
      const query = { customerId: checkId('customerId', customerId), ...checkPaging(paging), sort };
      return rawList({ path: '/jpm/v2/tenant/{tenant}/jobs', query, scope: 'tn.jpm.jobs:r' });
    },

    async leads({ customerId, sort, ...paging }) {
      const query = { customerId: checkId('customerId', customerId), ...checkPaging(paging), sort };
      return rawList({ path: '/crm/v2/tenant/{tenant}/leads', query, scope: 'tn.crm.leads:r' });
    },

    async tagTypes({ active, ...paging }) {
      const query = { active, ...checkPaging(paging) };
      return rawList({ path: '/settings/v2/tenant/{tenant}/tag-types', query, scope: 'tn.stt.tagtypes:r' });
    },
  };
}

function customerPath(customerId: string): string {
  return `${CUSTOMERS}/${encodeURIComponent(checkId('customerId', customerId))}`;
}
