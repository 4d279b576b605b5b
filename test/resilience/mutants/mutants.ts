// What must not be possible without a test turning red. Each breaks a rule of docs/rules.md.
import type { Mutant } from './mutate.ts';
import { PRODUCT_MUTANTS } from './productMutants.ts';

const readPages = { file: 'src/sync/readPages.ts' };
const exportFeeds = { file: 'src/sync/exportFeeds.ts' };
const incrementalSync = { file: 'src/sync/incrementalSync.ts' };
const customersWindow = { file: 'src/sync/customersWindow.ts' };
const readWindow = { file: 'src/sync/readWindow.ts' };
const filterCheck = { file: 'src/sync/filterCheck.ts' };
const syncStep = { file: 'src/sync/syncStep.ts' };
const customerContacts = { file: 'src/sync/customerContacts.ts' };
const writeBatch = { file: 'supabase/functions/servicetitan-contact-sync/writeBatch.ts' };
const toContactRow = { file: 'supabase/functions/servicetitan-contact-sync/toContactRow.ts' };
const writeCustomers = { sql: 'write_servicetitan_customers' };
const writeMethods = { sql: 'write_servicetitan_contact_methods' };
const syncContacts = { sql: 'sync_servicetitan_contacts' };
const beginRun = { sql: 'begin_servicetitan_run' };
const claimRuns = { sql: 'claim_servicetitan_runs' };
const holdLease = { sql: 'hold_servicetitan_lease' };

const LIST = "const asked = { modifiedOnOrAfter, page, pageSize, active: 'Any', sort: '+Id',";

export const MUTANTS: Mutant[] = [
  { name: 'sort by ModifiedOn', rule: 'R5', at: readWindow, edits: [[LIST, LIST.replace('+Id', '+ModifiedOn')]] },
  { name: 'drop active=Any', rule: 'R5', at: readWindow, edits: [[LIST, LIST.replace('Any', 'True')]] },
  {
    name: 'cursor = end time',
    rule: 'R4',
    at: customersWindow,
    edits: [['  return window.started_at;\n', '  return new Date(context.now()).toISOString();\n']],
  },
  {
    name: 'stop on a short page',
    rule: 'R5',
    at: readWindow,
    edits: [
      [
        'return toResult(whole, rows, {',
        'return toResult({ ...whole, hasMore: page.data.length === window.pageSize }, rows, {',
      ],
    ],
  },
  {
    name: 'move the cursor at the cap',
    rule: 'R6',
    at: customersWindow,
    edits: [
      [
        'await continueInSuccessor(context, { ...checkpointOf(window)',
        'await context.ledger.advanceCursor(context.run, window.started_at);\n      await continueInSuccessor(context, { ...checkpointOf(window)',
      ],
    ],
  },
  {
    name: 'drop the stale guard',
    rule: 'R2',
    at: writeCustomers,
    edits: [['or stored.crm_modified_on <= customer.crm_modified_on', 'or true']],
    tests: {
      file: 'test/rules/r2NothingOld.test.ts',
      why: 'a page is folded and the fence keeps other runs out, so this is the last of three walls',
    },
  },
  {
    name: 'drop the fence',
    rule: 'R8',
    at: holdLease,
    edits: [
      ['\n    and stored.run_instance_id = p_instance_id\n    and (p_fence is null or stored.fence = p_fence)', ''],
    ],
  },
  {
    name: 'drop the overlap',
    rule: 'R4',
    at: beginRun,
    edits: [['v_cursor - make_interval(secs => p_overlap_seconds)', 'v_cursor']],
  },
  {
    name: "ignore a customer's contacts on 409",
    rule: 'R9',
    at: customerContacts,
    edits: [
      [
        'result.refused.push({ customerId: id, reason: (error as SyncError).message, callFailed: true });',
        'result.byCustomer.set(id, []);',
      ],
    ],
    tests: {
      file: 'test/unit/sync/customerContacts.test.ts',
      title: 'one customer that is refused with 409 is set aside, the others arrive',
      why: 'the refusal of a history passes, and the overlap reads the customer once more',
    },
  },
  {
    name: 'give the successor a new start',
    rule: 'R6',
    at: customersWindow,
    edits: [
      [
        'begun.checkpoint ?? newWindow(begun)',
        'begun.checkpoint ? { ...begun.checkpoint, started_at: new Date(context.now()).toISOString() } : newWindow(begun)',
      ],
    ],
  },
  {
    name: 'count pages in another size',
    rule: 'R6',
    at: customersWindow,
    edits: [
      [
        'begun.checkpoint ?? newWindow(begun)',
        'begun.checkpoint ? { ...begun.checkpoint, page_size: begun.page_size } : newWindow(begun)',
      ],
    ],
  },
  {
    name: 'skip the fence check when writing',
    rule: 'R8',
    at: syncContacts,
    edits: [
      [
        ':= public.hold_servicetitan_lease(v_workspace_id, v_instance_id, v_fence);',
        ':= (select state from public.servicetitan_sync_state as state where state.workspace_id = v_workspace_id);',
      ],
    ],
  },
  {
    name: 'take over without a new fence',
    rule: 'R8',
    at: claimRuns,
    edits: [['fence = state.fence + 1,', 'fence = state.fence,']],
  },
  {
    name: 'stop on a quiet balance run',
    rule: 'R7',
    at: filterCheck,
    edits: [['  if (countOlder(await api.customers(asked), bound) === 0) return;\n', '']],
  },
  {
    name: 'replay a stored payload',
    rule: 'R10',
    at: { file: 'src/sync/quarantine.ts' },
    edits: [
      [
        'const page = await readById(serviceTitan, ids, poisoned);',
        'const page = (stored[ids.join()] ??= await readById(serviceTitan, ids, poisoned));',
      ],
      ['async function readQuarantined(', 'const stored: Record<string, never> = {};\nasync function readQuarantined('],
    ],
  },

  {
    name: 'no 15 minutes before the first incremental',
    rule: 'R12',
    at: { sql: 'advance_servicetitan_cursor' },
    edits: [["else initial_started_at end - interval '15 minutes'", 'else initial_started_at end']],
  },
  {
    name: 'the token runs ahead of the rows',
    rule: 'R12',
    at: syncStep,
    edits: [
      [
        'write(chunk, await page.readChunk(chunk), null)',
        'write(chunk, await page.readChunk(chunk), chunk === 0 ? commit : null)',
      ],
    ],
  },
  {
    name: 'keep a refused token',
    rule: 'R12',
    at: exportFeeds,
    edits: [['error.status === 400 && parameters.from', 'error.status === 418 && parameters.from']],
    tests: { file: 'test/run/initial.test.ts', why: 'the refusal of a history passes, and the next run asks again' },
  },
  {
    name: 'begin the initial sync anew with an old token',
    rule: 'R12',
    at: beginRun,
    edits: [
      [
        "when v_mode = 'initial' and initial_feed is null then least(p_started_at, now())",
        "when v_mode = 'initial' then least(p_started_at, now())",
      ],
    ],
    tests: {
      file: 'test/sql/initialSync.test.ts',
      why: 'the Date of the pages that are read again moves the start back',
    },
  },
  {
    name: 'apply a page after a later one',
    rule: 'R2',
    at: syncContacts,
    edits: [['if v_page < v_state.page then', 'if false then']],
  },
  {
    name: 'keep the first of equal modifiedOn',
    rule: 'R2',
    at: writeCustomers,
    edits: [
      ['or stored.crm_modified_on <= customer.crm_modified_on', 'or stored.crm_modified_on < customer.crm_modified_on'],
    ],
  },
  {
    name: 'keep the oldest of a page',
    rule: 'R2',
    at: { file: 'src/sync/toRows.ts' },
    edits: [['known.modified_on <= row.modified_on', 'known.modified_on >= row.modified_on']],
    tests: {
      file: 'test/unit/sync/toRows.test.ts',
      why: 'a row repeated in another state is mostly one that the window reads once more',
    },
  },
  {
    name: 'an old contact method wins',
    rule: 'R2',
    at: writeMethods,
    edits: [['or stored.modified_on <= item.modified_on', 'or true']],
  },
  {
    name: "let another tenant's rows guard",
    rule: 'R3',
    at: writeCustomers,
    edits: [
      [
        '            stored.crm_source is distinct from p_source\n            or stored.crm_modified_on is null',
        '            stored.crm_modified_on is null',
      ],
    ],
  },
  {
    name: 'keep the state of another tenant',
    rule: 'R3',
    at: beginRun,
    edits: [
      ['if v_state.source is distinct from v_source then', 'if v_state.source is null and v_source is not null then'],
    ],
  },
  {
    name: 'skip a page behind the checkpoint',
    rule: 'R6',
    at: customersWindow,
    edits: [['next_page: next!.page', 'next_page: next!.page + 1']],
  },
  {
    name: 'take the cap for the end',
    rule: 'R6',
    at: customersWindow,
    edits: [
      [
        '    if (isCapped) {\n      await continueInSuccessor(context, { ...checkpointOf(window), next_page: next!.page });\n      return null;\n    }\n',
        '',
      ],
    ],
  },
  {
    name: 'take "more follows" without a record for the end',
    rule: 'R5',
    at: readPages,
    edits: [
      [
        '  if (!isStuck(first)) return first;',
        '  if (isStuck(first)) return { ...first, hasMore: false };\n  return first;',
      ],
    ],
    tests: { file: 'test/rules/r5Paging.test.ts', why: 'the fault comes once, and seldom on the page that matters' },
  },
  {
    name: 'keep contact methods that are gone from the list',
    rule: 'R16',
    at: { sql: 'settle_servicetitan_rechecks' },
    edits: [['    set listed = false, missing_since = null,', '    set listed = true, missing_since = null,']],
    tests: {
      file: 'test/rules/r16TwoWitnesses.test.ts',
      title: 'a phone that is gone without a trace is taken after the second witness, and not before',
      why: 'in the simulated tenant the feed shows each of them switched off too',
    },
  },
  {
    name: 'take a phone that the second witness shows unreadably',
    rule: 'R16',
    at: { file: 'src/sync/recheck.ts' },
    edits: [['...(unreadIds.length === 0 ? {} :', '...(unreadIds.length >= 0 ? {} :']],
    tests: {
      file: 'test/rules/r16TwoWitnesses.test.ts',
      title: 'a phone that the second witness shows unreadably is not taken away',
      why: 'a list has to lack what another one shows unreadably',
    },
  },
  {
    name: 'forget a stamp in the future with its page',
    rule: 'R9',
    at: { sql: 'commit_servicetitan_page' },
    edits: [['v_state.contacts_past_future or coalesce(', 'coalesce(']],
    tests: {
      file: 'test/rules/r2Exception.test.ts',
      title: 'a contact stamped 2099 hides nothing where the feed goes on in a successor, or the run ends there',
      why: 'the stamp is seldom on a page that is not the last of the feed',
    },
  },
  {
    name: 'believe an empty list while a canary has one too',
    rule: 'R16',
    at: { file: 'src/sync/recheck.ts' },
    edits: [['(ask: Witness) => proofs.get(ask) ?? true;', '(ask: Witness) => ask !== null;']],
    tests: {
      file: 'test/rules/r16TwoWitnesses.test.ts',
      title: "a customer's own list that comes empty while somebody else's does too is not believed",
      why: 'both ways of asking have to be wrong, one after the other',
    },
  },
  {
    name: 'set aside for its own list in an outage',
    rule: 'R10',
    at: { file: 'src/sync/recheck.ts' },
    edits: [['    await askControl(error, control);\n', '']],
    tests: {
      file: 'test/rules/r10Rechecks.test.ts',
      title: 'an outage of the own lists counts against nobody',
      why: 'the outages of a history end before the third attempt, or last for the whole of the list',
    },
  },
  {
    name: 'every row of the contacts feed is active',
    rule: 'R9',
    at: exportFeeds,
    edits: [['active: contact.active === null ? active : contact.active', 'active: active ?? contact.active']],
  },
  {
    name: 'ask nobody about a contact that is new under its customer and known under another',
    rule: 'R9',
    at: writeMethods,
    edits: [["v_shared, 'shared', now()", "'{}', 'shared', now()"]],
    tests: {
      file: 'test/sql/contactsFeed.test.ts',
      why: 'the feed shows each customer of a shared contact',
    },
  },
  {
    name: 'do not store where the contacts feed goes on',
    rule: 'R9',
    at: { sql: 'commit_servicetitan_page' },
    edits: [['    set contacts_continue_from = v_token,', '    set contacts_continue_from = contacts_continue_from,']],
    tests: {
      file: 'test/rules/r9Contacts.test.ts',
      why: 'reading the whole feed on every run is slow and loses nothing',
    },
  },
  {
    name: 'set one record aside and forget the rest',
    rule: 'R10',
    at: writeBatch,
    edits: [['refuse(some[at]!, toRefusal(', 'refuse(some[0]!, toRefusal(']],
    tests: {
      file: 'test/function/writeBatch.test.ts',
      why: 'what a history spoils is found before the database is asked',
    },
  },
  {
    name: 'set aside in an outage',
    rule: 'R10',
    at: customerContacts,
    edits: [['        await askControl(error, contactsControl(serviceTitan, suspects));\n', '']],
    tests: {
      file: 'test/rules/r10OneBadRecord.test.ts',
      title: 'that begins while ids are asked one by one sets nobody aside',
      why: 'the outages of a history end before the third attempt, or last for the whole of the list',
    },
  },
  {
    name: 'go around a page in an outage',
    rule: 'R10',
    at: readPages,
    edits: [['    await askControl(error, control);\n', '']],
    tests: {
      file: 'test/rules/r10OneBadRecord.test.ts',
      title: 'of the customers list keeps its page whole',
      why: 'the outages of a history end before the third attempt, or last for the whole of the list',
    },
  },
  {
    name: 'hand over inside of a page',
    rule: 'R6',
    at: customersWindow,
    edits: [['canHandOver: ({ size }) => size === window.page_size,', 'canHandOver: () => true,']],
    tests: {
      file: 'test/rules/r10OneBadRecord.test.ts',
      title: 'does not keep a window from going on in a successor (R6)',
      why: 'no record of a history breaks its page for good',
    },
  },
  {
    name: 'leave what a broken batch held unread',
    rule: 'R10',
    at: { file: 'src/sync/followExport.ts' },
    edits: [['spans: [{ from: base, until: end }], until };', 'spans: [], until };']],
    tests: {
      file: 'test/rules/r10OneBadRecord.test.ts',
      title: 'of the live contacts feed is passed over by date, and the lists bring the others',
      why: 'no record of a history breaks its batch for good',
    },
  },
  {
    name: 'a later part that fails ends the run',
    rule: 'R10',
    at: { file: 'src/sync/laterParts.ts' },
    edits: [["if (code === 'superseded') throw error;", 'throw error;']],
    tests: {
      file: 'test/rules/r10OneBadRecord.test.ts',
      title: 'has an outage end its part with a doubt, and the run completes',
      why: 'in a history no outage lasts through the attempts of a later part',
    },
  },
  {
    name: 'blame the database on a record',
    rule: 'R10',
    at: { file: 'supabase/functions/servicetitan-contact-sync/database.ts' },
    edits: [['const isOfRecord = !OF_THE_DATABASE.test(code) ||', 'const isOfRecord = true ||']],
    tests: {
      file: 'test/function/writeBatch.test.ts',
      title: 'a deadlock is not blamed on a record',
      why: 'a fault of a history ends before the record is asked for alone',
    },
  },
  {
    name: 'never try the quarantine again',
    rule: 'R10',
    at: incrementalSync,
    edits: [['  await runLaterParts(', '  if (ending === undefined) await runLaterParts(']],
  },
  {
    name: 'drop a bad row of the contacts feed',
    rule: 'R10',
    at: exportFeeds,
    edits: [["rejected: page.rejected.map((rejected) => toRejectedRow('contacts', rejected)),", 'rejected: [],']],
    tests: {
      file: 'test/rules/r10Quarantine.test.ts',
      why: 'at rest all are well again, and the feed shows a contact that was mended once more',
    },
  },
  {
    name: 'clear the quarantine without having read the contacts',
    rule: 'R10',
    at: syncContacts,
    edits: [["(error.feed = 'customers' or error.crm_id = any (v_reread))", 'true']],
    tests: {
      file: 'test/sql/quarantine.test.ts',
      why: 'the row has to be bad in the feed and its customer unread in the same run',
    },
  },
  {
    name: 'clear the quarantine by any page that shows the customer',
    rule: 'R10',
    at: syncContacts,
    edits: [["if (p_batch ->> 'retries_quarantined')::boolean then", 'if true then']],
    tests: {
      file: 'test/sql/quarantine.test.ts',
      why: 'a page has to show a customer as it was right after another showed it unreadable',
    },
  },
  {
    name: 'write identical contacts',
    rule: 'R11',
    at: writeCustomers,
    edits: [
      [
        '            stored.metadata\n          ) is distinct from (',
        '            stored.metadata || \'{"again": 1}\'\n          ) is distinct from (',
      ],
      [
        'stored.crm_modified_on, stored.metadata\n    ) is distinct from (',
        'stored.crm_modified_on, stored.metadata || \'{"again": 1}\'\n    ) is distinct from (',
      ],
    ],
  },
  {
    name: 'write identical contact methods',
    rule: 'R11',
    at: writeMethods,
    edits: [['  where (resolved.before).id is null', '  where true or (resolved.before).id is null']],
  },
  {
    name: 'forget whom a customer was merged into',
    rule: 'R13',
    at: toContactRow,
    edits: [['merged_to_crm_id: customer.merged_to_id,', 'merged_to_crm_id: null,']],
  },
  {
    name: 'leave deactivated customers active',
    rule: 'R13',
    at: toContactRow,
    edits: [['    active: customer.active,', '    active: true,']],
  },
  {
    name: 'a page of the feed is not written before the next is asked for',
    rule: 'R12',
    at: syncStep,
    edits: [
      ['  if (page.records === 0) return;', '  if (page.records === 0 || (commit !== null && !commit.done)) return;'],
    ],
  },
  {
    name: 'ignore the time that ServiceTitan answered with',
    rule: 'R4',
    at: customersWindow,
    edits: [['if (fetched.date !== null) window.started_at = earlier(window.started_at, fetched.date);', '']],
    tests: { file: 'test/run/incremental.test.ts', why: 'the overlap covers clocks that differ by less than it' },
  },
  {
    name: 'do not look whether the filter is applied',
    rule: 'R7',
    at: readWindow,
    edits: [['  await checkFilter(serviceTitan.api, page, window, now);\n', '']],
    tests: {
      file: 'test/resilience/faults/serviceTitan.test.ts',
      why: 'an unfiltered list holds all that a filtered one does',
    },
  },
  {
    name: 'start an instance id twice',
    rule: 'R14',
    at: claimRuns,
    edits: [["        when run.instance_id is not null then 'already_started'\n", '']],
    tests: {
      file: 'test/rules/r14Ticks.test.ts',
      why: 'the ledger refuses a second row of one id, and the next tick comes',
    },
  },
  {
    name: 'no lease over a wait',
    rule: 'R8',
    at: { file: 'src/sync/fetchStep.ts' },
    edits: [['        await context.ledger.hold(context.run, waitMs / 1000);\n', '']],
    tests: {
      file: 'test/rules/r8OneLiveRun.test.ts',
      why: 'a run that is taken over in its sleep is late, and nothing is lost',
    },
  },
  {
    name: 'empty what can not be read',
    rule: 'R20',
    at: { file: 'src/serviceTitan/fields.ts' },
    edits: [['    return taken;', '    return taken ?? (null as Value);']],
    tests: {
      file: 'test/rules/r20Steering.test.ts',
      why: 'at rest all are well again, and what was emptied is read once more',
    },
  },
  {
    name: 'round ids that are too long for a double',
    rule: 'R20',
    at: { file: 'src/serviceTitan/request.ts' },
    edits: [['    return parseExactJson(text);', '    return JSON.parse(text);']],
    tests: { file: 'test/unit/serviceTitan/exactJson.test.ts', why: 'the simulated tenant has no such ids' },
  },
  {
    name: 'take a contact method that can not be read for gone',
    rule: 'R20',
    at: { sql: 'fill_servicetitan_methods' },
    edits: [['      or stored.method is not null', '']],
    tests: {
      file: 'test/sql/unreadable.test.ts',
      why: 'at rest all are well again, and the method is read once more',
    },
  },
  {
    name: 'keep what a customer of another tenant has left',
    rule: 'R20',
    at: writeCustomers,
    edits: [['        and coalesce(stored.crm_source, p_source) = p_source\n', '']],
    tests: {
      file: 'test/sql/unreadable.test.ts',
      why: 'the two tenants of a history have no ids in common that are spoilt',
    },
  },
  ...PRODUCT_MUTANTS,
];
