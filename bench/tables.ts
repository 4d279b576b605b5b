// The columns that a sync owns in both tables: what the expected rows hold, in the order of their files.

export const CONTACT_COLUMNS = [
  'crm_id',
  'crm_source',
  'name',
  'email',
  'phone',
  'active',
  'merged_to_crm_id',
  'crm_modified_on',
  'address_street',
  'address_unit',
  'address_city',
  'address_state',
  'address_zip',
  'address_country',
  'address_country_code',
  'address_latitude',
  'address_longitude',
  'metadata',
] as const;

export const METHOD_COLUMNS = [
  'id',
  'crm_id',
  'type',
  'value',
  'normalized',
  'country_code',
  'memo',
  'do_not_text',
  'active',
  'modified_on',
] as const;
