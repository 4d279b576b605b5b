// How the naive form and the one-row-at-a-time form read ServiceTitan: a page of 50 customers, then their contacts in one
// more call.

export interface ServiceTitanAccess {
  url: string;
  tenantId: string;
  clientId: string;
  clientSecret: string;
  appKey: string;
}

/** As ServiceTitan sends it, with its contacts put in. */
export interface PlainCustomer {
  id: number;
  [field: string]: unknown;
  contacts: PlainContact[];
}

export interface PlainContact {
  id: number;
  customerId: number;
  type: string;
  value: string;
  memo: string | null;
  phoneSettings: { doNotText: boolean } | null;
  preferences: { marketingUpdatesEnabled: boolean } | null;
  modifiedOn: string;
}

export interface PlainPage {
  customers: PlainCustomer[];
  hasMore: boolean;
}

export interface PageReader {
  read(modifiedOnOrAfter: string | null, page: number): Promise<PlainPage>;
}

const PAGE_SIZE = 50;

/** Keeps its access token until shortly before it ends. */
export function createPageReader(access: ServiceTitanAccess): PageReader {
  let token = { value: '', goodUntil: 0 };

  async function get(path: string, query: Record<string, string>): Promise<{ data: unknown[]; hasMore: boolean }> {
    if (Date.now() > token.goodUntil) token = await requestToken(access);
    const response = await fetch(
      `${access.url}/crm/v2/tenant/${access.tenantId}/${path}?${new URLSearchParams(query)}`,
      {
        headers: { authorization: `Bearer ${token.value}`, 'st-app-key': access.appKey },
      },
    );
    if (!response.ok) throw new Error(`ServiceTitan answered ${response.status}: ${await response.text()}`);
    return response.json() as Promise<{ data: unknown[]; hasMore: boolean }>;
  }

  return {
    async read(modifiedOnOrAfter, page) {
      const list = await get('customers', {
        ...(modifiedOnOrAfter === null ? {} : { modifiedOnOrAfter }),
        page: String(page),
        pageSize: String(PAGE_SIZE),
        active: 'Any',
        sort: '+Id',
      });
      const customers = list.data as Omit<PlainCustomer, 'contacts'>[];
      if (customers.length === 0) return { customers: [], hasMore: list.hasMore };
      const contacts = await get('customers/contacts', {
        customerIds: customers.map(({ id }) => id).join(','),
        pageSize: '5000',
      });
      const byCustomer = Map.groupBy(contacts.data as PlainContact[], ({ customerId }) => customerId);
      return {
        customers: customers.map(
          (customer) => ({ ...customer, contacts: byCustomer.get(customer.id as number) ?? [] }) as PlainCustomer,
        ),
        hasMore: list.hasMore,
      };
    },
  };
}

async function requestToken({ url, clientId, clientSecret }: ServiceTitanAccess) {
  const response = await fetch(`${url}/connect/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret }),
  });
  const { access_token, expires_in } = (await response.json()) as { access_token: string; expires_in: number };
  return { value: access_token, goodUntil: Date.now() + (expires_in - 60) * 1000 };
}
