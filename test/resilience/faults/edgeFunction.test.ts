// Faults of the Edge Function: what the user is told, what is tried again, what is kept. Each has its row in
// docs/reliability.md. That it is killed is tested with the database's faults, on a stack that may be broken.
import { afterEach, expect, test, vi } from 'vitest';
import type { RingOptions } from '../../support/ring.ts';
import { randomSecretKey } from '../../support/credentialsKey.ts';
import { differences } from '../../support/truth.ts';
import { runSync } from '../../support/ring.ts';
import type { TestWorkspace } from '../../support/workspace.ts';
import { changedWorkspace, expectCursorKept, expectNextTickHeals, lastError, PAGES_OF_3 } from './changedWorkspace.ts';
import { FUNCTION_ANSWERS, type HostedAnswer } from './hostedAnswers.ts';
import { type FrontOfSupabase, startFront } from './frontOfSupabase.ts';

let front: FrontOfSupabase | undefined;
afterEach(() => front?.stop());

/** A run whose Edge Function is reached through a front that interferes. */
async function runBehindFront(
  workspace: TestWorkspace,
  interfere: Parameters<typeof startFront>[1],
  options: RingOptions = {},
  more: Record<string, string> = {},
) {
  front = await startFront(workspace.stack.supabaseUrl, interfere);
  const settings = { ...PAGES_OF_3.settings, ...more, SUPABASE_URL: front.url };
  return runSync(workspace, { trigger: 'cron', ...options, settings });
}
const fetches = async (workspace: TestWorkspace) =>
  (await workspace.calls()).filter(({ path }) => path.endsWith('/customers')).length;

test.for(Object.entries(FUNCTION_ANSWERS) as [string, HostedAnswer][])(
  'an Edge Function that answers %s once costs the batch one more try',
  async ([, answer]) => {
    const { workspace } = await changedWorkspace();
    const said: string[] = [];
    const run = await runBehindFront(workspace, (call) => (call === 2 ? answer : null), {
      onWait: (_, text) => void said.push(text ?? ''),
    });
    expect(run.outcome).toEqual({ status: 'completed' });
    expect(said).toEqual([expect.stringMatching(/by itself/)]);
    expect(said[0]).not.toMatch(/put the secret key|deploy it|Lucia/);
    expect(await differences(workspace)).toEqual([]);
  },
);

test('an Edge Function that is unknown again and again ends the run, and the last try says how to deploy it', async () => {
  const { workspace, before } = await changedWorkspace();
  const run = await runBehindFront(workspace, () => FUNCTION_ANSWERS['404 while it is deployed']);
  expect([run.outcome instanceof Error, run.writes]).toEqual([true, 5]);
  expect(await lastError(workspace)).toBe(
    'The Edge Function servicetitan-contact-sync answered 404: deploy it with `supabase functions deploy`.',
  );
  await expectCursorKept(workspace, before);
  await expectNextTickHeals(workspace);
});

test('a 401 of the Edge Function again and again ends the run and names the secret and its setting', async () => {
  const { workspace, before } = await changedWorkspace();
  const settings = { ...PAGES_OF_3.settings, SUPABASE_SECRET_KEY: randomSecretKey() };
  const said: string[] = [];
  const run = await runSync(workspace, { trigger: 'cron', settings, onWait: (_, text) => void said.push(text ?? '') });
  expect([run.outcome instanceof Error, run.writes]).toEqual([true, 5]);
  for (const text of said) expect(text).toMatch(/answered 401: that may pass, and the sync tries again by itself\.$/);
  expect(await lastError(workspace)).toBe(
    "The Edge Function servicetitan-contact-sync answered 401: put the secret key that the function expects (SERVICETITAN_SYNC_KEY_NAME) into the Worker's SUPABASE_SECRET_KEY.",
  );
  await expectCursorKept(workspace, before);
  await expectNextTickHeals(workspace);
});

test.for([
  [
    '500',
    { error: { code: 'unexpected', message: 'a text of its own', details: { error_name: 'TypeError' } } },
    /answered 500: it failed unexpectedly \(TypeError\); see its log\.$/,
  ],
  [
    '502',
    { message: 'An invalid response was received from the upstream server' },
    /answered 502: it gave no reason; the sync sends the batch again by itself; if this lasts, see the function's log in Supabase\.$/,
  ],
  [
    '504',
    { code: 'IDLE_TIMEOUT', message: 'The request has timed out' },
    /answered 504: it took longer than Supabase lets it; .* if this lasts, lower EDGE_FUNCTION_CHUNK_SIZE and INITIAL_CHUNK_SIZE\.$/,
  ],
  [
    '546',
    { code: 'WORKER_LIMIT', message: 'Function failed due to not having enough compute resources' },
    /answered 546: it ran out of the memory or time that Supabase gives it; .* lower EDGE_FUNCTION_CHUNK_SIZE/,
  ],
] as const)(
  'a %s of the Edge Function is tried five times in 75 seconds, and ServiceTitan is not asked again',
  async ([status, body, sentence]) => {
    const { workspace, before } = await changedWorkspace();
    const waits: number[] = [];
    // The first page is written, the second is not.
    const run = await runBehindFront(workspace, (call) => (call === 1 ? null : { status: Number(status), body }), {
      onWait: (milliseconds) => void waits.push(milliseconds / 1000),
    });
    expect(run.outcome).toBeInstanceOf(Error);
    expect(waits).toEqual([5, 10, 20, 40]);
    // Pages 1 and 2, and page 3 that is read while page 2 is written.
    expect(await fetches(workspace)).toBe(3);
    expect(await lastError(workspace)).toMatch(sentence);
    await expectCursorKept(workspace, before);
    expect((await workspace.state()).last_sync_updated).toBe(3);

    await front!.stop();
    const healed = await runBehindFront(workspace, (call) => (call <= 3 ? { status: Number(status), body } : null));
    expect(healed.outcome).toEqual({ status: 'completed' });
    await expectNextTickHeals(workspace);
  },
);

test('an Edge Function that is slow is given up after 100 s a call, and what it still writes is not doubled', async () => {
  const { workspace, before } = await changedWorkspace();
  const timeout = vi.spyOn(AbortSignal, 'timeout');
  try {
    const run = await runBehindFront(workspace, () => ({ delayMs: 400 }), {
      // From here on 100 s are a tenth of a second: only the function is called in these steps.
      beforeStep: (name) => {
        if (!name.startsWith('incremental-sync')) return void timeout.mockReset();
        timeout.mockImplementation((milliseconds) => abortIn(milliseconds === 100_000 ? 100 : milliseconds));
      },
    });
    expect(run.outcome).toBeInstanceOf(Error);
  } finally {
    timeout.mockRestore();
  }
  expect(front!.calls()).toBe(5);
  expect(await lastError(workspace)).toBe(
    "The Edge Function servicetitan-contact-sync gave no answer: the sync sends the batch again; if this lasts, see the function's log in Supabase and check SUPABASE_URL.",
  );
  await expectCursorKept(workspace, before);
  await expectNextTickHeals(workspace);
  // Late writes of the run that failed are refused by its lease, or were of the same rows.
  expect(await workspace.state()).toMatchObject({ total_customers_synced: 24 });
});

function abortIn(milliseconds: number): AbortSignal {
  const controller = new AbortController();
  setTimeout(() => controller.abort(new DOMException('', 'TimeoutError')), milliseconds).unref();
  return controller.signal;
}

test('an Edge Function whose region is down is called there, and by the last attempt anywhere', async () => {
  const { workspace } = await changedWorkspace();
  const regions: (string | null)[] = [];
  const logged: object[] = [];
  const run = await runBehindFront(
    workspace,
    (_, headers) => {
      const region = headers['x-region'] ?? null;
      regions.push(region === null ? null : String(region));
      return region === null
        ? null
        : { status: 503, body: { code: 'BOOT_ERROR' }, headers: { 'x-sb-edge-region': 'us-east-1' } };
    },
    { log: (entry) => logged.push(entry) },
    { SUPABASE_REGION: 'us-east-1' },
  );
  expect(run.outcome).toEqual({ status: 'completed' });
  const [there, anywhere] = ['us-east-1', null];
  expect(regions.slice(0, 5)).toEqual([there, there, there, there, anywhere]);
  expect(logged.filter((entry) => 'event' in entry && entry.event === 'function_region')).toEqual([
    { event: 'function_region', region: 'us-east-1', wanted: 'us-east-1' },
  ]);
  expect(await differences(workspace)).toEqual([]);
});
