import { describeBatchError, type ErrorCode, type ErrorDetails } from '../_shared/batchError.ts';

/** What the function answers instead of a result: `status`, `code` and `details` are what its caller is told. */
export class AnswerError extends Error {
  readonly status: number;
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(status: number, code: ErrorCode, details: ErrorDetails = {}) {
    super(describeBatchError({ code, details }));
    this.status = status;
    this.code = code;
    this.details = details;
  }
}
