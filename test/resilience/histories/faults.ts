// What befalls single calls. Each fault stands in front of the call and decides whether it is carried out, and what its
// caller hears.
import type { Fault as SimulatedFault } from '../../../local/serviceTitan/faults.ts';
import { DATA_API_ANSWERS, FUNCTION_ANSWERS, type HostedAnswer } from '../faults/hostedAnswers.ts';
import type { RpcAnswer } from './dataApi.ts';
import type { Tenant } from './tenant.ts';

export type Service = 'serviceTitan' | 'function' | 'sql';

/** Keeps a call for later: its caller was told that it failed, and it is carried out all the same. */
export type CarryOutLater = (call: () => Promise<unknown>) => void;

type Around<Answer> = (call: () => Promise<Answer>, later: CarryOutLater) => Promise<Answer>;

/** Answers of the hosted platform, by name, instead of the call. */
function hosted<Name extends string | number, Answer>(
  service: Service,
  answers: Record<Name, HostedAnswer>,
  names: readonly Name[],
  toAnswer: (hosted: HostedAnswer) => Answer,
): Record<string, () => Promise<Answer>> {
  return Object.fromEntries(names.map((name) => [`${service}: ${name}`, async () => toAnswer(answers[name])]));
}

/** What supabase-js makes of it. */
function toRpc({ status, body }: HostedAnswer): RpcAnswer {
  const { code = '', message = String(body) } =
    typeof body === 'string' ? {} : (body as { code?: string; message?: string });
  return refused(status, code, message);
}

const NO_ANSWER: RpcAnswer = { data: null, error: { code: '', message: 'TypeError: fetch failed' }, status: 0 };
function refused(status: number, code: string, message = code): RpcAnswer {
  return { data: null, error: { code, message }, status };
}

/** Of a SQL function, be it called by the Worker or by the Edge Function. */
export const SQL_FAULTS: Record<string, Around<RpcAnswer>> = {
  'sql: unreachable': async () => NO_ANSWER,
  'sql: answer lost': async (call) => {
    await call();
    return NO_ANSWER;
  },
  'sql: carried out later': async (call, later) => {
    later(call);
    return NO_ANSWER;
  },
  'sql: 503': async () => refused(503, 'PGRST002'),
  'sql: statement timeout': async () => refused(500, '57014'),
  'sql: deadlock': async () => refused(500, '40P01'),
  ...hosted(
    'sql',
    DATA_API_ANSWERS,
    ['401 PGRST303', 402, '404 PGRST202', '405/25006', '504 PGRST003', '522 HTML'],
    toRpc,
  ),
};

const noAnswer = () => {
  throw new TypeError('fetch failed');
};
const failure = (status: number) => Response.json({ error: { code: 'unexpected', message: 'it failed' } }, { status });

/** Of the Edge Function. */
export const FUNCTION_FAULTS: Record<string, Around<Response>> = {
  'function: unreachable': async () => noAnswer(),
  'function: answer lost': async (call) => {
    await call();
    return noAnswer();
  },
  'function: carried out later': async (call, later) => {
    later(call);
    return noAnswer();
  },
  'function: 504 after the write': async (call) => {
    await call();
    return failure(504);
  },
  'function: out of resources': async () => failure(546),
  'function: 500': async () => failure(500),
  'function: key refused': async () => failure(401),
  ...hosted(
    'function',
    FUNCTION_ANSWERS,
    ['404 while it is deployed', '409 of a stranger', '422 of a stranger', '522 HTML'],
    ({ status, body }) => new Response(typeof body === 'string' ? body : JSON.stringify(body), { status }),
  ),
};

/** A call to ServiceTitan, and what the tenant answered before. */
export interface ServiceTitanCall {
  tenant: Tenant;
  url: URL;
  call: () => Promise<Response>;
  /** Aborts the call as its own time limit does. */
  timeOut: () => never;
  /** Records as earlier answers showed them, by list and id. */
  shownBefore: Map<string, ListedRow[]>;
  /** Earlier answers of the feed, by token. */
  answersBefore: Map<string, string>;
}

const simulated =
  (fault: SimulatedFault) =>
  async ({ tenant, call }: ServiceTitanCall) => {
    const end = tenant.world.faults.add({ fault });
    try {
      return await call();
    } finally {
      end();
    }
  };

interface ListedRow {
  id: number;
  modifiedOn: string;
}

interface List {
  data: ListedRow[];
  hasMore: boolean;
  continueFrom?: string;
}

/** Answers what ServiceTitan says, changed; what is no list stays as it is. */
const changed =
  (change: (list: List, call: ServiceTitanCall) => List | null) =>
  async (call: ServiceTitanCall): Promise<Response | null> => {
    const response = await call.call();
    const text = await response.text();
    const again = (body: string) => new Response(body, { status: response.status, headers: response.headers });
    const list = response.ok ? (JSON.parse(text) as Partial<List>) : {};
    if (!Array.isArray(list.data)) return again(text);
    const other = change(list as List, call);
    return other && again(JSON.stringify(other));
  };

/** Keeps what an answer showed, for faults that show it again. */
export function remember({ url, shownBefore, answersBefore }: ServiceTitanCall, text: string): void {
  const { data, hasMore, continueFrom } = JSON.parse(text) as Partial<List>;
  if (!Array.isArray(data)) return;
  for (const row of data) {
    const key = keyOf(url, row.id);
    shownBefore.set(key, [...(shownBefore.get(key) ?? []), row]);
  }
  if (continueFrom !== undefined && hasMore) answersBefore.set(url.pathname, text);
}

/** Of a record in `shownBefore`: an export shows the records of the list that has its path. */
const keyOf = (url: URL, id: number | '') => `${url.pathname.replace('/export/', '/')} ${id}`;

const isContactsList = (url: URL) => url.pathname.endsWith('/customers/contacts') && !url.pathname.includes('/export/');

/** Of ServiceTitan. Null: it does not fit this call, which goes through. */
export const SERVICETITAN_FAULTS: Record<string, (call: ServiceTitanCall) => Promise<Response | null>> = {
  // First, for the first ones are drawn twice as often, and few calls fit this one.
  'ServiceTitan: customers of an earlier page, as they were before': changed((list, { shownBefore, url }) => {
    if (!url.pathname.endsWith('/customers')) return null;
    const inPage = new Set(list.data.map(({ id }) => keyOf(url, id)));
    const before = [...shownBefore]
      .filter(([key]) => key.startsWith(keyOf(url, '')) && !inPage.has(key))
      .flatMap(([, versions]) => {
        const newest = versions.reduce((one, other) => (one.modifiedOn > other.modifiedOn ? one : other));
        return versions.find(({ modifiedOn }) => modifiedOn < newest.modifiedOn) ?? [];
      });
    return before.length > 0 ? { ...list, data: [...list.data, ...before.slice(0, 3)] } : null;
  }),
  'ServiceTitan: 401': simulated({ status: 401 }),
  'ServiceTitan: tokens revoked': simulated({ revokeTokens: true }),
  'ServiceTitan: 403': simulated({ status: 403 }),
  'ServiceTitan: 429 with header': simulated({ status: 429, retryAfterSeconds: 7 }),
  'ServiceTitan: 429 with seconds in the title': simulated({ status: 429, titleSeconds: 400 }),
  'ServiceTitan: 429 without a word': simulated({ status: 429 }),
  'ServiceTitan: 500': simulated({ status: 500 }),
  'ServiceTitan: HTML with 200': simulated({ body: 'html' }),
  'ServiceTitan: cut JSON': simulated({ body: 'truncated' }),
  'ServiceTitan: another shape': simulated({ body: 'wrongShape' }),
  'ServiceTitan: connection reset': simulated({ resetConnection: true }),
  'ServiceTitan: no answer in time': async ({ timeOut }) => timeOut(),
  'ServiceTitan: no Date': async (call) => {
    call.tenant.notice('says no time');
    return simulated({ date: 'absent' })(call);
  },
  'ServiceTitan: no more to come, too early': changed((list, { tenant, url }) => {
    if (!list.hasMore) return null;
    if (url.pathname.endsWith('/customers')) tenant.notice('loses customers');
    return { ...list, hasMore: false };
  }),
  'ServiceTitan: 409 on contacts': async (call) => (isContactsList(call.url) ? simulated({ status: 409 })(call) : null),
  'ServiceTitan: token of a feed refused': async (call) =>
    call.url.searchParams.has('from') ? simulated({ status: 400 })(call) : null,
  'ServiceTitan: token of a feed gone': async (call) =>
    call.url.searchParams.has('from') ? simulated({ status: 410 })(call) : null,
  'ServiceTitan: empty and more to come': changed((list, { url }) => {
    const from = url.searchParams.get('from');
    if (list.continueFrom === undefined) return { ...list, data: [], hasMore: true };
    return from === null ? null : { ...list, data: [], hasMore: true, continueFrom: from };
  }),
  'ServiceTitan: rows in another order': changed((list) =>
    list.data.length > 1 ? { ...list, data: list.data.toReversed() } : null,
  ),
  'ServiceTitan: rows repeated': changed((list) =>
    list.data.length > 0 ? { ...list, data: [...list.data, ...list.data.slice(0, 2)] } : null,
  ),
  'ServiceTitan: rows repeated as they were before': changed((list, { shownBefore, url }) => {
    // Two states under one modifiedOn can't be told apart, by nobody.
    const before = list.data.flatMap(
      ({ id, modifiedOn }) => shownBefore.get(keyOf(url, id))?.find((row) => row.modifiedOn !== modifiedOn) ?? [],
    );
    return before.length > 0 ? { ...list, data: [...list.data, ...before] } : null;
  }),
  'ServiceTitan: a page of a feed repeated': async ({ url, answersBefore, call }) => {
    const before = answersBefore.get(url.pathname);
    if (before === undefined || !url.searchParams.has('from')) return null;
    const response = await call();
    await response.text();
    return response.ok ? new Response(before, { headers: response.headers }) : null;
  },
};

export const FAULTS = [
  ...Object.keys(SERVICETITAN_FAULTS),
  ...Object.keys(FUNCTION_FAULTS),
  ...Object.keys(SQL_FAULTS),
];

export function serviceOf(fault: string): Service {
  return fault in SERVICETITAN_FAULTS ? 'serviceTitan' : fault in FUNCTION_FAULTS ? 'function' : 'sql';
}
