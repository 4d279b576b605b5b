// The columns that a sync owns in both tables: what the expected rows hold, in the order of their files.
import { COLUMNS } from '../local/compare.ts';

export const CONTACT_COLUMNS = [...COLUMNS, 'metadata'] as const;

export const METHOD_COLUMNS = [
  'id',
  'crm_id',
  'type',
  'value',
  'usability',
  'normalized',
  'extension',
  'memo',
  'do_not_text',
  'marketing',
  'active',
  'modified_on',
] as const;
