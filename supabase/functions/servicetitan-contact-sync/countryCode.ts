// ServiceTitan's country is free text: USA, US, United States, CAN, … all occur, and so do IN and DE for Indiana and Delaware.
import { ALPHA_3 } from '../_shared/countryCodes.ts';
import { isNanp } from './nanp.ts';

/** What people write beside the names that Intl gives. The runtimes differ in those of Hong Kong and Macao. */
const OTHER_NAMES: Record<string, string> = {
  unitedstatesofamerica: 'US',
  uk: 'GB',
  greatbritain: 'GB',
  england: 'GB',
  scotland: 'GB',
  wales: 'GB',
  northernireland: 'GB',
  holland: 'NL',
  czechrepublic: 'CZ',
  turkey: 'TR',
  korea: 'KR',
  hongkong: 'HK',
  macao: 'MO',
  republicofkorea: 'KR',
  russianfederation: 'RU',
  ivorycoast: 'CI',
  republicofireland: 'IE',
};

const BY_TEXT = new Map(Object.entries(OTHER_NAMES));
const names = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' });
for (const [alpha2, alpha3] of ALPHA_3) {
  for (const text of [alpha2, alpha3, names.of(alpha2) ?? '']) BY_TEXT.set(lettersOf(text), alpha2);
}

/** The states and the district of the United States. */
const STATES = new Set(
  (
    'AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA ' +
    'RI SC SD TN TX UT VT VA WA WV WI WY DC'
  ).split(' '),
);
/** Canada's provinces and territories: `PQ` is what Quebec was. */
const PROVINCES = new Set('AB BC MB NB NL NS NT NU ON PE PQ QC SK YT'.split(' '));
const NAMES_OF_PROVINCES = new Set(
  (
    'alberta britishcolumbia manitoba newbrunswick newfoundland newfoundlandandlabrador novascotia northwestterritories ' +
    'nunavut ontario princeedwardisland quebec saskatchewan yukon'
  ).split(' '),
);

/**
 * ISO 3166 alpha-2 of a country given as alpha-2, alpha-3 or English name; null when there is none or it is unknown. To a
 * firm of North America two letters that are a state's are the state's, and name no country; nor do Georgia and NA, for not
 * available. But `CA` beside a province is Canada, and to a firm of Canada it is, but beside a state.
 */
export function toCountryCode(country: string | null, state: string | null, home: string): string | null {
  const letters = lettersOf(country ?? '');
  const code = BY_TEXT.get(letters) ?? null;
  if (code === 'NA' && !/^\s*(?:NA|NAM|Namibia)\s*$/i.test(country ?? '')) return null;
  if (!isNanp(home)) return code;
  const short = letters.toUpperCase();
  if (code === 'CA' && short === 'CA') return isOfCanada(state, home) ? code : null;
  return STATES.has(short) || PROVINCES.has(short) || short === 'NA' || short === 'GEORGIA' ? null : code;
}

function isOfCanada(state: string | null, home: string): boolean {
  const letters = lettersOf(state ?? '');
  const isProvince = PROVINCES.has(letters.toUpperCase()) || NAMES_OF_PROVINCES.has(letters);
  return isProvince || (home === 'CA' && !STATES.has(letters.toUpperCase()) && letters !== 'california');
}

/** `U.S.A.` and `usa`, `Côte d’Ivoire` and `Cote d'Ivoire`, `&` and `and`, with or without `the`, are the same. */
function lettersOf(text: string): string {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replace('&', 'and')
    .replace(/^\s*the\s/, '')
    .replace(/[^a-z]/g, '');
}
