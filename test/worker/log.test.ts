// What a run leaves in the log, and what /status tells of its steps.
import { expect, onTestFinished, test, vi } from 'vitest';
import type { ContactRecord, CustomerRecord } from '../../local/serviceTitan/tenant/records.ts';
import { createWorkspace } from '../support/workspace.ts';
import { call, TOKEN, waitForRun } from './call.ts';

/** Every line that is logged from now on to the end of the test. */
function listen(): string[] {
  const lines: string[] = [];
  const spies = (['log', 'warn', 'error'] as const).map((level) =>
    vi.spyOn(console, level).mockImplementation((...said: unknown[]) => void lines.push(said.join(' '))),
  );
  onTestFinished(() => spies.forEach((spy) => spy.mockRestore()));
  return lines;
}

const STEPS = [
  'get-credentials',
  'update-status',
  'contacts-fetch',
  'contacts-sync',
  'export-fetch',
  'export-sync',
  'update-cursor',
  'tag-types-fetch',
  'tag-types-sync',
  'update-completed',
];

test('each step of a run is logged at its start and its end, by run, workspace and attempt, and told by /status', async () => {
  const { workspaceId, tenantId, simulator } = await createWorkspace({ customers: 7 });
  const lines = listen();
  const { body } = await call({ method: 'POST', path: '/trigger', body: { workspaceId, tenantId } });
  const { instanceId } = body;
  const finished = await waitForRun(instanceId);

  const logged = lines.map((line) => JSON.parse(line)).filter((entry) => entry.instanceId === instanceId);
  const of = (event: string) => logged.filter((entry) => entry.event === event);
  expect(of('step_started').map(({ step }) => step)).toEqual(STEPS);
  expect(of('step_ended').map(({ step }) => step)).toEqual(STEPS);
  for (const entry of of('step_ended')) {
    expect(entry).toMatchObject({ workspaceId, attempt: 1, ms: expect.any(Number) });
  }
  expect(of('page_read').find(({ step }) => step === 'export-fetch')).toMatchObject({ records: 7, hasMore: false });
  expect(of('step_ended').find(({ step }) => step === 'export-sync')).toMatchObject({ records: 7, chunks: 1 });

  expect(finished.steps.map(({ name }: { name: string }) => name)).toEqual(STEPS);
  expect(finished.steps[2]).toEqual({
    name: 'contacts-fetch',
    status: 'completed',
    attempts: 1,
    startedAt: expect.stringMatching(/Z$/),
    durationSeconds: expect.any(Number),
  });
  expect(finished.progress).toMatchObject({ steps: STEPS.length, expected: 7 });

  const { customers, contacts } = await simulator<{ customers: CustomerRecord[]; contacts: ContactRecord[] }>(
    'GET',
    '/world',
  );
  const text = lines.join('\n');
  for (const { name, address } of customers)
    for (const value of [name, address?.street]) expect(text).not.toContain(value);
  for (const { value } of contacts) expect(text).not.toContain(value);
  expect(text).not.toContain(TOKEN);
});

test('a step that fails is logged with its reason and its next attempt', async () => {
  const { workspaceId, tenantId } = await createWorkspace({ customers: 3, scopes: ['tn.jpm.jobs:r'] });
  const lines = listen();
  const { body } = await call({ method: 'POST', path: '/trigger', body: { workspaceId, tenantId } });
  const finished = await waitForRun(body.instanceId);
  const failed = lines
    .map((line) => JSON.parse(line))
    .filter(({ event, instanceId }) => event === 'step_failed' && instanceId === body.instanceId);
  expect(failed).toMatchObject([
    { step: 'contacts-fetch', attempt: 1, isFinal: true, message: expect.stringMatching(/^\[\w+\] .*403/) },
  ]);
  expect(finished.steps.find(({ name }: { name: string }) => name === 'contacts-fetch')).toMatchObject({
    status: 'failed',
  });
  expect(finished.steps.at(-1)).toMatchObject({ name: 'update-failed', status: 'completed' });
});
