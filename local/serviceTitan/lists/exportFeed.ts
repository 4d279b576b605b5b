import type { Answer, Call } from '../call.ts';
import type { Fault } from '../faults.ts';
import { Refusal } from '../problem.ts';
import type { ContactRecord, CustomerRecord } from '../tenant/records.ts';
import type { SortedIndex } from '../tenant/sortedIndex.ts';
import type { Version } from '../tenant/table.ts';
import type { World } from '../tenant/world.ts';
import { parseTicks, type Ticks } from '../ticks.ts';
import { issueToken, readToken, type Feed, type Position } from './exportToken.ts';
import { seeing, type See } from './seen.ts';
import { shownContact } from './shownContact.ts';
import { shownCustomer } from './shownCustomer.ts';
import { unsorted } from './unsorted.ts';

const DATE = /^\d{4}-\d\d-\d\d/;
const DATE_ONLY = /^\d{4}-\d\d-\d\d$/;

export interface ExportPage {
  hasMore: boolean;
  continueFrom: string;
  data: unknown[];
}

/** GET …/export/customers: active, inactive and merged ones. */
export function exportCustomers(call: Call): Answer {
  const { externalData } = call.world.switches;
  const show = (version: Version<CustomerRecord>) => shownCustomer(version, externalData);
  return { body: exportPage(call, 'customers', call.world.customerFeed, seeing(call, 'customer'), show) };
}

/** GET …/export/customers/contacts, the only place that shows a contact switched off. */
export function exportContacts(call: Call): Answer {
  const show = (version: Version<ContactRecord>) => shownContact(version, call.world.switches);
  return { body: exportPage(call, 'contacts', call.world.contactFeed, seeing(call, 'contact'), show) };
}

/**
 * The next batch in order of `modifiedOn`. A record that changes moves to the end, so it comes again. Changes of the last
 * minutes wait, unless `includeRecentChanges=true`. There is always a token.
 */
function exportPage<Record extends object>(
  { world, query, fault }: Call,
  name: string,
  records: SortedIndex<Version<Record>>,
  see: See<Record> | undefined,
  show: (version: Version<Record>) => object,
): ExportPage {
  const feed = { tenantId: world.tenantId, name };
  const from = query.text('from');
  const includesRecent = query.flag('includeRecentChanges') ?? false;
  query.check();
  const start = from === undefined ? { modified: 0n, id: 0 } : readFrom(from, feed, world);

  const { exportBatchSize, exportLagSeconds, tailToken } = world.switches;
  const waits = !includesRecent && exportLagSeconds > 0;
  const first = records.positionOf(start.modified, start.id + 1);
  const end = waits ? records.positionOf(world.clock.ago(exportLagSeconds) + 1n) : Infinity;
  const { batch, hasMore } = nextBatch(records.rows(), { first, end, size: exportBatchSize }, see, fault);

  const last = batch.at(-1);
  const isOwnToken = from !== undefined && !DATE.test(from);
  const continueFrom =
    last !== undefined
      ? issueToken(feed, { modified: last.modified, id: last.id })
      : isOwnToken && tailToken === 'same'
        ? from
        : issueToken(feed, start, tailToken === 'new');
  const data = fault.unsorted === undefined ? batch : unsorted(batch, fault.unsorted);
  return { hasMore, continueFrom, data: data.map(show) };
}

/** So many of the rows between two positions as a batch holds, and whether more follow. */
function nextBatch<Record>(
  rows: readonly Version<Record>[],
  { first, end, size }: { first: number; end: number; size: number },
  see: See<Record> | undefined,
  { empty, rowsAtMost = Infinity }: Fault,
): { batch: Version<Record>[]; hasMore: boolean } {
  if (empty) return { batch: [], hasMore: false };
  const until = Math.min(end, rows.length);
  const batch: Version<Record>[] = [];
  for (let next = first; next < until; next++) {
    const row = rows[next]!;
    if (see !== undefined && see(row) === undefined) continue;
    if (batch.length === rowsAtMost) return { batch, hasMore: false };
    if (batch.length === size) return { batch, hasMore: true };
    batch.push(row);
  }
  return { batch, hasMore: false };
}

function readFrom(from: string, feed: Feed, world: World): Position {
  const refusal = new Refusal(400, 'One or more validation errors occurred.', {
    errors: { from: [`The value '${from}' is neither a token of this feed nor a date.`] },
  });
  if (DATE.test(from)) {
    const date: Ticks | undefined = parseTicks(from);
    if (date === undefined || !(world.switches.fromTakesTime || DATE_ONLY.test(from))) throw refusal;
    // Inclusive, and no id is 0.
    return { modified: date, id: 0 };
  }
  const position = readToken(feed, from);
  if (position === undefined) throw refusal;
  return position;
}
