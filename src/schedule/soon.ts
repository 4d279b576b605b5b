// The engine has no time limit of its own, and its calls take no signal.

/** As long as a call of Supabase may take. */
const LONGEST_MS = 30_000;

/** What the engine answers; rejects after half a minute. What it does then is found by the next tick. */
export async function soon<Value>(answer: Promise<Value>): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new DOMException('The Workflow engine gave no answer.', 'TimeoutError');
    timer = setTimeout(() => reject(error), LONGEST_MS);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    if (timer !== undefined) clearTimeout(timer);
  }
}
