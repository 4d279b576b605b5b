import { randomBytes } from 'node:crypto';

const TYPES: { [status: number]: string } = {
  400: 'https://tools.ietf.org/html/rfc7231#section-6.5.1',
  401: 'https://tools.ietf.org/html/rfc7235#section-3.1',
  403: 'https://tools.ietf.org/html/rfc7231#section-6.5.3',
  404: 'https://tools.ietf.org/html/rfc7231#section-6.5.4',
  409: 'https://tools.ietf.org/html/rfc7231#section-6.5.8',
  429: 'https://tools.ietf.org/html/rfc6585#section-4',
};
const SERVER_FAULT = 'https://tools.ietf.org/html/rfc7231#section-6.6.1';

/**
 * A call that is refused; `errors` names the parameters. The gateway in front refuses in a form of its own.
 */
export class Refusal extends Error {
  override name = 'Refusal';
  readonly status: number;
  readonly errors: { [parameter: string]: string[] };
  readonly headers: { [name: string]: string };
  readonly isOfGateway: boolean;

  constructor(
    status: number,
    title: string,
    {
      errors = {},
      headers = {},
      isOfGateway = false,
    }: Partial<Pick<Refusal, 'errors' | 'headers' | 'isOfGateway'>> = {},
  ) {
    super(title);
    this.status = status;
    this.errors = errors;
    this.headers = headers;
    this.isOfGateway = isOfGateway;
  }
}

/** The error envelope of the API (RFC 7807 and three fields more). */
export function problem(status: number, title: string, errors: Refusal['errors'] = {}) {
  const traceId = `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-00`;
  return { type: TYPES[status] ?? SERVER_FAULT, title, status, traceId, errors, data: {} };
}

/** The error of the gateway in front of the API, which knows nothing of the API's own envelope. */
export function gatewayError(statusCode: number, message: string) {
  return { statusCode, message };
}
