// R25: the country that a workspace's numbers are from where they name none.
import { ALPHA_3, DEFAULT_COUNTRY } from '../../supabase/functions/_shared/countryCodes.ts';

/**
 * The country that was said with the connection, else the one that its time zone is in (ISO 3166-1 alpha-2). Where neither
 * tells, it is North America's.
 */
export function homeCountryOf(country: string | null, timeZone: string | null): string {
  return country ?? countryOfZone(timeZone) ?? DEFAULT_COUNTRY;
}

/** Where ServiceTitan's customers are. To ask the runtime takes a millisecond a country, so these come first. */
const LIKELY = ['US', 'CA', 'AU', 'GB', 'NZ', 'IE'];
/** By zone, as it was found. */
const FOUND = new Map<string, string | null>();

function countryOfZone(timeZone: string | null): string | null {
  if (timeZone === null) return null;
  if (!FOUND.has(timeZone)) FOUND.set(timeZone, findCountry(timeZone));
  return FOUND.get(timeZone)!;
}

function findCountry(timeZone: string): string | null {
  const zone = canonicalZone(timeZone);
  // A zone that is no place's, such as UTC, is no country's.
  if (zone === null || !zone.includes('/') || zone.startsWith('Etc/')) return null;
  return [...LIKELY, ...ALPHA_3.keys()].find((code) => zonesOf(code).includes(zone)) ?? null;
}

/** `US/Eastern` is America/New_York; null for a zone that does not exist. */
function canonicalZone(timeZone: string): string | null {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone;
  } catch {
    return null;
  }
}

/** By the same names; `getTimeZones` is newer than the types. */
function zonesOf(country: string): string[] {
  const locale = new Intl.Locale('und', { region: country }) as Intl.Locale & { getTimeZones?: () => string[] };
  return locale.getTimeZones?.() ?? [];
}
