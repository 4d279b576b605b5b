// What the hosted Data API answers to calls that are right: for a second, which costs one more try, or for good, which a person
// has to mend. Each has its row in docs/reliability.md.
import { afterEach, expect, test } from 'vitest';
import { readConfig, type SyncParams } from '../../../src/config.ts';
import { wakeUp } from '../../../src/schedule/wakeUp.ts';
import { createAlerts } from '../../../src/supabase/alerts.ts';
import { createSupabase } from '../../../src/supabase/client.ts';
import { createConnections } from '../../../src/supabase/connections.ts';
import { createTicks } from '../../../src/supabase/ticks.ts';
import { createLedger } from '../../../src/supabase/ledger.ts';
import { runSync } from '../../support/ring.ts';
import { differences } from '../../support/truth.ts';
import { changedWorkspace, expectCursorKept, expectNextTickHeals, lastError } from './changedWorkspace.ts';
import { type FrontOfSupabase, startFront } from './frontOfSupabase.ts';
import { DATA_API_ANSWERS, type HostedAnswer } from './hostedAnswers.ts';

/** In Denver. */
const NOON = new Date('2026-02-09T19:00:00Z');

let front: FrontOfSupabase | undefined;
afterEach(() => front?.stop());

const answers = Object.entries(DATA_API_ANSWERS) as [string, HostedAnswer][];

test.for(answers)('a Data API that answers %s once to each call costs each step one more try', async ([, answer]) => {
  const { workspace } = await changedWorkspace();
  front = await startFront(
    workspace.stack.supabaseUrl,
    () => null,
    (_, call) => (call === 1 ? answer : null),
  );
  const said: string[] = [];
  const run = await runSync(workspace, {
    ledgerBySettings: true,
    settings: { SUPABASE_URL: front.url },
    onWait: (_, text) => void said.push(text ?? ''),
  });
  expect(run.outcome).toEqual({ status: 'completed' });
  // What is told of a retry is told once, or not at all.
  const called = new Set(front.dataApiCalls.filter((name) => name !== 'note_servicetitan_retry'));
  expect([...called]).toContain('complete_servicetitan_run');
  // One try more for each name, by the step: no other layer asks again.
  expect(said.length).toBe(called.size);
  expect(said.filter((text) => /put a secret key|apply the migrations|Lucia/.test(text))).toEqual([]);
  expect(await differences(workspace)).toEqual([]);
  expect((await workspace.state()).last_error).toBeNull();
});

test.for([
  ['500 PGRST300', /code PGRST300\): the Data API has no secret to check keys with: see the JWT keys/],
  ['401 PGRST301', /code PGRST301\): .*that is no sign of a wrong key: see Supabase's status page/],
  ['401 PGRST302', /code PGRST302\): .*that is no sign of a wrong key: see Supabase's status page/],
  ['401 PGRST303', /code PGRST303\): .* clocks .*that is no sign of a wrong key: see Supabase's status page/],
  [
    '401 of the gateway',
    /\(status 401, code none\): put a secret key of this project into the Worker's SUPABASE_SECRET_KEY\.$/,
  ],
  ['404 PGRST202', /\(status 404, code PGRST202\): apply the migrations in supabase\/migrations to this project\.$/],
] as const)(
  'a Data API that answers %s again and again ends the run after seven tries, and the last says what to do',
  async ([name, sentence]) => {
    const { workspace, before } = await changedWorkspace();
    front = await startFront(
      workspace.stack.supabaseUrl,
      () => null,
      (called) => (called === 'begin_servicetitan_run' ? DATA_API_ANSWERS[name] : null),
    );
    const waits: [number, string][] = [];
    const run = await runSync(workspace, {
      ledgerBySettings: true,
      trigger: 'cron',
      settings: { SUPABASE_URL: front.url },
      onWait: (milliseconds, text) => void waits.push([milliseconds / 1000, text ?? '']),
    });
    expect(run.outcome).toBeInstanceOf(Error);
    expect(waits.map(([seconds]) => seconds)).toEqual([2, 4, 8, 16, 32, 64]);
    for (const [, text] of waits) expect(text).toMatch(/that may pass, and the sync tries again by itself\.$/);
    expect(await lastError(workspace)).toMatch(sentence);
    await expectCursorKept(workspace, before);
    await expectNextTickHeals(workspace);
  },
);

test.for(['401 PGRST303', '503 PGRST002', '504 PGRST003', '404 PGRST202', '522 HTML'] as const)(
  'a Data API that answers %s to a call of the tick is asked again, and every workspace is started',
  async (name) => {
    const { workspace } = await changedWorkspace();
    front = await startFront(
      workspace.stack.supabaseUrl,
      () => null,
      (_, call) => (call <= 2 ? DATA_API_ANSWERS[name] : null),
    );
    const created: string[] = [];
    const workflow = {
      createBatch: async ({ instances }: { instances: { id: string }[] }) => {
        created.push(...instances.map(({ id }) => id));
        return { created: [], errors: [] };
      },
    } as unknown as Workflow<SyncParams>;
    const config = readConfig({
      SUPABASE_URL: front.url,
      SUPABASE_SECRET_KEY: workspace.stack.secretKey,
      CREDENTIALS_KEY: workspace.stack.credentialsKey,
    });
    const supabase = createSupabase(config);
    const ledger = createLedger(supabase);
    const isDone = await wakeUp(
      {
        config,
        workflow,
        // Of the workspaces of all tests this one alone.
        ledger: {
          ...ledger,
          listWorkspaces: async (_, limit) => {
            const { workspaces } = await ledger.listWorkspaces(workspace.workspaceId.slice(0, -1), limit);
            const own = workspaces.filter(({ workspace_id }) => workspace_id === workspace.workspaceId);
            return { workspaces: own, next_after: null };
          },
        },
        connections: createConnections(supabase),
        alerts: createAlerts(supabase),
        ticks: createTicks(supabase, 'production'),
        isCatchUp: false,
        log: () => {},
        now: () => Date.now(),
        wait: async () => {},
      },
      NOON,
    );
    expect([isDone, created]).toEqual([true, [`sync-${workspace.workspaceId}-${NOON.getTime()}`]]);
    expect(front.dataApiCalls.filter((called) => called === 'list_servicetitan_workspaces')).toHaveLength(3);
  },
);
