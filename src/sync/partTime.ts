/** The time that is left to a part, told from step results alone, so that a replay decides the same. */
export class PartTime {
  readonly #limitMs: number;
  #spentMs = 0;

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  get leftMs(): number {
    return Math.max(0, this.#limitMs - this.#spentMs);
  }

  get spentMs(): number {
    return this.#spentMs;
  }

  spend(milliseconds: number): void {
    this.#spentMs += milliseconds;
  }
}
