// The names of tags, read once a day. An app that may not read them costs one doubt and nothing else.
import { PayloadError } from '../errors.ts';
import { AuthError, readTagType, RequestError, type TagType } from '../serviceTitanApi.ts';
import type { BegunRun, ServiceTitan } from './context.ts';
import { fetchPage } from './fetchStep.ts';
import type { Part } from './laterParts.ts';
import { type FetchResult, NO_ROWS } from './page.ts';
import { toResult } from './readPages.ts';
import { syncPage } from './syncStep.ts';

const PAGE_SIZE = 1000;
/** A tenant has some hundred. The wire takes no more. */
const MOST = 10_000;

/** No part at all where they were asked for within a day. */
export function tagTypesParts({ tag_types }: BegunRun): Part[] {
  if (!tag_types.due) return [];
  return [
    {
      name: 'tag types',
      async run(context) {
        if (context.time.leftMs === 0) return;
        const page = await fetchPage(context, 'tag-types-fetch', { chunkSize: PAGE_SIZE }, (serviceTitan) =>
          readTagTypes(serviceTitan, tag_types.refused),
        );
        if ('records' in page) await syncPage(context, 'tag-types-sync', page);
      },
    },
  ];
}

/**
 * Null stands for a refusal, which is told once: until the app may read them there is nothing new to say. An API that hides what
 * an app may not see answers 401 or 404 in place of 403.
 */
async function readTagTypes(serviceTitan: ServiceTitan, isKnownToRefuse: boolean): Promise<FetchResult> {
  try {
    const rows = { ...NO_ROWS, tag_types: await readAllPages(serviceTitan) };
    return toResult({ hasMore: false, date: null }, rows, { records: rows.tag_types.length + 1 });
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const doubts = isKnownToRefuse ? [] : [{ code: 'tag_types_refused' as const }];
    return toResult({ hasMore: false, date: null }, { ...NO_ROWS, tag_types: null }, { records: 1, doubts });
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof AuthError ? !error.tokenEndpoint : error instanceof RequestError && error.status === 404;
}

async function readAllPages({ api }: ServiceTitan): Promise<TagType[]> {
  const byId = new Map<string, TagType>();
  for (let page = 1; ; page += 1) {
    const { data, hasMore } = await api.tagTypes({ active: 'Any', page, pageSize: PAGE_SIZE });
    const known = byId.size;
    for (const tagType of data.flatMap((record) => readTagType(record) ?? [])) byId.set(tagType.id, tagType);
    if (byId.size > MOST) {
      throw new PayloadError(
        `ServiceTitan shows more than ${MOST} tag types: none is stored; delete those of them that nobody uses any more.`,
      );
    }
    if (!hasMore) return [...byId.values()];
    if (byId.size === known) {
      throw new PayloadError(
        `ServiceTitan shows more than one page of tag types, but none of those on page ${page} is new: none is stored, and the next run asks again; if this lasts, open a case with ServiceTitan.`,
      );
    }
  }
}
