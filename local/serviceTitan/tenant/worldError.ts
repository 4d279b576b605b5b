/** Something was asked of a world that it can't do: an unknown id, an id that is taken, a time that is none. */
export class WorldError extends Error {
  override name = 'WorldError';
  readonly reason: 'unknown' | 'conflict' | 'invalid';

  constructor(reason: 'unknown' | 'conflict' | 'invalid', message: string) {
    super(message);
    this.reason = reason;
  }
}
