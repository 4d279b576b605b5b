import type { NewContact } from '../tenant/records.ts';
import type { PersonName } from './names.ts';
import type { Place } from './places.ts';
import type { Random } from './random.ts';

const MEMOS = ['home', 'work', "Owner's daughter", 'Tenant, call first', 'Billing'];

/** A customer's phones and e-mails: one or two of most, none of some, the same number twice of a few. */
export function contactsAt(place: Place, person: PersonName, random: Random): NewContact[] {
  if (random.percent(4)) return [];
  const contacts = [phone(place, random)];
  if (random.percent(70)) contacts.push(email(person, random));
  if (random.percent(25)) contacts.push(phone(place, random));
  if (random.percent(5)) contacts.push({ type: 'Fax', value: place.phone(random) });
  // A contact entered on a location is copied to the customer, so one number comes twice.
  if (random.percent(10)) contacts.push({ ...contacts[0]!, memo: null });
  if (random.percent(4)) contacts.push({ ...phone(place, random), active: false });
  // In no order of kinds, so that the first is not the best.
  return random.percent(30) ? contacts.reverse() : contacts;
}

export function phone(place: Place, random: Random): NewContact {
  return {
    type: random.percent(65) ? 'MobilePhone' : 'Phone',
    value: phoneAsEntered(place.phone(random), random),
    memo: random.percent(35) ? random.pick(MEMOS) : null,
    doNotText: random.percent(8),
  };
}

export function email({ first, last }: PersonName, random: Random): NewContact {
  const mailbox = plain(`${first[0]}.${last}`) + (random.percent(50) ? String(random.below(1000)) : '');
  return { type: 'Email', value: emailAsEntered(`${mailbox}@example.com`, `${first} ${last}`, random) };
}

/** Plain mostly; some in capitals or with a name, a few two at once, and a few for want of one. */
function emailAsEntered(address: string, name: string, random: Random): string {
  const way = random.below(100);
  if (way < 80) return address;
  if (way < 88) return address.toUpperCase();
  if (way < 92) return ` ${address} `;
  if (way < 94) return `${name} <${address}>`;
  if (way < 96) return `${address}; office@example.com`;
  return ['none', 'N/A', 'noemail@gmail.com', 'none@none.com'][way - 96]!;
}

/** Bare digits mostly; some are written by hand, some hold more than a number, and a few are no numbers at all. */
function phoneAsEntered(digits: string, random: Random): string {
  const way = random.below(100);
  if (way < 90 || digits.length !== 10 || digits.startsWith('0')) return digits;
  const [area, exchange, line] = [digits.slice(0, 3), digits.slice(3, 6), digits.slice(6)];
  if (way < 92) return `(${area}) ${exchange}-${line}`;
  if (way < 93) return `+1 ${area} ${exchange} ${line}`;
  if (way < 94) return `${area}-${exchange}-${line} x204`;
  if (way < 95) return `${digits} / ${area}5550100`;
  if (way < 96) return `${exchange}-${line}`;
  return ['N/A', 'ask the office', '(123) 456-7890', '0000000000'][way - 96]!;
}

function plain(text: string): string {
  return text
    .normalize('NFD')
    .replace(/[^A-Za-z.]/g, '')
    .toLowerCase();
}
