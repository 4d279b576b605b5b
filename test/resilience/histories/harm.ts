// Somebody else's hand in our tables, in one history of ten: the database goes back in mid-run, rows of a table are lost, an
// older copy of it is put back, a column is edited.
import fc from 'fast-check';
import type { Sql } from 'postgres';
import { deleteRows, edit, type Edit, listEdits, OWN_TABLES, type OwnTable } from '../../support/harms.ts';
import { goBack, type Moment, takeMoment } from '../../support/moments.ts';

export const HARMS = ['goes back', 'rows lost', 'older copy', 'column edited'] as const;

export interface Harm {
  what: (typeof HARMS)[number];
  /** Which of the commands that make calls, and before or after which of its calls. */
  command: number;
  at: number;
  after: boolean;
  /** How many calls later the database stands again where it stood then, or at the end of the command. */
  later: number;
  /** The next call of the function is too much, so that its chunk goes by halves (R24). */
  halved: boolean;
  /** Which table, and which edit of all there are. */
  pick: number;
}

export const harm: fc.Arbitrary<Harm | null> = fc.oneof(
  { weight: 9, arbitrary: fc.constant(null) },
  {
    weight: 1,
    arbitrary: fc.record({
      what: fc.constantFrom('goes back', 'goes back', ...HARMS),
      command: fc.nat({ max: 11 }),
      at: fc.integer({ min: 1, max: 35 }),
      after: fc.boolean(),
      later: fc.integer({ min: 1, max: 12 }),
      halved: fc.boolean(),
      pick: fc.nat({ max: 9999 }),
    }),
  },
);

/** What is kept of the moment that comes back. */
interface Kept {
  moment: Moment;
  now: number;
  place: Place | null;
}

interface Place {
  run: string | null;
  page: number;
  parts: string[];
}

const tableOf = ({ pick }: Harm): OwnTable => OWN_TABLES[pick % OWN_TABLES.length]!;

async function keep(admin: Sql, workspaceId: string, harm: Harm, now: number): Promise<Kept> {
  const tables = harm.what === 'older copy' ? [tableOf(harm)] : undefined;
  return { moment: await takeMoment(admin, workspaceId, tables), now, place: await placeOf(admin, workspaceId) };
}

/** Puts the moment back. Answers what there was to lose, in the words of what was met. */
async function putBack(admin: Sql, { moment, place: then }: Kept): Promise<string[]> {
  const place = await placeOf(admin, moment.workspaceId);
  await goBack(admin, moment);
  if (!place || !then || place.run === null || place.run !== then.run || place.page !== then.page) return [];
  if (!place.parts.some((part) => !then.parts.includes(part))) return [];
  const isHalved = then.parts.some((part) => part.includes('/'));
  return [
    "went back between a page's chunks and its end",
    ...(isHalved ? ["went back between a page's chunks and its end, behind a halved chunk"] : []),
  ];
}

async function placeOf(admin: Sql, workspaceId: string): Promise<Place | null> {
  const [row] = await admin<Place[]>`
    select run_instance_id as run, page, parts from public.servicetitan_sync_state where workspace_id = ${workspaceId}
  `;
  return row ?? null;
}

/** As much of a history as the hand needs. */
interface Harmable {
  workspaceId: string;
  admin: Sql;
  harm: Harm | null;
  now: () => number;
  /** Tells the database what time has passed, and so many milliseconds that it has forgotten. */
  tellTime: (forgottenMs: number) => Promise<void>;
  met: (kind: string) => void;
}

/** The hand, in one history. */
export class Hand {
  readonly #play: Harmable;
  #kept: Kept | null = null;
  #dueAt = Infinity;
  #isNear = false;
  #isDone = false;

  constructor(play: Harmable) {
    this.#play = play;
  }

  /** Something is gone that no run of its own accord has to notice: until all was compared, nothing is claimed. */
  get isLoose(): boolean {
    return this.#isDone && this.#play.harm?.what !== 'goes back';
  }

  /** Columns say what the sync never wrote, so that what it mends goes by no rule. */
  get isEdited(): boolean {
    return this.isLoose && this.#play.harm?.what === 'column edited';
  }

  /** Whether such a breach is one all the same. What mends a harmed row goes by rules of its own, and may cost a write. */
  isHeld(breach: string): boolean {
    return this.isEdited ? breach.startsWith('R13') : !(this.isLoose && breach.startsWith('R11'));
  }

  /** A command begins, the one of this number among those that make calls. Answers whether it is the one. */
  begins(number: number, of: number): boolean {
    const { harm } = this.#play;
    this.#isNear = harm !== null && !this.#isDone && harm.command % of === number;
    return this.#isNear;
  }

  async happen(call: number, after: boolean): Promise<void> {
    const { harm } = this.#play;
    if (this.#kept && call >= this.#dueAt) return this.#putBack();
    if (this.#isNear && harm!.at === call && harm!.after === after) await this.#do(call + harm!.later);
  }

  /** A command has ended, or all have; what it was too short for happens behind it, and comes back behind the next. */
  async ended(): Promise<void> {
    if (this.#kept) await this.#putBack();
    else if (this.#isNear) await this.#do(Infinity);
  }

  async #do(dueAt: number): Promise<void> {
    const { harm, admin, workspaceId, now, tellTime, met } = this.#play;
    this.#isNear = false;
    if (harm!.what === 'goes back' || harm!.what === 'older copy') {
      await tellTime(0);
      this.#dueAt = dueAt;
      this.#kept = await keep(admin, workspaceId, harm!, now());
      return;
    }
    this.#isDone = true;
    if ((await harmAtOnce(admin, workspaceId, harm!)) > 0) met(`database harmed: ${harm!.what}`);
  }

  async #putBack(): Promise<void> {
    const { harm, admin, now, tellTime, met } = this.#play;
    const kept = this.#kept!;
    this.#kept = null;
    this.#isDone = true;
    for (const kind of await putBack(admin, kept)) met(`database harmed: ${kind}`);
    met(`database harmed: ${harm!.what}`);
    await tellTime(now() - kept.now);
  }
}

let edits: Promise<Edit[]> | undefined;

/** Loses the rows of a table, or edits a column. Answers how many rows were there to be harmed. */
async function harmAtOnce(admin: Sql, workspaceId: string, harm: Harm): Promise<number> {
  if (harm.what === 'rows lost') return deleteRows(admin, workspaceId, tableOf(harm));
  const all = await (edits ??= listEdits(admin));
  return edit(admin, workspaceId, all[harm.pick % all.length]!);
}
