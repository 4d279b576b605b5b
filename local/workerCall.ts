// Calls of a Worker from the shell.

export interface WorkerAccess {
  url: string;
  token: string | undefined;
}

/** A connection is tried for half a minute. */
const TIMEOUT_MS = 60_000;

const LOCAL = 'http://127.0.0.1:8787';

/** WORKER_URL and API_TOKEN; without the first the local stack is meant, whose front adds the token. */
export function readWorkerAccess(env: Record<string, string | undefined>): WorkerAccess {
  const url = (env['WORKER_URL'] || LOCAL).replace(/\/+$/, '');
  const parsed = URL.parse(url);
  const isLocal = parsed?.protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(parsed.hostname);
  // Token and secrets travel there.
  if (parsed?.protocol !== 'https:' && !isLocal) {
    throw new Error(
      'WORKER_URL has to be the https address of the Worker, such as https://servicetitan-sync.<account>.workers.dev.',
    );
  }
  return { url, token: env['API_TOKEN'] || undefined };
}

/** The answer's JSON. Throws an Error with the Worker's own words, or with what to look at when it can't be reached. */
export async function callWorker<Answer>(
  access: WorkerAccess,
  method: string,
  path: string,
  body?: object,
): Promise<Answer> {
  let response: Response;
  try {
    response = await fetch(`${access.url}${path}`, {
      method,
      headers: {
        ...(access.token === undefined ? {} : { authorization: `Bearer ${access.token}` }),
        // Also without a body: the local stack takes no change that a form of a web page could send.
        ...(method === 'GET' ? {} : { 'content-type': 'application/json' }),
      },
      // Followed, a redirect would carry the secrets to another place.
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch {
    throw new Error(
      `${access.url} gave no answer: start the local stack with \`npm start\`, or set WORKER_URL to the deployed Worker.`,
    );
  }
  const answer = (await response.json().catch(() => null)) as { error?: { message?: string } } | null;
  if (response.ok && answer !== null) return answer as Answer;
  if (response.status === 401)
    throw new Error(`${access.url} does not let you in: set API_TOKEN to the token of this Worker.`);
  throw new Error(
    answer?.error?.message ??
      `${access.url} answered ${response.status} and not as this Worker does: check WORKER_URL.`,
  );
}
