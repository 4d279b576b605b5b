// CPU time of the product's own functions on one real page of customers and one of contact methods, each part by itself, in
// a process that does nothing else. Started by profile.ts.
import { createPageSeal, type PageSeal } from '../../src/credentials/sealPage.ts';
import { parseExport } from '../../src/serviceTitan/answers.ts';
import { exportedContacts } from '../../src/serviceTitan/contact.ts';
import { customers } from '../../src/serviceTitan/customer.ts';
import { packPage, type PageHeader, type PageRows, toChunks, unpackPage } from '../../src/sync/page.ts';
import { foldById, toContactMethodRow, toCustomerRow } from '../../src/sync/toRows.ts';
import { ownMethods, storableMethod } from '../../supabase/functions/servicetitan-contact-sync/sound.ts';
import { DEFAULT_COUNTRY } from '../../supabase/functions/_shared/countryCodes.ts';
import { gradePhone } from '../../supabase/functions/servicetitan-contact-sync/phone.ts';
import { readJson } from '../../supabase/functions/servicetitan-contact-sync/readJson.ts';
import { toContactRow, toMethodRow } from '../../supabase/functions/servicetitan-contact-sync/toContactRow.ts';
import { isUnstorable } from '../../supabase/functions/servicetitan-contact-sync/unstorable.ts';
import { toBatches } from './chunks.ts';
import { requestWith } from './request.ts';
import { createProjectSecrets } from '../../local/supabase/keys.ts';
import { configFor } from './workerConfig.ts';

/** What ServiceTitan answered to the two export feeds, as text. */
export interface ProfileJob {
  customers: string;
  contacts: string;
}

export interface ProfiledPart {
  where: 'Worker' | 'Edge Function' | 'Postgres';
  part: string;
  /** CPU milliseconds for 1,000 records. */
  customers: number;
  contacts: number;
}

const WARM_UP = 3;
const ROUNDS = 9;
const RUN = { workspaceId: 'bench', instanceId: 'sync-bench-1', fence: 1 };
const HEADER: PageHeader = {
  records: 1,
  hasMore: true,
  continueFrom: 'token',
  date: null,
  expected: null,
  isPastFuture: false,
  rechecks: null,
  reader: null,
  commits: [],
  asked: null,
  unnamed: 0,
  retriesQuarantined: false,
  stamp: null,
  list: null,
  doubts: [],
  rest: [],
};
const UNSEALED: PageSeal = { seal: async (_header, page) => new Blob([page]), open: async (_header, sealed) => sealed };

/** How the records of one feed go their way. */
interface Feed {
  check(body: unknown): unknown[];
  map(records: unknown[]): PageRows;
  recordsOf(rows: PageRows): unknown[];
  checkRow(row: unknown): unknown;
  toSqlRow(row: unknown): object;
  phonesOf(row: unknown): string[];
}

type Row = Record<string, never>;

const CUSTOMERS: Feed = {
  check: (body) => parseExport({ body, where: 'customers', date: null }, customers).data,
  map: (records) => ({
    customers: foldById((records as never[]).map((record) => toCustomerRow(record, null))),
    contact_methods: [],
    rejected: [],
    rechecked: [],
  }),
  recordsOf: ({ customers }) => customers,
  checkRow: (row) => ownMethods.safeParse(row),
  toSqlRow: (row) => toContactRow(row as never, DEFAULT_COUNTRY),
  phonesOf: () => [],
};

const CONTACTS: Feed = {
  check: (body) => parseExport({ body, where: 'contacts', date: null }, exportedContacts).data,
  map: (records) => ({
    customers: [],
    contact_methods: foldById((records as never[]).map((record) => toContactMethodRow(record))),
    rejected: [],
    rechecked: [],
  }),
  recordsOf: ({ contact_methods }) => contact_methods,
  checkRow: (row) => storableMethod.safeParse(row),
  toSqlRow: (row) => toMethodRow(row as never, DEFAULT_COUNTRY),
  phonesOf: (row) => ((row as Row)['type'] === 'Email' ? [] : [(row as Row)['value']!]),
};

/** CPU milliseconds of each part, for 1,000 records. */
async function profileFeed(feed: Feed, answer: string): Promise<{ worker: object; function: object }> {
  const body = JSON.parse(answer) as unknown;
  const checked = feed.check(body);
  const rows = feed.map(checked);
  const records = feed.recordsOf(rows);
  const config = configFor('http://127.0.0.1', createProjectSecrets().keys.secret.default);
  const seal = createPageSeal(config, RUN);
  const pack = async () => new Response(await packPage({ header: HEADER, rows }, chunkSize, UNSEALED)).arrayBuffer();
  const chunkSize = config.INITIAL_CHUNK_SIZE;
  const chunks = toChunks(rows, chunkSize);
  const texts = chunks.map((chunk) => JSON.stringify(chunk));
  const packed = await pack();
  const header = new TextEncoder().encode(JSON.stringify(HEADER));
  const sealed = await (await seal.seal(header, packed as never)).arrayBuffer();
  const batches = await toBatches(rows, chunkSize, RUN, 1);
  const bodies = batches.map((batch) => JSON.stringify(batch));
  const phones = records.flatMap((row) => feed.phonesOf(row));
  const sqlRows = records.map((row) => feed.toSqlRow(row));

  const measure = async (work: () => unknown) => (await leastCpuMs(work)) * (1000 / records.length);
  const writePage = await measure(() => chunks.map((chunk) => JSON.stringify(chunk)));
  const readPage = await measure(() => texts.map((text) => JSON.parse(text) as unknown));
  const packWhole = await measure(pack);
  const unpackWhole = await measure(async () => {
    const page = await unpackPage(new Blob([packed]).stream(), UNSEALED);
    if (!('records' in page)) return;
    for (let index = 0; index < page.chunks; index += 1) await page.readChunk(index);
  });
  const readPhones = await measure(() =>
    phones.map((phone) => gradePhone(phone, { home: DEFAULT_COUNTRY, address: null })),
  );
  const checkRows = await measure(() => records.map((row) => feed.checkRow(row)));
  const lookForTexts = await measure(() => records.map((row) => isUnstorable(row)));
  const mapToSql = await measure(() => records.map((row) => feed.toSqlRow(row)));
  return {
    worker: {
      "parse ServiceTitan's JSON": await measure(() => JSON.parse(answer)),
      'validate the records (zod)': await measure(() => feed.check(body)),
      'map to rows': await measure(() => feed.map(checked)),
      'write the page as JSON': writePage,
      'gzip the page': Math.max(0, packWhole - writePage),
      'seal the page': await measure(async () => (await seal.seal(header, packed as never)).arrayBuffer()),
      'open the page': await measure(() => seal.open(header, sealed)),
      'gunzip the page': Math.max(0, unpackWhole - readPage),
      "parse the page's JSON": readPage,
      'write the chunks as JSON': await measure(() => batches.map((batch) => JSON.stringify(batch))),
    },
    function: {
      'read and parse the chunks': await measure(async () => {
        for (const one of bodies) await readJson(requestWith(one));
      }),
      'validate the records (zod)': Math.max(0, checkRows - lookForTexts),
      "look for texts that can't be stored": lookForTexts,
      'read phone numbers': readPhones,
      'map to rows': Math.max(0, mapToSql - readPhones),
      'write the rows as JSON': await measure(() => JSON.stringify(sqlRows)),
    },
  };
}

/** The least of several: whatever else the machine does only adds to it. */
async function leastCpuMs(work: () => unknown): Promise<number> {
  const found: number[] = [];
  for (let round = 0; round < WARM_UP + ROUNDS; round += 1) {
    const before = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(before);
    if (round >= WARM_UP) found.push((user + system) / 1000);
  }
  return Math.min(...found);
}

async function profile({ customers, contacts }: ProfileJob): Promise<ProfiledPart[]> {
  const [ofCustomers, ofContacts] = [await profileFeed(CUSTOMERS, customers), await profileFeed(CONTACTS, contacts)];
  const partsOf = (where: ProfiledPart['where'], these: object, those: object) =>
    Object.entries(these).map(([part, ms]): ProfiledPart => ({
      where,
      part,
      customers: ms,
      contacts: (those as Record<string, number>)[part]!,
    }));
  return [
    ...partsOf('Worker', ofCustomers.worker, ofContacts.worker),
    ...partsOf('Edge Function', ofCustomers.function, ofContacts.function),
  ];
}

process.once('message', (job: ProfileJob) => {
  profile(job).then(
    (result) => process.send!({ result }, () => process.exit()),
    (error: Error) => process.send!({ error: error.stack }, () => process.exit()),
  );
});
process.on('disconnect', () => process.exit());
