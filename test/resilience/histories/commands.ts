// A history as data: the settings, and what happens one after the other. fast-check makes them up and makes them smaller.
import fc from 'fast-check';
import { FAULTS } from './faults.ts';
import { harm, type Harm } from './harm.ts';
import { type Plant, PLANTS } from './plants.ts';
import { DEEDS, type Deed } from './tenant.ts';

/** What happens at one call, before it or after it. */
export type Event =
  | { event: 'deed'; deed: Deed }
  | { event: 'time passes'; seconds: number }
  /** It befalls this call or the next of its service, so many times. */
  | { event: 'fault'; fault: number; times: number }
  /** The run dies; `wakes`: its engine still has it, and goes on with it when it is nudged. */
  | { event: 'crash'; wakes: boolean }
  /** Another tick or /trigger comes; after so many calls it halts, until something makes it go on. */
  | { event: 'rival'; start: 'tick' | 'same tick' | 'trigger'; calls: number }
  /** The lease runs out, a tick nudges the run, the next one takes over, while this one still goes on. */
  | { event: 'taken over'; calls: number }
  | { event: 'proceed'; calls: number }
  | { event: 'connect'; tenant: number }
  | ({ event: 'deploy' } & Deploy)
  /** The engine does not take the next instance. */
  | { event: 'engine full' };

/** Settings as a deploy leaves them; the overlap grows by that factor, because it has to cover lag and skew. */
export interface Deploy {
  pageSize: number;
  maxPages: number;
  overlap: number;
  settledEveryMinutes: number;
}

/** `at` counts the calls of the command, those of rivals included. */
export interface Happening {
  at: number;
  after: boolean;
  event: Event;
}

export type Command =
  | { do: 'deeds'; deeds: Deed[] }
  | { do: 'tick'; minutes: number; happenings: Happening[] }
  | { do: 'same tick'; happenings: Happening[] }
  | { do: 'trigger'; minutes: number; mode: 'full' | null; happenings: Happening[] }
  /** The engine goes on by itself with an instance that died. */
  | { do: 'resume'; happenings: Happening[] }
  | { do: 'proceed'; calls: number }
  | { do: 'connect'; tenant: number }
  | ({ do: 'deploy' } & Deploy)
  /** Rows of our own table of contact methods are deleted. */
  | { do: 'methods lost'; pick: number };

/** R18: a pass at rest, after something was planted or nothing was; it goes on under these faults. */
export interface Proving {
  plants: Plant[];
  faults: Happening[];
}

export interface History {
  customers: number;
  seed: number;
  pageSize: number;
  maxPages: number;
  chunkSize: number;
  initialChunkSize: number;
  overlapSeconds: number;
  /** Of the overlap, in parts of a thousand, negative for a Worker that is ahead; lag and skew together stay under it. */
  skew: number;
  /** By so many days ServiceTitan's clock is wrong. */
  days: number;
  lag: number;
  callMs: number;
  exportBatchSize: number;
  switches: {
    contactsMoveModifiedOn: boolean;
    balanceMovesModifiedOn: boolean;
    tailToken: 'same' | 'new';
    phoneSettingsOnEmail: 'null' | 'absent';
    tieOrder: 'idAscending' | 'idDescending';
  };
  /** Whether halted runs go on at the end, or never. */
  endings: boolean;
  commands: Command[];
  /** Few, because a pass at rest costs as much as half a history. */
  proving: Proving | null;
  harm: Harm | null;
}

const small = fc.nat({ max: 40 });
const deed: fc.Arbitrary<Deed> = fc.record({ deed: fc.nat({ max: DEEDS.length - 1 }), pick: small, other: small });
const calls = fc.integer({ min: 1, max: 25 });
const tenant = fc.nat({ max: 1 });
const pages = { pageSize: fc.integer({ min: 1, max: 6 }), maxPages: fc.integer({ min: 1, max: 5 }) };
const deploy = {
  ...pages,
  overlap: fc.constantFrom(1, 2, 4),
  settledEveryMinutes: fc.constantFrom(55, 0),
};
const seconds = fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 60, max: 1500 }));
const minutes = fc.oneof(fc.nat({ max: 2 }), fc.constant(15), fc.nat({ max: 120 }));

const fault: fc.Arbitrary<Event> = fc.record({
  event: fc.constant('fault' as const),
  fault: fc.nat({ max: FAULTS.length - 1 }),
  times: fc.oneof({ weight: 4, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.integer({ min: 2, max: 7 }) }),
});
const crash = fc.record({ event: fc.constant('crash' as const), wakes: fc.boolean() });
const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ event: fc.constant('deed' as const), deed }) },
  { weight: 2, arbitrary: fc.record({ event: fc.constant('time passes' as const), seconds }) },
  { weight: 6, arbitrary: fault },
  { weight: 2, arbitrary: crash },
  {
    weight: 2,
    arbitrary: fc.record({
      event: fc.constant('rival' as const),
      start: fc.constantFrom('tick' as const, 'same tick' as const, 'trigger' as const),
      calls,
    }),
  },
  { weight: 2, arbitrary: fc.record({ event: fc.constant('taken over' as const), calls }) },
  { weight: 2, arbitrary: fc.record({ event: fc.constant('proceed' as const), calls }) },
  { weight: 1, arbitrary: fc.record({ event: fc.constant('connect' as const), tenant }) },
  { weight: 1, arbitrary: fc.record({ event: fc.constant('deploy' as const), ...deploy }) },
  { weight: 1, arbitrary: fc.record({ event: fc.constant('engine full' as const) }) },
);
const happenings: fc.Arbitrary<Happening[]> = fc.array(
  fc.record({ at: fc.integer({ min: 1, max: 45 }), after: fc.boolean(), event }),
  { maxLength: 7, size: 'max' },
);

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('deeds' as const),
      deeds: fc.array(deed, { minLength: 1, maxLength: 8, size: 'max' }),
    }),
  },
  { weight: 9, arbitrary: fc.record({ do: fc.constant('tick' as const), minutes, happenings }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('same tick' as const), happenings }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('trigger' as const),
      minutes,
      mode: fc.constantFrom(null, null, null, 'full' as const),
      happenings,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('resume' as const), happenings }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('proceed' as const), calls }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('connect' as const), tenant }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('deploy' as const), ...deploy }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('methods lost' as const), pick: small }) },
);

const proving: fc.Arbitrary<Proving> = fc.record({
  plants: fc.array(fc.record({ plant: fc.nat({ max: PLANTS.length - 1 }), pick: small }), {
    maxLength: 12,
    size: 'max',
  }),
  faults: fc.oneof(
    { weight: 1, arbitrary: fc.constant<Happening[]>([]) },
    {
      weight: 2,
      arbitrary: fc.array(
        fc.record({
          at: fc.integer({ min: 1, max: 60 }),
          after: fc.boolean(),
          event: fc.oneof({ weight: 5, arbitrary: fault }, { weight: 1, arbitrary: crash }),
        }),
        { minLength: 1, maxLength: 5, size: 'max' },
      ),
    },
  ),
});

export const history: fc.Arbitrary<History> = fc.record({
  customers: fc.oneof(
    { weight: 9, arbitrary: fc.nat({ max: 12 }) },
    { weight: 1, arbitrary: fc.integer({ min: 13, max: 120 }) },
  ),
  seed: fc.nat({ max: 1000 }),
  ...pages,
  chunkSize: fc.integer({ min: 1, max: 4 }),
  initialChunkSize: fc.integer({ min: 1, max: 6 }),
  overlapSeconds: fc.constantFrom(20, 60, 900),
  skew: fc.integer({ min: -450, max: 450 }),
  days: fc.constantFrom(0, 0, 0, 0, 3, -2),
  lag: fc.constantFrom(0, 0, 100, 500),
  callMs: fc.constantFrom(0, 10, 700, 4000),
  exportBatchSize: fc.integer({ min: 1, max: 9 }),
  switches: fc.record({
    contactsMoveModifiedOn: fc.boolean(),
    balanceMovesModifiedOn: fc.boolean(),
    tailToken: fc.constantFrom('same' as const, 'new' as const),
    phoneSettingsOnEmail: fc.constantFrom('null' as const, 'absent' as const),
    tieOrder: fc.constantFrom('idAscending' as const, 'idDescending' as const),
  }),
  endings: fc.boolean(),
  commands: fc.array(command, { minLength: 1, maxLength: 12, size: 'max' }),
  // Last, so that a seed's histories stay what they were.
  proving: fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: proving }),
  harm,
});

/** A history as a person reads it. */
export function describeHistory({ commands, switches, proving: proved, harm, ...settings }: History): string {
  const lines = [`with ${fields(settings)} ${fields(switches)}`];
  if (harm) lines.push(`and a hand in the database: ${fields(harm)}`);
  for (const [index, command] of commands.entries()) {
    const { do: name, ...rest } = command;
    const { happenings: some = [], deeds = [], ...own } = rest as { happenings?: Happening[]; deeds?: Deed[] };
    lines.push(`${index + 1}. ${name} ${fields(own)}${deeds.map(deedText).join(', ')}`.trimEnd());
    for (const { at, after, event } of some.toSorted((one, other) => one.at - other.at)) {
      lines.push(`     ${after ? 'after ' : 'before'} call ${at}: ${eventText(event)}`);
    }
  }
  if (proved) {
    const planted = proved.plants.map(({ plant, pick }) => `${PLANTS[plant]} (${pick})`).join(', ');
    lines.push(`at rest planted: ${planted || 'nothing'}`);
    for (const { at, after, event } of proved.faults)
      lines.push(`     ${after ? 'after ' : 'before'} call ${at}: ${eventText(event)}`);
  }
  return lines.join('\n');
}

function eventText({ event, ...rest }: Event): string {
  if ('deed' in rest) return deedText(rest.deed);
  if ('fault' in rest) return `fault ${rest.fault} of those that fit the call (${rest.times} times)`;
  return `${event} ${fields(rest)}`;
}

function deedText({ deed: number, pick, other }: Deed): string {
  return `${DEEDS[number]} (${pick}, ${other})`;
}

function fields(values: object): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(' ');
}
