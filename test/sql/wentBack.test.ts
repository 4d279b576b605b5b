// R21: what a run was told that it has written is there, or the run is refused.
import { describe, expect, test } from 'vitest';
import { admin, call, type Row } from '../support/database.ts';
import { goBack, SYNC_TABLES, takeMoment } from '../support/goBack.ts';
import { contactOf, customer, phone } from './batches.ts';
import { begin, claim, connect, connectSynced, fenced, ledgerOf, type Run, startRun, stateOf } from './workspaces.ts';

const WENT_BACK = { code: 'PT409', message: 'went_back' };
const FIRST = { page: 0, chunks: 0 };
const COMMIT = { feed: 'initial_contacts', continue_from: 'token', done: false, read_at: null };

interface Part {
  page: number;
  chunk: number;
  before: { page: number; chunks: number };
  customers?: Row[];
  contact_methods?: Row[];
  rejected?: Row[];
  commit?: Row | null;
  closes?: { of: number; without: number[] };
}

const runOf = ({ workspaceId, instanceId, fence }: Run, { page, chunk, before, closes }: Part): Row => ({
  workspace_id: workspaceId,
  instance_id: instanceId,
  fence,
  page,
  part: String(chunk),
  before,
  ...(closes ? { closes } : {}),
});

function write(run: Run, part: Part): Promise<{ renormalize: Row[]; committed: boolean }> {
  const { customers = [], contact_methods = [], rejected = [], commit = null } = part;
  return call('sync_servicetitan_contacts', {
    p_batch: { run: runOf(run, part), customers, contact_methods, rejected, commit },
  });
}

/** Writes records `from`, … of the `of` of a chunk, a record each. */
function writeApart(run: Run, part: Part, from: number, of: number, items: Row[]): Promise<{ refused: Row[] }> {
  return call('sync_servicetitan_records_apart', {
    p_batch: {
      run: { ...runOf(run, part), from, of },
      customers: [],
      contact_methods: [],
      rejected: [],
      commit: null,
    },
    p_items: items,
  });
}
const item = (crmId: string, fields: Row = {}): Row => ({ customers: [customer(crmId, fields)], contact_methods: [] });
/** Only the database minds it. */
const bad = (crmId: string): Row => item(crmId, { address_latitude: 'north' });

/** What the state row says of pages, put back. */
const setPlace = ({ workspaceId }: Run, page: number, parts: string[]) =>
  admin`update public.servicetitan_sync_state set page = ${page}, parts = ${parts} where workspace_id = ${workspaceId}`;

const page1 = (chunk: number, fields: Partial<Part> = {}): Part => ({ page: 1, chunk, before: FIRST, ...fields });
const page2 = (chunks: number, fields: Partial<Part> = {}): Part => ({
  page: 2,
  chunk: 0,
  before: { page: 1, chunks },
  ...fields,
});

describe('R21: a page is refused', () => {
  test('where the one before it is not there at all', async () => {
    const run = await startRun(await connect());
    await expect(write(run, page2(1, { customers: [customer('1')] }))).rejects.toMatchObject(WENT_BACK);
    expect(await contactOf(run, '1')).toBeUndefined();
  });

  test('where one chunk of the page before is missing, whichever it is', async () => {
    const run = await startRun(await connect());
    for (const chunk of [2, 0, 1]) await write(run, page1(chunk));
    for (const held of [['0', '1'], ['0', '2'], ['1', '2'], []]) {
      await setPlace(run, 1, held);
      await expect(write(run, page2(3))).rejects.toMatchObject(WENT_BACK);
    }
  });

  test('where the page before had fewer chunks than the database holds', async () => {
    const run = await startRun(await connect());
    for (const chunk of [0, 1]) await write(run, page1(chunk));
    await expect(write(run, page2(1))).rejects.toMatchObject(WENT_BACK);
  });

  test.for([['servicetitan_sync_state'], ['servicetitan_sync_runs'], SYNC_TABLES])(
    'where the run has not begun yet, after a restore of %j to its claim',
    async (tables) => {
      const workspace = await connectSynced();
      const { instance_id: instanceId } = await claim(workspace, undefined, 'manual', { mode: 'initial' });
      const claimed = await takeMoment(workspace.workspaceId);
      const begun = await begin(workspace, instanceId);
      const run: Run = { ...workspace, instanceId, fence: Number(begun['fence']), begun };
      await goBack(claimed, tables);
      await expect(write(run, page1(0))).rejects.toMatchObject(WENT_BACK);
    },
  );

  test('where a part of it was halved, and one of the halves is missing', async () => {
    const run = await startRun(await connect());
    await setPlace(run, 1, ['0:0-249/500', '0:250-498/500', '1']);
    await expect(write(run, page2(2))).rejects.toMatchObject(WENT_BACK);
    await setPlace(run, 1, ['0:0-248/500', '0:250-499/500', '1']);
    await expect(write(run, page2(2))).rejects.toMatchObject(WENT_BACK);
  });
});

describe('R21: a page is written', () => {
  test('where all chunks of the one before are there, in whatever order they came and however often', async () => {
    const run = await startRun(await connect());
    for (const chunk of [2, 0, 2, 1, 0]) await write(run, page1(chunk));
    await write(run, page2(3, { customers: [customer('1')] }));
    await write(run, page2(3, { chunk: 1 }));
    await write(run, page2(3, { chunk: 1 }));
    expect(await contactOf(run, '1')).toBeDefined();
  });

  test('where halves cover the records of the one before', async () => {
    const run = await startRun(await connect());
    await setPlace(run, 1, ['0:250-499/500', '1', '0:0-249/500']);
    await write(run, page2(2));
  });

  test('behind a page whose step failed, be it there, in part, or not at all', async () => {
    for (const parts of [null, ['0'], ['0', '1']]) {
      const run = await startRun(await connect());
      await write(run, page1(0));
      if (parts) await setPlace(run, 2, parts);
      await write(run, { page: 3, chunk: 0, before: { page: 1, chunks: 1 } });
    }
  });

  test('for a Worker of an earlier version, which names no page before', async () => {
    const run = await startRun(await connect());
    const { before: _, ...old } = runOf(run, page2(1));
    const p_batch = { run: old, customers: [], contact_methods: [], rejected: [], commit: null };
    await call('sync_servicetitan_contacts', { p_batch });
  });
});

const ENDS: Record<string, (run: Run, p_place: Row) => Promise<unknown>> = {
  "a page's token": (run, p_place) => call('commit_servicetitan_page', { ...fenced(run), p_commit: COMMIT, p_place }),
  'the cursor': (run, p_place) => call('advance_servicetitan_cursor', { ...fenced(run), p_cursor: null, p_place }),
  'the hand-over': (run, p_place) =>
    call('continue_servicetitan_run', {
      ...fenced(run),
      p_successor_id: `${run.instanceId}-2`,
      p_checkpoint: null,
      p_pages: 1,
      p_calls: 1,
      p_place,
    }),
  completion: (run, p_place) =>
    call('complete_servicetitan_run', { ...fenced(run), p_commit: null, p_pages: 1, p_calls: 1, p_place }),
  'the end of the rechecks': (run, p_place) =>
    call('settle_servicetitan_rechecks', { ...fenced(run), p_asked: [], p_suspects: [], p_is_proven: true, p_place }),
};

test.for(Object.keys(ENDS))('R21: %s is refused where the last page is not there whole, else taken', async (end) => {
  const run = await startRun(await connect());
  for (const chunk of [0, 1]) await write(run, page1(chunk));
  const place = { page: 1, chunks: 2, next: 2 };
  const whole = await stateOf(run);
  for (const [page, parts] of [
    [1, ['1']],
    [0, []],
    [1, ['0', '1', '1~']],
  ] as const) {
    await setPlace(run, page, [...parts]);
    const before = await stateOf(run);
    await expect(ENDS[end]!(run, place)).rejects.toMatchObject(WENT_BACK);
    expect(await stateOf(run)).toEqual(before);
  }
  await setPlace(run, 1, whole['parts'] as string[]);
  await ENDS[end]!(run, place);
});

test('R21: a commit that travels with a chunk is refused where the chunks before it are not there', async () => {
  const run = await startRun(await connect());
  await write(run, page1(0));
  await expect(write(run, page1(2, { commit: COMMIT }))).rejects.toMatchObject(WENT_BACK);
  expect(await stateOf(run)).toMatchObject({ last_continue_from: null, parts: ['0'] });
  await write(run, page1(1));
  expect(await write(run, page1(2, { commit: COMMIT }))).toMatchObject({ committed: true });
  expect(await write(run, page1(2, { commit: COMMIT }))).toMatchObject({ committed: true });
});

describe('R21: a chunk written record by record', () => {
  const ids = (from: number, count: number) => Array.from({ length: count }, (_, at) => item(String(from + at)));
  const closes = { of: 60, without: [] };

  test('counts when all its records were written or refused, and leaves one name', async () => {
    const run = await startRun(await connect());
    const first = ids(1000, 30).with(3, bad('1003'));
    await writeApart(run, page1(0), 30, 60, ids(2000, 30));
    await writeApart(run, page1(0), 0, 60, first);
    await writeApart(run, page1(0), 0, 60, first);
    expect(await stateOf(run)).toMatchObject({ page: 1, parts: ['0:30-59/60', '0:0-29/60'] });
    await write(run, page1(0, { closes }));
    expect(await stateOf(run)).toMatchObject({ parts: ['0'] });
    await write(run, page2(1));
    expect(await ledgerOf(run.instanceId)).toMatchObject({ fetched: 59, created: 59 });
  });

  test('does not end where records of it were lost in between, and no page follows', async () => {
    const run = await startRun(await connect());
    await writeApart(run, page1(0), 0, 60, ids(1000, 30));
    const lost = await stateOf(run);
    await setPlace(run, 0, []);
    await writeApart(run, page1(0), 30, 60, ids(2000, 30));
    await expect(write(run, page1(0, { closes }))).rejects.toMatchObject(WENT_BACK);
    await expect(write(run, page2(1))).rejects.toMatchObject(WENT_BACK);
    expect(lost).toMatchObject({ parts: ['0:0-29/60'] });
  });

  test('counts where all its records were refused, or were found unreadable without a call', async () => {
    const run = await startRun(await connect());
    await writeApart(run, page1(0), 0, 3, [bad('1'), bad('2')]);
    await expect(write(run, page1(0, { closes: { of: 3, without: [] } }))).rejects.toMatchObject(WENT_BACK);
    await write(run, page1(0, { closes: { of: 3, without: [2] } }));
    await write(run, page2(1));
  });

  test('counts where a repeated call writes it whole', async () => {
    const run = await startRun(await connect());
    await writeApart(run, page1(0), 0, 60, ids(1000, 30));
    await write(run, page1(0, { customers: [customer('1000')] }));
    expect(await stateOf(run)).toMatchObject({ parts: ['0'] });
  });
});

describe('R21: phones that are still to be normalised', () => {
  const abroad = (crmId: string) => ({
    customers: [customer(crmId, { address_country: 'AUS', address_country_code: 'AU', methods_reread: true })],
    contact_methods: [phone(crmId, crmId)],
  });
  const normalize = (run: Run, p_run: Row, found: Row[]) =>
    call('renormalize_servicetitan_phones', {
      p_run,
      p_phones: found.map(({ id, crm_id, country_code }) => ({
        id,
        crm_id,
        country_code,
        home_country: 'US',
        usability: 'valid',
        normalized: '+61255501234',
      })),
      p_commit: null,
    });

  test('keep the chunk from counting until they are', async () => {
    const run = await startRun(await connect());
    const { renormalize } = await write(run, page1(0, abroad('7')));
    await expect(write(run, page2(1))).rejects.toMatchObject(WENT_BACK);
    await normalize(run, runOf(run, page1(0)), renormalize);
    await write(run, page2(1));
  });

  test('are refused where the chunk that they belong to is not there any more', async () => {
    const run = await startRun(await connect());
    const { renormalize } = await write(run, page1(0, abroad('7')));
    await setPlace(run, 0, []);
    await expect(normalize(run, runOf(run, page1(0)), renormalize)).rejects.toMatchObject(WENT_BACK);
  });

  test('hold up a chunk written record by record, but for those of customers set aside', async () => {
    const run = await startRun(await connect());
    const answer = await writeApart(run, page1(0), 0, 2, [abroad('7'), abroad('8')]);
    const { renormalize } = answer as unknown as { renormalize: Row[] };
    const of7 = renormalize.filter(({ crm_id }) => crm_id === '7');
    const closes = { of: 2, without: [] };
    await normalize(run, { ...runOf(run, page1(0)), part: '0:0-1/2' }, of7);
    await expect(write(run, page1(0, { closes }))).rejects.toMatchObject(WENT_BACK);
    const rejected = [{ crm_id: '8', feed: 'customers', reason: 'no', sqlstate: null }];
    await write(run, page1(0, { closes, rejected }));
    await write(run, page2(1));
  });
});

const LEDGER: Record<string, string> = {
  'was deleted': `delete from public.servicetitan_sync_runs where instance_id = $1`,
  'was put back to before the run began': `update public.servicetitan_sync_runs set status = 'queued' where instance_id = $1`,
  'shows another source': `update public.servicetitan_sync_runs set source = 'production/0' where instance_id = $1`,
  'shows another fence': `update public.servicetitan_sync_runs set fence = fence + 7 where instance_id = $1`,
};

test.for(Object.keys(LEDGER))('R21: a run whose ledger row %s ends, and the next one starts', async (harm) => {
  const run = await startRun(await connect());
  await admin.unsafe(LEDGER[harm]!, [run.instanceId]);
  await expect(write(run, page1(0, { customers: [customer('1')] }))).rejects.toMatchObject(WENT_BACK);
  expect(await contactOf(run, '1')).toBeUndefined();
  await call('fail_servicetitan_run', {
    p_workspace_id: run.workspaceId,
    p_instance_id: run.instanceId,
    p_code: 'database_went_back',
    p_error: 'What happened.',
    p_pages: 1,
    p_calls: 1,
  });
  expect(await stateOf(run)).toMatchObject({ run_instance_id: null, sync_status: 'failed' });
  await startRun(run);
});

test('R21: a state row whose source was changed ends the run before it writes under another name', async () => {
  const run = await startRun(await connect());
  await admin`update public.servicetitan_sync_state set source = 'production/0' where workspace_id = ${run.workspaceId}`;
  await expect(write(run, page1(0, { customers: [customer('1')] }))).rejects.toMatchObject(WENT_BACK);
  expect(await contactOf(run, '1')).toBeUndefined();
});

test('R21: a run that is not in the ledger does not begin', async () => {
  const workspace = await connect();
  const { instance_id: instanceId } = await claim(workspace);
  await admin`delete from public.servicetitan_sync_runs where instance_id = ${instanceId}`;
  await expect(begin(workspace, instanceId)).rejects.toMatchObject(WENT_BACK);
});
