import type { Random } from './random.ts';

/** A town with what addresses and phone numbers there look like. Numbers are of the ranges kept for fiction. */
export interface Place {
  city: string;
  state: string;
  country: string;
  latitude: number;
  longitude: number;
  zip: (random: Random) => string;
  phone: (random: Random) => string;
}

const AMERICAN = [
  ['Boise', 'ID', '837', '208', 43.615, -116.2023],
  ['Austin', 'TX', '787', '512', 30.2672, -97.7431],
  ['Knoxville', 'TN', '379', '865', 35.9606, -83.9207],
  ['Tampa', 'FL', '336', '813', 27.9506, -82.4572],
  ['Mesa', 'AZ', '852', '480', 33.4152, -111.8315],
  ['Columbus', 'OH', '432', '614', 39.9612, -82.9988],
  ['Sacramento', 'CA', '958', '916', 38.5816, -121.4944],
  ['Portland', 'ME', '041', '207', 43.6591, -70.2568],
  ['Denver', 'CO', '802', '303', 39.7392, -104.9903],
  ['Raleigh', 'NC', '276', '919', 35.7796, -78.6382],
] as const;

const CANADIAN = [
  ['Vancouver', 'BC', 'V6B', '604', 49.2827, -123.1207],
  ['Calgary', 'AB', 'T2P', '403', 51.0447, -114.0719],
  ['Ottawa', 'ON', 'K1P', '613', 45.4215, -75.6972],
] as const;

export const UNITED_STATES: Place[] = AMERICAN.map(([city, state, zipArea, area, latitude, longitude]) => ({
  city,
  state,
  country: 'USA',
  latitude,
  longitude,
  zip: (random) => `${zipArea}${twoDigits(random)}`,
  phone: (random) => `${area}55501${twoDigits(random)}`,
}));

export const CANADA: Place[] = CANADIAN.map(([city, state, zipArea, area, latitude, longitude]) => ({
  city,
  state,
  country: 'CAN',
  latitude,
  longitude,
  zip: (random) => `${zipArea} ${random.below(10)}${random.pick(['A', 'C', 'H', 'P'])}${random.below(10)}`,
  phone: (random) => `${area}55501${twoDigits(random)}`,
}));

export const OVERSEAS: Place[] = [
  {
    city: 'Melbourne',
    state: 'VIC',
    country: 'AUS',
    latitude: -37.8136,
    longitude: 144.9631,
    zip: (random) => `30${twoDigits(random)}`,
    phone: (random) => random.pick(['0491570006', '0491570156', '0370101234', '(03) 5550 1177']),
  },
  {
    city: 'Leeds',
    state: '',
    country: 'GBR',
    latitude: 53.8008,
    longitude: -1.5491,
    zip: (random) => `LS${1 + random.below(9)} ${1 + random.below(9)}AB`,
    phone: (random) => `${random.pick(['07700900', '01134960'])}${random.below(10)}${twoDigits(random)}`,
  },
];

function twoDigits(random: Random): string {
  return String(random.below(100)).padStart(2, '0');
}
