// The names of tags, read once a day. An app that may not read them costs one doubt and nothing else.
import { PayloadError } from '../errors.ts';
import { AuthError, readTagType, type TagType } from '../serviceTitanApi.ts';
import type { BegunRun, ServiceTitan } from './context.ts';
import { fetchPage } from './fetchStep.ts';
import type { Part } from './laterParts.ts';
import { type FetchResult, NO_ROWS } from './page.ts';
import { toResult } from './readPages.ts';
import { syncPage } from './syncStep.ts';

const PAGE_SIZE = 1000;
/** A tenant has some hundred. */
const MOST_PAGES = 10;

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

/** Null stands for a refusal, which is told once: until the app may read them there is nothing new to say. */
async function readTagTypes({ api }: ServiceTitan, isKnownToRefuse: boolean): Promise<FetchResult> {
  const tagTypes: TagType[] = [];
  try {
    for (let page = 1; ; page += 1) {
      const { data, hasMore } = await api.tagTypes({ active: 'Any', page, pageSize: PAGE_SIZE });
      tagTypes.push(...data.flatMap((record) => readTagType(record) ?? []));
      if (!hasMore) break;
      if (page === MOST_PAGES) {
        throw new PayloadError(
          `ServiceTitan shows more than ${MOST_PAGES * PAGE_SIZE} tag types: none is stored; open a case with ServiceTitan.`,
        );
      }
    }
  } catch (error) {
    if (!(error instanceof AuthError && error.status === 403)) throw error;
    const doubts = isKnownToRefuse ? [] : [{ code: 'tag_types_refused' as const }];
    return toResult({ hasMore: false, date: null }, { ...NO_ROWS, tag_types: null }, { records: 1, doubts });
  }
  const byId = new Map(tagTypes.map((tagType) => [tagType.id, tagType]));
  const rows = { ...NO_ROWS, tag_types: [...byId.values()] };
  return toResult({ hasMore: false, date: null }, rows, { records: byId.size + 1 });
}
