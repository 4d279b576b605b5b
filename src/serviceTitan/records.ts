import type { Unreadable } from '../../supabase/functions/_shared/contactBatch.ts';
import { describeIssues } from '../../supabase/functions/_shared/shapes.ts';
import { PayloadError } from '../errors.ts';
import type { Rejected } from './api.ts';
import { Fields, WHOLE_PAGE_FROM } from './fields.ts';
import { isRecord, readId } from './kinds.ts';
import type { CustomerId, RecordKind } from './recordKind.ts';
import { instant } from './schemas.ts';

export interface ParsedRecords<Item> {
  data: Item[];
  rejected: Rejected[];
  /**
   * Contacts that belong to nobody, and records of which can't be told whose they are: both are passed over.
   */
  orphans: number;
  unowned: number;
  /** When the records were modified that are not in `data`, as far as they say. */
  otherStamps: string[];
  unreadable: Unreadable;
}

/**
 * Checks records one by one, so that a bad one harms only itself (R10, R20). One that does not steer rightly
 * is rejected by its customer's id; where that can't be told, it is counted and passed over. Throws
 * `PayloadError` when there are those of ten customers or more and none steers rightly, for then the fault is
 * not in single ones; not where each of them `mayBeBad`. `where` is method and path.
 */
export function parseRecords<Item>(
  records: readonly unknown[],
  kind: RecordKind<Item>,
  where: string,
  mayBeBad = false,
): ParsedRecords<Item> {
  const { customerId, steering } = kind;
  const fields = new Fields(records, kind.expected);
  const parsed: ParsedRecords<Item> = {
    data: [],
    rejected: [],
    orphans: 0,
    unowned: 0,
    otherStamps: [],
    unreadable: fields.unreadable,
  };
  const isCustomer = 'key' in customerId && customerId.key === 'id';
  let firstReason: string | null = null;
  for (const record of records) {
    const steers = steering.safeParse(record);
    if (steers.success) {
      parsed.data.push(kind.read(record as Record<string, unknown>, steers.data, fields));
      continue;
    }
    const stamp = isRecord(record) ? instant.safeParse(record['modifiedOn']) : null;
    if (stamp?.success) parsed.otherStamps.push(stamp.data);
    if (isOrphan(record, customerId)) {
      parsed.orphans += 1;
      fields.count('contact.customerId');
      continue;
    }
    const reason = describeIssues(steers.error);
    firstReason ??= reason;
    const owner = readCustomerId(record, customerId);
    if (owner === undefined) {
      parsed.unowned += 1;
      fields.count(isCustomer ? 'customer.id' : 'contact.customerId');
    } else {
      const contactId = isCustomer ? undefined : readKey(record, 'id');
      parsed.rejected.push({ customerId: owner, reason, ...(contactId === undefined ? {} : { contactId }) });
    }
  }
  // A customer with many bad contacts is one bad customer.
  const bad = new Set(parsed.rejected.map((rejected) => rejected.customerId)).size + parsed.unowned;
  if (parsed.data.length === 0 && bad >= WHOLE_PAGE_FROM && !mayBeBad) {
    throw new PayloadError(
      `ServiceTitan answered ${where} with records of ${bad} customers, of which none can be used (the first: ${firstReason}): ` +
        'nothing of the page is used, and the next run asks again; if it lasts, its API has changed and the sync has to follow.',
    );
  }
  return parsed;
}

/** A contact whose customer ServiceTitan says to be none. */
function isOrphan(record: unknown, customerId: CustomerId): boolean {
  return 'key' in customerId && customerId.key === 'customerId' && isRecord(record) && record['customerId'] === null;
}

function readCustomerId(record: unknown, customerId: CustomerId): string | undefined {
  return 'is' in customerId ? customerId.is : readKey(record, customerId.key);
}

function readKey(record: unknown, key: 'id' | 'customerId'): string | undefined {
  return isRecord(record) ? readId(record[key]) : undefined;
}
