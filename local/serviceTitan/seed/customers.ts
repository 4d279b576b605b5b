import type { NewCustomer } from '../tenant/records.ts';
import { contactsAt } from './contacts.ts';
import { asEntered, firmName, personName } from './names.ts';
import { CANADA, OVERSEAS, UNITED_STATES, type Place } from './places.ts';
import type { Random } from './random.ts';
import { TAG_TYPES } from './tagTypes.ts';

const STREETS = ['Alder Spur', 'Quay St', 'Juniper Ln', 'N 4th Ave', 'Old Mill Rd', 'Harbor View Dr', 'Sunset Blvd'];
// Customers carry tags that no longer exist too.
const UNKNOWN_TAG_ID = 99_104_233;

/** Everything about a customer but its times and its state, with its phones and e-mails. All invented. */
export function inventCustomer(random: Random): NewCustomer & { address: NonNullable<NewCustomer['address']> } {
  const place = somePlace(random);
  const person = personName(random);
  const isFirm = random.percent(15);
  return {
    name: isFirm ? firmName(random) : asEntered(person, random),
    type: isFirm ? 'Commercial' : 'Residential',
    address: addressIn(place, random),
    customFields: customFields(random),
    balance: random.percent(70) ? 0 : (random.below(300_000) - 50_000) / 100,
    taxExempt: random.percent(4),
    tagTypeIds: tagTypeIds(random),
    doNotMail: random.percent(6),
    doNotService: random.percent(2),
    nationalAccount: isFirm && random.percent(10),
    ...(isFirm ? { paymentTermId: 4_410_021, creditLimit: 5000, creditLimitBalance: 5040.25 } : {}),
    contacts: contactsAt(place, person, random),
  };
}

export function somePlace(random: Random): Place {
  const share = random.below(100);
  return random.pick(share < 88 ? UNITED_STATES : share < 97 ? CANADA : OVERSEAS);
}

export function addressIn(place: Place, random: Random): NonNullable<NewCustomer['address']> {
  const { city, state, country, latitude, longitude } = place;
  const isLocated = random.percent(70);
  const jitter = () => (random.next() - 0.5) / 10;
  return {
    street: `${1 + random.below(9900)} ${random.pick(STREETS)}${random.percent(5) ? ' ' : ''}`,
    unit: random.percent(12) ? `Suite ${1 + random.below(40)}` : random.percent(5) ? '' : null,
    city,
    state,
    zip: random.percent(3) ? '' : place.zip(random),
    country: random.percent(3) && country === 'USA' ? '' : country,
    latitude: isLocated ? latitude + jitter() : null,
    longitude: isLocated ? longitude + jitter() : null,
  };
}

function customFields(random: Random): NonNullable<NewCustomer['customFields']> {
  const fields = [
    { typeId: 7041, name: '  Gate code', value: random.percent(40) ? '' : `#${random.below(10_000)}` },
    { typeId: 7042, name: 'Filter size', value: random.pick(['7 3/4', '16x25x1', '20x20x1']) },
    { typeId: 7055, name: 'Maintenance plan', value: random.pick(['True', 'False']) },
    { typeId: 7060, name: 'Referred by', value: null },
  ];
  return random.percent(60) ? [] : fields.filter(() => random.percent(50));
}

function tagTypeIds(random: Random): number[] {
  if (random.percent(65)) return [];
  const ids = TAG_TYPES.map((tagType) => tagType.id).filter(() => random.percent(25));
  return random.percent(5) ? [...ids, UNKNOWN_TAG_ID] : ids;
}
