/** What the function answers instead of a result: `status` and `code` are what its caller is told. */
export class AnswerError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}
