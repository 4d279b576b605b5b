// The phone and the e-mail that a contact has to show, said a second time: by what simulated offices type, without a line of the
// product's own grading.
import { parsePhoneNumberFromString, type CountryCode } from 'libphonenumber-js/max';
import type { ContactRecord } from './serviceTitan/tenant/records.ts';

interface Point {
  method: ContactRecord;
  shown: string | null;
  extension: string | null;
  isSure: boolean;
}

/** Both, and the custom fields that go with them; for a customer of an American firm. */
export function expectContactPoints(methods: ContactRecord[], countryCode: string | null) {
  const entered = methods
    .filter(({ active, value }) => active && value.trim() !== '')
    .toSorted((one, other) => one.id - other.id);
  const ofType = (type: string) => entered.filter((method) => method.type === type);
  const phones = [...ofType('MobilePhone'), ...ofType('Phone')].map((method) => readPhone(method, countryCode));
  const phone = phones.find(({ isSure }) => isSure) ?? phones.find(({ shown }) => shown !== null);
  const emails = ofType('Email').map(readEmail);
  const email = emails.find(({ shown }) => shown !== null);
  // Entered more than once, one no is enough.
  const sameAs = (point: Point | undefined, points: Point[]) =>
    points.filter(({ shown }) => shown !== null && shown.toLowerCase() === point?.shown?.toLowerCase());
  const refusesTexts = ({ method }: Point) => method.phoneSettings?.doNotText === true;
  const refusesMarketing = ({ method }: Point) => method.preferences?.marketingUpdatesEnabled === false;
  return {
    phone: phone?.shown ?? null,
    email: email?.shown ?? null,
    fields: {
      phone_type: phone?.method.type ?? null,
      phone_extension: phone?.extension ?? null,
      phone_do_not_text: sameAs(phone, phones).some(refusesTexts) || (phone?.method.phoneSettings?.doNotText ?? null),
      phone_marketing:
        !sameAs(phone, phones).some(refusesMarketing) && (phone?.method.preferences?.marketingUpdatesEnabled ?? null),
      phone_as_entered: phone ? null : (phones[0]?.method.value ?? null),
      email_marketing:
        !sameAs(email, emails).some(refusesMarketing) && (email?.method.preferences?.marketingUpdatesEnabled ?? null),
      email_as_entered: email ? null : (emails[0]?.method.value ?? null),
    },
  };
}

/** Ten digits are a number of North America; all else is one of the customer's country, or none. */
function readPhone(method: ContactRecord, countryCode: string | null): Point {
  const [first = '', extension = null] = method.value
    .normalize('NFKC')
    .split(/ \/ | or /)[0]!
    .split(/ ?x(?=\d+$)/);
  const digits = first.replaceAll(/\D/g, '');
  const [, ten] = /^1?([2-9]\d\d[2-9]\d{6})$/.exec(digits) ?? [];
  const isMadeUp = /^(\d)\1+$/.test(digits) || digits === '1234567890';
  const countries: (string | null)[] = ten === undefined ? [countryCode ?? 'US'] : ['US', countryCode];
  for (const country of countries) {
    const number = country === null || isMadeUp ? undefined : parsePhoneNumberFromString(first, country as CountryCode);
    if (number?.isValid()) return { method, shown: number.number, extension, isSure: true };
  }
  // An area that nobody has opened yet; 555 is what is made up.
  const isPossible = ten !== undefined && !isMadeUp && !/^(?:.11|.9|37|96)/.test(ten);
  return { method, shown: isPossible ? `+1${ten}` : null, extension: isPossible ? extension : null, isSure: false };
}

/** The first of several; a domain has a dot, and some mailboxes are nobody's. */
function readEmail(method: ContactRecord): Point {
  const shown =
    method.value
      .split(/[;<> ]/)
      .find((word) => /^[^@\s]+@[^@\s]+\.[a-z]+$/i.test(word) && !/^(?:no-?email|none)@/i.test(word)) ?? null;
  return { method, shown, extension: null, isSure: shown !== null };
}
