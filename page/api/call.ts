/** The Worker answered, and said no. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;
  /** What the answer has beside its message, such as the instanceId of the run that is in the way. */
  readonly details: Record<string, string>;

  constructor(status: number, message: string, details: Record<string, string> = {}) {
    super(message);
    this.status = status;
    this.details = details;
  }
}

/** Nobody answered, or not in time, or not as the Worker does. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

const TIMEOUT_MS = 20_000;

export interface Call {
  method?: 'GET' | 'POST';
  path: string;
  body?: unknown;
}

/** Calls the Worker that served the page. Rejects with a Refusal or with Unreachable, whose texts are made for people. */
export async function call<Answer>(token: string | null, { method = 'GET', path, body }: Call): Promise<Answer> {
  let response: Response;
  let answer: { error?: { message?: string } & Record<string, string> };
  try {
    response = await fetch(path, {
      method,
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      cache: 'no-store',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    answer = await response.json();
  } catch (error) {
    throw new Unreachable('The Worker does not answer.', { cause: error });
  }
  if (response.ok) return answer as Answer;
  const { message, ...details } = answer.error ?? {};
  throw new Refusal(response.status, message ?? `The Worker answered with status ${response.status}.`, details);
}
