import type { SimulatedServiceTitan, TenantOptions, World } from '../../local/serviceTitan/server.ts';

export interface Reply {
  status: number;
  headers: Headers;
  text: string;
  /** The text as JSON; null where it is none. */
  body: any;
}

/** A tenant of its own for one test, and calls with its credentials. */
export interface TenantClient {
  world: World;
  /** Under `/crm/v2/tenant/<id>`. */
  crm(path: string, init?: RequestInit): Promise<Reply>;
  /** Under any area, with `{tenant}` for the id. */
  call(path: string, init?: RequestInit): Promise<Reply>;
  /** The control plane of the tenant. */
  control(method: string, path: string, body?: unknown): Promise<Reply>;
  token(): Promise<string>;
  headers(): Promise<{ Authorization: string; 'ST-App-Key': string }>;
}

let tenants = 0;

export function createTenantClient(
  serviceTitan: SimulatedServiceTitan,
  options: Partial<TenantOptions> = {},
): TenantClient {
  const number = ++tenants;
  const tenantId = String(9000 + number);
  const credentials = { clientId: `client-${number}`, clientSecret: `secret-${number}`, appKey: `key-${number}` };
  const world = serviceTitan.createTenant({ tenantId, ...credentials, ...options });
  let token: Promise<string> | undefined;

  async function fetchToken(): Promise<string> {
    const { body } = await requestToken(serviceTitan.url, credentials);
    return body.access_token as string;
  }

  const client: TenantClient = {
    world,
    token: () => (token ??= fetchToken()),
    headers: async () => ({ Authorization: await client.token(), 'ST-App-Key': credentials.appKey }),
    call: async (path, init) => {
      const headers = { ...(await client.headers()), ...init?.headers };
      return reply(await fetch(serviceTitan.url + path.replace('{tenant}', tenantId), { ...init, headers }));
    },
    crm: (path, init) => client.call(`/crm/v2/tenant/{tenant}${path}`, init),
    control: async (method, path, body) => {
      const headers = { 'content-type': 'application/json' };
      const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) };
      return reply(await fetch(`${serviceTitan.url}/simulator/tenants/${tenantId}${path}`, init));
    },
  };
  return client;
}

export async function requestToken(
  url: string,
  { clientId, clientSecret }: { clientId: string; clientSecret: string },
): Promise<Reply> {
  const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret };
  return reply(await fetch(`${url}/connect/token`, { method: 'POST', body: new URLSearchParams(form) }));
}

export async function reply(response: Response): Promise<Reply> {
  const text = await response.text();
  let body: unknown = null;
  try {
    body = JSON.parse(text);
  } catch {
    // Not every answer is JSON, and that is what some tests are about.
  }
  return { status: response.status, headers: response.headers, text, body };
}

export const idsOf = ({ body }: Reply): number[] => body.data.map((record: { id: number }) => record.id);
