import { TICKS_PER_MS, TICKS_PER_SECOND, ticksOfUnixMs, type Ticks } from '../ticks.ts';
import type { Random } from '../seed/random.ts';

/** A tenant's clock: this machine's, moved by the skew. */
export class Clock {
  readonly #random: Random;
  #skewSeconds: number;
  #lastStamp: Ticks = 0n;

  constructor(random: Random, skewSeconds: number) {
    this.#random = random;
    this.#skewSeconds = skewSeconds;
  }

  /** Later stamps may be earlier than former ones: a clock that was put back does that. */
  setSkew(seconds: number): void {
    this.#skewSeconds = seconds;
    this.#lastStamp = 0n;
  }

  unixMs(): number {
    return Date.now() + Math.round(this.#skewSeconds * 1000);
  }

  now(): Ticks {
    const now = ticksOfUnixMs(this.unixMs());
    return now > this.#lastStamp ? now : this.#lastStamp;
  }

  /** A time for something that happens now, later than any given before and to all seven digits. */
  stamp(): Ticks {
    const belowMs = BigInt(this.#random.below(Number(TICKS_PER_MS)));
    const stamp = ticksOfUnixMs(this.unixMs()) + belowMs;
    this.#lastStamp = stamp > this.#lastStamp ? stamp : this.#lastStamp + 1n;
    return this.#lastStamp;
  }

  /** The instant so many seconds ago. */
  ago(seconds: number): Ticks {
    return this.now() - BigInt(Math.round(seconds * 1000)) * (TICKS_PER_SECOND / 1000n);
  }
}
