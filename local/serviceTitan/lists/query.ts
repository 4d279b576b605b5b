import { Refusal } from '../problem.ts';
import { parseTicks, type Ticks } from '../ticks.ts';

const INTEGER = /^[+-]?\d{1,18}$/;
const DECIMAL = /^[+-]?\d+(\.\d+)?$/;
const SORT = /^([+-])(\w+)$/;

/** A lower bound, inclusive, and an upper bound, exclusive. */
export interface TimeRange {
  onOrAfter: Ticks | undefined;
  before: Ticks | undefined;
}

export interface Sort {
  field: string;
  descending: boolean;
}

interface Reading {
  isIgnored?: (name: string) => boolean;
  readId?: (text: string) => number | undefined;
  /** How many ids of a list are taken notice of. */
  idsHonoured?: number | undefined;
}

/**
 * The parameters of one call. Names nobody asks for are ignored, as ServiceTitan does; an empty value counts as none.
 * What can't be read is gathered, and `check` refuses the call with all of it.
 */
export class Query {
  readonly #parameters: URLSearchParams;
  readonly #isIgnored: (name: string) => boolean;
  readonly #readId: (text: string) => number | undefined;
  readonly #idsHonoured: number;
  readonly #errors: { [parameter: string]: string[] } = {};

  constructor(
    parameters: URLSearchParams,
    { isIgnored = () => false, readId = readInteger, idsHonoured }: Reading = {},
  ) {
    this.#parameters = parameters;
    this.#isIgnored = isIgnored;
    this.#readId = readId;
    this.#idsHonoured = idsHonoured ?? Infinity;
  }

  text(name: string): string | undefined {
    return this.#isIgnored(name) ? undefined : this.#parameters.get(name) || undefined;
  }

  integer(name: string): number | undefined {
    return this.#parsed(name, readInteger);
  }

  decimal(name: string): number | undefined {
    return this.#parsed(name, (text) => (DECIMAL.test(text) ? Number(text) : undefined));
  }

  flag(name: string): boolean | undefined {
    const flags: { [text: string]: boolean } = { true: true, false: false };
    return this.#parsed(name, (text) => flags[text.toLowerCase()]);
  }

  instant(name: string): Ticks | undefined {
    return this.#parsed(name, parseTicks);
  }

  /** A comma list of ids, blanks around them allowed. */
  ids(name: string, most = Infinity): ReadonlySet<number> | undefined {
    const ids = this.#parsed(name, (text) => {
      const ids = text.split(',').map((part) => this.#readId(part.trim()));
      return ids.includes(undefined) ? undefined : new Set(ids as number[]);
    });
    if (ids !== undefined && ids.size > most) this.refuse(name, `At most ${most} ids may be asked for.`);
    return ids && new Set([...ids].slice(0, this.#idsHonoured));
  }

  /** One of some words, in any case. */
  word<Word extends string>(name: string, words: readonly Word[]): Word | undefined {
    return this.#parsed(name, (text) => words.find((word) => word.toLowerCase() === text.toLowerCase()));
  }

  /** True unless told otherwise: an inactive record hides by default. Undefined is `Any`. */
  active(): boolean | undefined {
    const word = this.word('active', ['True', 'Any', 'False']) ?? 'True';
    return word === 'Any' ? undefined : word === 'True';
  }

  created(): TimeRange {
    return { onOrAfter: this.instant('createdOnOrAfter'), before: this.instant('createdBefore') };
  }

  modified(): TimeRange {
    return { onOrAfter: this.instant('modifiedOnOrAfter'), before: this.instant('modifiedBefore') };
  }

  /** `+Field` or `-Field`; a plus that was not encoded arrives as a blank and is refused. */
  sort(fields: readonly string[]): Sort | undefined {
    return this.#parsed('sort', (text) => {
      const [, sign, name] = SORT.exec(text) ?? [];
      const field = fields.find((known) => known.toLowerCase() === name?.toLowerCase());
      return field === undefined ? undefined : { field, descending: sign === '-' };
    });
  }

  refuse(name: string, reason: string): void {
    (this.#errors[name] ??= []).push(reason);
  }

  check(): void {
    if (Object.keys(this.#errors).length === 0) return;
    throw new Refusal(400, 'One or more validation errors occurred.', { errors: this.#errors });
  }

  #parsed<Value>(name: string, parse: (text: string) => Value | undefined): Value | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = parse(text);
    if (value === undefined) this.refuse(name, `The value '${text}' is not valid.`);
    return value;
  }
}

function readInteger(text: string): number | undefined {
  return INTEGER.test(text) ? Number(text) : undefined;
}

/** Whether an instant lies in the range. */
export function isWithin({ onOrAfter, before }: TimeRange, at: Ticks): boolean {
  return (onOrAfter === undefined || at >= onOrAfter) && (before === undefined || at < before);
}

export function isOpen({ onOrAfter, before }: TimeRange): boolean {
  return onOrAfter === undefined && before === undefined;
}
