// Where calls and runs are placed. Neither Supabase nor Cloudflare refuses a place that it does not know: the call fails, or the wish
// is passed over in silence.

/** As Cloudflare names regions for instances of a Workflow. */
export const LOCATION_HINTS = [
  'wnam',
  'enam',
  'sam',
  'weur',
  'eeur',
  'apac',
  'apac-ne',
  'apac-se',
  'oc',
  'afr',
  'me',
] as const;

/** An AWS region as Supabase names the one of a database, such as us-east-1. */
export function isRegion(text: string): boolean {
  return /^[a-z]{2}-[a-z]{4,10}-[1-9]$/.test(text);
}
