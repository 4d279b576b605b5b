import type { Answer, Call } from '../call.ts';
import { TAG_TYPES } from '../seed/tagTypes.ts';
import { listRecords } from './records.ts';

/** GET /settings/v2/…/tag-types: inactive ones hide unless asked for. */
export function listTagTypes(call: Call): Answer {
  const active = call.query.active();
  return listRecords(
    call,
    () => TAG_TYPES,
    (tagType) => active === undefined || tagType.active === active,
  );
}
