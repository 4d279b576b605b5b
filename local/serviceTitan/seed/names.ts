import type { Random } from './random.ts';

const FIRST_NAMES = (
  'Lucia, Marcus, Priya, Owen, Yuki, Darnell, Ingrid, Tomás, Fatima, Walter, Renée, Kofi, ' +
  'Hannah, Luis, Mei, Patrick, Zoë, Andre, Siobhán, Victor, Amara, Gus, Nadia, Earl'
).split(', ');

const LAST_NAMES = (
  "Ortega, Halden, O'Brien, Nakamura, Whitfield, Okafor, Lindqvist, Delacroix, Petrov, Ramsey, " +
  'van der Berg, Castillo, Brandt, Mbeki, Sorensen, Quigley, Ferreira, Novak, Ashworth, Tran'
).split(', ');

const FIRM_WORDS = ['Halden', 'Cedar Ridge', 'Blue Heron', 'Northgate', 'Union Mill', 'Sunset', 'Granite'];
const FIRM_KINDS = ['Property Group LLC', 'HOA', 'Dental', 'Brewing Co.', 'Storage, Inc.', 'Elementary School'];

export interface PersonName {
  first: string;
  last: string;
}

export function personName(random: Random): PersonName {
  return { first: random.pick(FIRST_NAMES), last: random.pick(LAST_NAMES) };
}

export function firmName(random: Random): string {
  return `${random.pick(FIRM_WORDS)} ${random.pick(FIRM_KINDS)}`;
}

/** A name the way an office enters it: mostly plain, at times turned round, in capitals, as a couple, with blanks. */
export function asEntered({ first, last }: PersonName, random: Random): string {
  const way = random.below(100);
  if (way < 60) return `${first} ${last}`;
  if (way < 75) return `${last}, ${first}`;
  if (way < 83) return `${last}, ${first} `.toUpperCase();
  if (way < 90) return `${first} & ${random.pick(FIRST_NAMES)} ${last}`;
  return `${first} ${last}  `;
}
