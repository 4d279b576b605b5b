// One flow of calls in a history, which can be halted between any two of them while others go on: the tick and the runs it
// starts, or a rival of theirs. At any time exactly one thread makes a call, so a history plays the same each time.

export class Thread {
  isDone = false;
  readonly #work: (thread: Thread) => Promise<void>;
  #callsLeft = 0;
  #running: Promise<void> | undefined;
  #halted = Promise.withResolvers<void>();
  #goOn: (() => void) | undefined;

  constructor(work: (thread: Thread) => Promise<void>) {
    this.#work = work;
  }

  /** Lets it make so many calls; resolves when it has made them, or has come to its end. Rejects with what its work rejects with. */
  async advance(calls: number): Promise<void> {
    this.#callsLeft = calls;
    this.#halted = Promise.withResolvers();
    if (this.#running) this.#goOn?.();
    else {
      this.#running = this.#work(this).finally(() => {
        this.isDone = true;
      });
      // Whoever advances it last hears of its failure.
      this.#running.catch(() => {});
    }
    await Promise.race([this.#running, this.#halted.promise]);
  }

  /** Before each call: waits while no call is left. */
  async gate(): Promise<void> {
    while (this.#callsLeft <= 0) {
      const goOn = Promise.withResolvers<void>();
      this.#goOn = goOn.resolve;
      this.#halted.resolve();
      await goOn.promise;
      this.#goOn = undefined;
    }
    this.#callsLeft -= 1;
  }
}
