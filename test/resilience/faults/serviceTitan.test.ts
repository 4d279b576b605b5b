// Faults of ServiceTitan: what the user is told, what is tried again, what is kept. Each has its row in docs/reliability.md.
import { expect, test, vi } from 'vitest';
import { runSync } from '../../support/ring.ts';
import { differences } from '../../support/truth.ts';
import {
  addFault,
  changedWorkspace,
  CUSTOMERS,
  expectCursorKept,
  expectNextTickHeals,
  lastError,
  PAGE_2,
  PAGES_OF_3,
} from './changedWorkspace.ts';

const LIST = /GET \/crm\/v2\/tenant\/\d+\/customers/;
const quarantine = async ({ supabase, workspaceId }: Awaited<ReturnType<typeof changedWorkspace>>['workspace']) =>
  (await supabase.from('servicetitan_sync_errors').select('crm_id, reason').eq('workspace_id', workspaceId)).data!;

test('a token that ends in mid-run is replaced, and the run goes on', async () => {
  const { workspace } = await changedWorkspace();
  await addFault(workspace, PAGE_2, { revokeTokens: true, status: 401 }, 1);
  const run = await runSync(workspace, PAGES_OF_3);
  expect(run.outcome).toEqual({ status: 'completed' });
  expect((await workspace.calls()).filter(({ path }) => path === '/connect/token')).toHaveLength(1);
  expect(await differences(workspace)).toEqual([]);
});

test.for([401, 403])(
  'a %i of ServiceTitan that gives no reason and passes costs the step one more try',
  async (status) => {
    const { workspace } = await changedWorkspace();
    // Of a 401 the same attempt asks once more, with a new token.
    await addFault(workspace, PAGE_2, { status }, status === 401 ? 2 : 1);
    const said: string[] = [];
    const run = await runSync(workspace, { ...PAGES_OF_3, onWait: (_, text) => void said.push(text ?? '') });
    expect(run.outcome).toEqual({ status: 'completed' });
    expect(said).toEqual([expect.stringMatching(/: that may pass, and the sync tries again by itself\.$/)]);
    expect(await differences(workspace)).toEqual([]);
    expect(await workspace.state()).toMatchObject({ next_attempt_at: null, last_error: null });
  },
);

test.for([404, 405, 409, 302] as const)(
  'a %i of what stands before ServiceTitan, with a page in place of a reason, costs the step one more try',
  async (status) => {
    const { workspace } = await changedWorkspace();
    await addFault(workspace, PAGE_2, { status, body: 'html' }, 1);
    const said: string[] = [];
    const run = await runSync(workspace, { ...PAGES_OF_3, onWait: (_, text) => void said.push(text ?? '') });
    expect(run.outcome).toEqual({ status: 'completed' });
    expect(said).toHaveLength(1);
    expect(await differences(workspace)).toEqual([]);
  },
);

test('a revoked secret ends the run at once and makes ticks back off, while /trigger does not', async () => {
  const { workspace, before } = await changedWorkspace();
  await addFault(workspace, { pathIncludes: '/connect/token' }, { status: 400, body: 'problem' });
  await addFault(workspace, CUSTOMERS, { revokeTokens: true, status: 401 }, 1);
  expect((await runSync(workspace, { trigger: 'cron' })).outcome).toBeInstanceOf(Error);
  // Asked once: a refused secret does not get better, and more tries could lock the account.
  expect((await workspace.calls()).filter(({ path }) => path === '/connect/token')).toHaveLength(1);
  expect(await lastError(workspace)).toMatch(
    /^ServiceTitan refused the call POST \/connect\/token with 400 .*: check the client id and the client secret, .* then connect the workspace again; until then ticks try ever more seldom, up to every 6 hours, and POST \/trigger at once\.$/,
  );
  await expectCursorKept(workspace, before);
  await expect(runSync(workspace, { trigger: 'cron' })).rejects.toThrow('backing_off');

  await workspace.simulator('DELETE', '/faults');
  expect((await runSync(workspace, { trigger: 'manual' })).outcome).toEqual({ status: 'completed' });
  expect(await workspace.state()).toMatchObject({ next_attempt_at: null, failures: 0, last_error: null });
  expect(await differences(workspace)).toEqual([]);
});

test('refused credentials that are good again are found by a tick, without anybody doing anything', async () => {
  const { workspace, before } = await changedWorkspace();
  await addFault(workspace, CUSTOMERS, { status: 401, body: 'problem' });
  expect((await runSync(workspace, { trigger: 'cron' })).outcome).toBeInstanceOf(Error);
  await expectCursorKept(workspace, before);
  expect(await lastError(workspace)).toMatch(
    /with 401 .*: a fresh token was refused too; check that .* still allows the app/,
  );
  const { next_attempt_at } = await workspace.state();
  expect(Date.parse(String(next_attempt_at)) - Date.now()).toBeLessThan(15 * 60_000);
  await workspace.supabase
    .from('servicetitan_sync_state')
    .update({ next_attempt_at: new Date(Date.now() - 1000).toISOString() })
    .eq('workspace_id', workspace.workspaceId);
  await expectNextTickHeals(workspace);
});

test('a 403 on the contacts feed alone leaves the customers and the cursor current, and names the scope', async () => {
  const { workspace, before } = await changedWorkspace();
  await addFault(workspace, { pathIncludes: '/export/customers/contacts' }, { status: 403, body: 'problem' });
  expect((await runSync(workspace)).outcome).toBeInstanceOf(Error);
  expect(await lastError(workspace)).toMatch(
    /\/export\/customers\/contacts with 403 .*: the app lacks the scope tn\.crm\.customers:r .*; have the tenant's admin accept it/,
  );
  const state = await workspace.state();
  expect(state.contacts_continue_from).toBe(before.state.contacts_continue_from);
  expect(Date.parse(String(state.last_modified_cursor))).toBeGreaterThan(
    Date.parse(String(before.state.last_modified_cursor)),
  );
  // No credentials were refused, so ticks do not back off.
  expect(state.next_attempt_at).toBeNull();
  expect(await differences(workspace)).toEqual([]);
  await expectNextTickHeals(workspace);
});

test('a 404 on a whole list ends the run and points at tenant and environment', async () => {
  const { workspace, before } = await changedWorkspace();
  await addFault(workspace, CUSTOMERS, { status: 404, body: 'problem' });
  const run = await runSync(workspace);
  expect([run.outcome instanceof Error, run.writes]).toEqual([true, 0]);
  expect(await lastError(workspace)).toMatch(
    /with 404 .*: check the tenant id and the environment of the workspace's connection/,
  );
  await expectCursorKept(workspace, before);
  await expectNextTickHeals(workspace);
});

test.for([409, 404])(
  'a %i on the contacts of one customer sets aside that one alone, with the reason',
  async (status) => {
    const { workspace, ids } = await changedWorkspace();
    const bad = String(ids[5]);
    const phone = (await workspace.contacts()).get(bad)!.phone;
    await addFault(workspace, { pathIncludes: '/customers/contacts', queryIncludes: bad }, { status, body: 'problem' });
    expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });
    expect(await quarantine(workspace)).toEqual([
      { crm_id: bad, reason: expect.stringMatching(new RegExp(`^ServiceTitan refused the call .* with ${status} `)) },
    ]);
    expect(await workspace.state()).toMatchObject({ sync_status: 'completed', last_sync_errors: 1 });
    // Its new name arrived, and its phone is what it was.
    expect((await workspace.contacts()).get(bad)).toMatchObject({ name: `Renamed ${bad}`, phone });
    await expectNextTickHeals(workspace);
    expect(await quarantine(workspace)).toEqual([]);
  },
);

test('a 429 is waited out as long as its header says, and costs no retry', async () => {
  const { workspace } = await changedWorkspace();
  // More than a step has retries.
  await addFault(workspace, CUSTOMERS, { status: 429, body: 'problem', retryAfterSeconds: 11 }, 8);
  const run = await runSync(workspace);
  expect(run.outcome).toEqual({ status: 'completed' });
  expect(run.slept).toEqual(Array.from({ length: 8 }, () => 11_000));
  expect(await differences(workspace)).toEqual([]);
});

test('a 429 without the header is waited out by the seconds in its title', async () => {
  const { workspace } = await changedWorkspace();
  await addFault(workspace, CUSTOMERS, { status: 429, body: 'problem', titleSeconds: 7 }, 8);
  const run = await runSync(workspace);
  expect(run.outcome).toEqual({ status: 'completed' });
  expect(run.slept).toEqual(Array.from({ length: 8 }, () => 7000));
  expect(await differences(workspace)).toEqual([]);
});

test('429s without an end end the run after an hour of waits', async () => {
  const { workspace, before } = await changedWorkspace();
  await addFault(workspace, CUSTOMERS, { status: 429, body: 'problem', retryAfterSeconds: 600 });
  const run = await runSync(workspace);
  expect(run.slept).toEqual(Array.from({ length: 6 }, () => 600_000));
  expect(await lastError(workspace)).toMatch(
    /with 429 .*: too many calls for the app .* find what else calls under the same app\.$/,
  );
  await expectCursorKept(workspace, before);
  await expectNextTickHeals(workspace);
});

test('a minute of 500s is outlasted by the step', async () => {
  const { workspace } = await changedWorkspace();
  await addFault(workspace, CUSTOMERS, { status: 500, body: 'html' });
  let waited = 0;
  const run = await runSync(workspace, {
    onWait: async (milliseconds) => {
      waited += milliseconds;
      if (waited >= 60_000) await workspace.simulator('DELETE', '/faults');
    },
  });
  expect(run.outcome).toEqual({ status: 'completed' });
  expect(await differences(workspace)).toEqual([]);
});

test('500s that last end the run after six tries in five minutes', async () => {
  const { workspace, before } = await changedWorkspace();
  const fault = { status: 503, body: 'html' };
  await workspace.simulator('POST', '/faults', { match: CUSTOMERS, skip: 1, times: 1000, fault });
  const waits: number[] = [];
  const run = await runSync(workspace, {
    ...PAGES_OF_3,
    onWait: (milliseconds) => void waits.push(milliseconds / 1000),
  });
  expect(run.outcome).toBeInstanceOf(Error);
  expect(waits).toEqual([10, 20, 40, 80, 160]);
  expect(await lastError(workspace)).toMatch(
    new RegExp(
      `^ServiceTitan failed on ${LIST.source} with 503: the fault is on its side, and the sync tries again by itself; if it lasts, open a case with ServiceTitan\\.$`,
    ),
  );
  await expectCursorKept(workspace, before);
  // The first page was written before; it costs no write the next time.
  expect((await workspace.state()).last_sync_updated).toBe(3);
  await expectNextTickHeals(workspace);
});

test('a ServiceTitan that does not answer is given up after 100 s a call, from the third attempt on 15 s, six times', async () => {
  const { workspace, before } = await changedWorkspace();
  await addFault(workspace, CUSTOMERS, { delayMs: 1000 }, 100);
  const asked = vi.spyOn(AbortSignal, 'timeout');
  let waits = 0;
  try {
    const run = await runSync(workspace, {
      // From here on a call has no time; before, the token was fetched.
      beforeStep: (name) => {
        if (name !== 'incremental-fetch') return;
        asked.mockImplementation((milliseconds) => shortened(milliseconds));
      },
      onWait: () => {
        waits += 1;
      },
    });
    expect(run.outcome).toBeInstanceOf(Error);
  } finally {
    asked.mockRestore();
  }
  expect(waits).toBe(5);
  expect(await lastError(workspace)).toMatch(
    /^ServiceTitan gave no answer in time to GET .*: the sync tries again by itself; if this lasts, ask for less/,
  );
  await expectCursorKept(workspace, before);
  await expectNextTickHeals(workspace);
});

/** 100 s are a tenth of a second, as are the 15 s of the third attempt on; all other times are as they are. */
function shortened(milliseconds: number): AbortSignal {
  const controller = new AbortController();
  setTimeout(
    () => controller.abort(new DOMException('The operation timed out.', 'TimeoutError')),
    milliseconds === 100_000 || milliseconds === 15_000 ? 100 : milliseconds,
  ).unref();
  return controller.signal;
}

test.for([
  [
    'a reset connection',
    { resetConnection: true },
    /^The connection to ServiceTitan failed on GET .*: the sync tries again by itself/,
  ],
  [
    'truncated JSON',
    { body: 'truncated' },
    /^ServiceTitan answered GET .* with 200 but not with whole JSON \(application\/json.*\): .* of which nothing is used; the sync tries again by itself\.$/,
  ],
  [
    'HTML with 200',
    { body: 'html' },
    /^ServiceTitan answered GET .* with 200 but not with whole JSON \(text\/html\): .* of which nothing is used; the sync tries again by itself\.$/,
  ],
  [
    'a token endpoint that is down',
    null,
    /^ServiceTitan failed on POST \/connect\/token with 503: the fault is on its side/,
  ],
] as const)('%s is tried again by the step, and writes nothing while it lasts', async ([, what, sentence]) => {
  const { workspace, before } = await changedWorkspace();
  const spoil = async (times: number) => {
    if (what) return addFault(workspace, CUSTOMERS, what, times);
    await addFault(workspace, { pathIncludes: '/connect/token' }, { status: 503, body: 'html' }, times);
    await addFault(workspace, CUSTOMERS, { revokeTokens: true, status: 401 }, 1);
  };
  await spoil(1000);
  const failed = await runSync(workspace, { trigger: 'cron' });
  expect([failed.outcome instanceof Error, failed.writes]).toEqual([true, 0]);
  expect(await lastError(workspace)).toMatch(sentence);
  await expectCursorKept(workspace, before);
  expect(await workspace.contacts()).toEqual(before.contacts);

  await workspace.simulator('DELETE', '/faults');
  await spoil(2);
  expect((await runSync(workspace, { trigger: 'cron' })).outcome).toEqual({ status: 'completed' });
  expect(await differences(workspace)).toEqual([]);
});

test('a window that ServiceTitan does not filter stops the run before its first write', async () => {
  // Those from outside the window come first by id.
  const { workspace, before } = await changedWorkspace({ customers: 18 });
  await addFault(workspace, CUSTOMERS, { ignoreFilters: true });
  const run = await runSync(workspace, PAGES_OF_3);
  expect([run.outcome instanceof Error, run.writes]).toEqual([true, 0]);
  expect(await lastError(workspace)).toMatch(
    /^ServiceTitan does not apply the filter modifiedOnOrAfter, .*: nothing of this page was written; open a case with ServiceTitan/,
  );
  await expectCursorKept(workspace, before);
  expect(await workspace.contacts()).toEqual(before.contacts);
  await expectNextTickHeals(workspace);
});

test('an export token that is refused is dropped, and its feed begun again', async () => {
  const { workspace } = await changedWorkspace();
  const token = async () => (await workspace.state()).contacts_continue_from;
  await workspace.supabase
    .from('servicetitan_sync_state')
    .update({ contacts_continue_from: 'a-token-that-is-none' })
    .eq('workspace_id', workspace.workspaceId);
  expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });
  expect(
    (await workspace.calls()).filter(({ path, status }) => path.endsWith('/contacts') && status === 400),
  ).toHaveLength(1);
  expect(await token()).not.toBe('a-token-that-is-none');
  expect(await differences(workspace)).toEqual([]);
});
