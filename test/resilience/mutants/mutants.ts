// What must not be possible without a test turning red. Each breaks a rule of docs/rules.md.
import type { Mutant } from './mutate.ts';
import { PASS_MUTANTS } from './passMutants.ts';
import { PRODUCT_MUTANTS } from './productMutants.ts';
import { TOLD_MUTANTS } from './toldMutants.ts';

const readPages = { file: 'src/sync/readPages.ts' };
const exportFeeds = { file: 'src/sync/exportFeeds.ts' };
const incrementalSync = { file: 'src/sync/incrementalSync.ts' };
const customersWindow = { file: 'src/sync/customersWindow.ts' };
const readWindow = { file: 'src/sync/readWindow.ts' };
const windowSeen = { file: 'src/sync/windowSeen.ts' };
const filterCheck = { file: 'src/sync/filterCheck.ts' };
const syncStep = { file: 'src/sync/syncStep.ts' };
const customerContacts = { file: 'src/sync/customerContacts.ts' };
const writeBatch = { file: 'supabase/functions/servicetitan-contact-sync/writeBatch.ts' };
const toContactRow = { file: 'supabase/functions/servicetitan-contact-sync/toContactRow.ts' };
const writeCustomers = { sql: 'write_servicetitan_customers' };
const writeMethods = { sql: 'write_servicetitan_contact_methods' };
const syncContacts = { sql: 'sync_servicetitan_contacts' };
const beginRun = { sql: 'begin_servicetitan_run' };
const claimRun = { sql: 'claim_servicetitan_run' };
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
        ':= public.hold_servicetitan_page(v_run);',
        ':= (select state from public.servicetitan_sync_state as state where state.workspace_id = v_workspace_id);',
      ],
    ],
  },
  {
    name: 'take over without a new fence',
    rule: 'R8',
    at: claimRun,
    edits: [['v_fence := public.next_servicetitan_fence(v_workspace_id);', 'v_fence := v_state.fence;']],
  },
  {
    name: "a fence from the state's own row alone",
    rule: 'R8',
    at: { sql: 'next_servicetitan_fence' },
    edits: [['run.workspace_id = p_workspace_id and run.fence < c_most', 'false']],
    tests: { file: 'test/sql/ownTables.test.ts', why: 'a state row put back without its ledger is a table harmed' },
  },
  {
    name: 'one transaction for all claims',
    rule: 'R14',
    at: { sql: 'claim_servicetitan_runs' },
    edits: [['      when others then', '      when division_by_zero then']],
    tests: { file: 'test/sql/ownTables.test.ts', why: 'histories have one workspace' },
  },
  {
    name: 'a lease without an end',
    rule: 'R8',
    at: { sql: 'is_servicetitan_lease_live' },
    edits: [[" and p_alive_until <= now() + interval '2 hours'", '']],
    tests: { file: 'test/sql/ownTables.test.ts', why: 'no history writes nonsense into a lease' },
  },
  {
    name: "judge another Worker's run",
    rule: 'R8',
    at: claimRun,
    edits: [['  elsif v_is_alive and v_state.deployment <> p_deployment then', '  elsif false then']],
    tests: { file: 'test/rules/r8OtherWorker.test.ts', why: 'histories have one Worker' },
  },
  {
    name: 'a page before that is not asked for',
    rule: 'R21',
    at: { sql: 'hold_servicetitan_page' },
    edits: [
      [
        "    perform public.check_servicetitan_place(v_state, (p_run -> 'before') || jsonb_build_object('next', v_page));\n",
        '',
      ],
    ],
    tests: { file: 'test/rules/r21GoesBack.test.ts', why: 'only a database that goes back shows it' },
  },
  {
    name: 'a chunk that counts by half of its records',
    rule: 'R21',
    at: { sql: 'is_servicetitan_part_whole' },
    edits: [['sized[1]::integer))', 'sized[1]::integer / 2))']],
    tests: { file: 'test/sql/wentBack.test.ts', why: 'only a database that goes back shows it' },
  },
  {
    name: 'a chunk that ends without its records',
    rule: 'R21',
    at: { sql: 'enter_servicetitan_part' },
    edits: [["  elsif jsonb_typeof(p_closes) = 'object' then", '  elsif false then']],
    tests: { file: 'test/sql/wentBack.test.ts', why: 'only a database that goes back shows it' },
  },
  {
    name: 'phones that nobody waits for',
    rule: 'R21',
    at: { sql: 'enter_servicetitan_part' },
    edits: [["case when p_outstanding then array[p_part || '~'] else '{}' end", "'{}'::text[]"]],
    tests: { file: 'test/sql/wentBack.test.ts', why: 'only a database that goes back shows it' },
  },
  {
    name: 'a page counted from the begin',
    rule: 'R21',
    at: claimRun,
    edits: [['    page = -1,\n', '    page = 0,\n']],
    tests: { file: 'test/sql/wentBack.test.ts', why: 'only a database that goes back shows it' },
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
    edits: [['[400, 404, 410, 422].includes(', '[418].includes(']],
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
    at: { sql: 'hold_servicetitan_page' },
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
        '    if (isCapped) {\n      await continueInSuccessor(context, { ...checkpointOf(window), next_page: next!.page }, passed);\n      return null;\n    }\n',
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
    at: { sql: 'take_servicetitan_methods' },
    edits: [['  set listed = false, missing_since = null,', '  set listed = true, missing_since = null,']],
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
    edits: [['proofs.get(one.due.ask)!.isGood ?? true', 'true']],
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
    edits: [['        await askControl(error, controls);\n', '']],
    tests: {
      file: 'test/rules/r10Rechecks.test.ts',
      title: 'an outage of the own lists counts against nobody',
      why: 'the outages of a history end before the third attempt, or last for the whole of the list',
    },
  },
  {
    name: 'take away by what an earlier run lacked, where this one could not read',
    rule: 'R16',
    at: { sql: 'judge_servicetitan_removals' },
    edits: [['recheck.read_in = p_instance_id and (', 'true and (']],
    tests: {
      file: 'test/rules/r16Removals.test.ts',
      title: 'what it lacked twice is not believed because others answer again, while its own reading fails',
      why: 'an outage of both ways has to end while one list goes on failing',
    },
  },
  {
    name: 'ask the same canaries in every run',
    rule: 'R16',
    at: { sql: 'choose_servicetitan_canaries' },
    edits: [['abs(hashtextextended(p_instance_id, 0)::numeric) / 9223372036854775808 + v_turn', 'v_turn']],
    tests: {
      file: 'test/rules/r16Canary.test.ts',
      title: 'is not the same customer in every run',
      why: 'one of the same few has to lose its methods without a trace',
    },
  },
  {
    name: 'forget a canary that came empty',
    rule: 'R16',
    at: { file: 'src/sync/canary.ts' },
    edits: [['      if (!isGood) suspects.push(id);\n', '']],
    tests: {
      file: 'test/rules/r16Canary.test.ts',
      title: 'a canary whose list comes empty, or fails, is asked about itself, and what it has lost goes too',
      why: 'the feed shows it too, so the contacts come right at rest',
    },
  },
  {
    name: 'leave a phone switched off that the older version shows switched on',
    rule: 'R2',
    at: writeMethods,
    edits: [['is_newer.yes or is_confirmed.yes then', 'is_newer.yes then']],
    tests: {
      file: 'test/rules/r2GoesBack.test.ts',
      title: 'that was switched off with a stamp of 2099, and is mended',
      why: 'a phone has to be switched off with a wrong stamp, and on again with a right one',
    },
  },
  {
    name: 'take an e-mail along with the phone that goes',
    rule: 'R16',
    at: { sql: 'take_servicetitan_methods' },
    edits: [['when point.email is null and not v_email_is_gone', 'when false']],
    tests: {
      file: 'test/rules/r16Removals.test.ts',
      title: 'a phone that goes by two witnesses takes no e-mail along that only one has lacked',
      why: 'our own row of the e-mail has to be lost just while the phone goes',
    },
  },
  {
    name: 'end all removals with the one that the product refuses',
    rule: 'R16',
    at: { sql: 'settle_servicetitan_rechecks' },
    edits: [['if public.is_servicetitan_outage(sqlstate, sqlerrm) then', 'if true then']],
    tests: {
      file: 'test/rules/r16Removals.test.ts',
      title: 'a check of the product that one removal breaks keeps nobody else’s removal',
      why: 'the histories have no product of their own',
    },
  },
  {
    name: 'take for gone whom a list of ids cuts off',
    rule: 'R10',
    at: { file: 'src/sync/askByIds.ts' },
    edits: [['if (ids.length === 1) return join(page', 'if (ids.length > 0) return join(page']],
    tests: {
      file: 'test/rules/r10ById.test.ts',
      title: 'the quarantine lets those go that are well though only the first 25 of a list of ids are honoured',
      why: 'a history has not so many bad customers at once',
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
    at: { file: 'src/sync/exportPlace.ts' },
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
    edits: [["if (code === 'superseded' || code === 'database_went_back') throw error;", 'throw error;']],
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
    edits: [['    quarantinePart(begun),\n', '']],
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
    at: claimRun,
    edits: [['  elsif v_run.instance_id is not null then', '  elsif false then']],
    tests: {
      file: 'test/rules/r14Ticks.test.ts',
      why: 'the ledger refuses a second row of one id, and the next tick comes',
    },
  },
  {
    name: 'make no call of a tick again',
    rule: 'R14',
    at: { file: 'src/schedule/retrying.ts' },
    edits: [['const PAUSES_MS = [1_000, 4_000, 15_000];', 'const PAUSES_MS: number[] = [];']],
    tests: {
      file: 'test/unit/schedule/wakeUp.test.ts',
      title: 'R14: a call of "list" that fails three times costs the tick twenty seconds and no more',
      why: 'the list of a history that fails once is asked for by the next tick',
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
  {
    name: 'store a cursor that is later than now',
    rule: 'R4',
    at: { sql: 'advance_servicetitan_cursor' },
    edits: [['greatest(last_modified_cursor, least(p_cursor, now()))', 'greatest(last_modified_cursor, p_cursor)']],
    tests: {
      file: 'test/sql/cursor.test.ts',
      why: "the database of a history has the real time, which is later than the history's",
    },
  },
  {
    name: 'believe a Worker that is ahead of the database',
    rule: 'R4',
    at: beginRun,
    edits: [["'started_at')::timestamptz, least(p_started_at, now()))", "'started_at')::timestamptz, p_started_at)"]],
    tests: {
      file: 'test/sql/cursor.test.ts',
      why: "the database of a history has the real time, which is later than the history's",
    },
  },
  {
    name: 'read on from a cursor in the future',
    rule: 'R4',
    at: beginRun,
    edits: [['if v_cursor > now() then', 'if false then']],
    tests: {
      file: 'test/rules/r4Clocks.test.ts',
      why: "the database of a history has the real time, which is later than the history's",
    },
  },
  {
    name: 'go on with a checkpoint of the future',
    rule: 'R4',
    at: beginRun,
    edits: [
      [
        "(checkpoint ->> 'started_at')::timestamptz) <= now()",
        "(checkpoint ->> 'started_at')::timestamptz) is not null",
      ],
    ],
    tests: {
      file: 'test/rules/r4Clocks.test.ts',
      why: "the database of a history has the real time, which is later than the history's",
    },
  },
  {
    name: 'take a list that ended early for whole',
    rule: 'R5',
    at: windowSeen,
    edits: [['read === null || read >= told', 'read === null || read >= 0']],
    tests: { file: 'test/rules/r5Counts.test.ts', why: 'a doubt is no fault of the contacts' },
  },
  {
    name: 'forget what was told at the hand-over',
    rule: 'R6',
    at: customersWindow,
    edits: [
      [
        '  return { modified_on_or_after, page_size, next_page, started_at, seen };',
        '  return { modified_on_or_after, page_size, next_page, started_at, seen: { ...seen, told: null } };',
      ],
    ],
    tests: { file: 'test/rules/r5Counts.test.ts', why: 'a doubt is no fault of the contacts' },
  },
  {
    name: 'read nothing back where the window shrank',
    rule: 'R5',
    at: readWindow,
    edits: [['let shrunk = before.total - totalCount;', 'let shrunk = 0 * totalCount;']],
    tests: { file: 'test/rules/r5Counts.test.ts', why: 'nobody leaves a window of a history' },
  },
  {
    name: 'count the window once',
    rule: 'R5',
    at: readWindow,
    edits: [['includeTotal: true } as const;', 'includeTotal: page === 1 } as const;']],
    tests: { file: 'test/rules/r5Counts.test.ts', why: 'nobody leaves a window of a history' },
  },
  {
    name: 'believe that ids ascend within a page',
    rule: 'R5',
    at: windowSeen,
    edits: [['facts.isAscending && isBehind(facts, grown)', 'isBehind(facts, grown)']],
    tests: { file: 'test/rules/r5Counts.test.ts', why: 'a doubt is no fault of the contacts' },
  },
  {
    name: 'believe that ids ascend over pages',
    rule: 'R5',
    at: windowSeen,
    edits: [['facts.isAscending && isBehind(facts, grown)', 'facts.isAscending']],
    tests: { file: 'test/rules/r5Counts.test.ts', why: 'a doubt is no fault of the contacts' },
  },
  {
    name: 'believe the page size',
    rule: 'R5',
    at: windowSeen,
    edits: [['if (facts.pageSize < size) {', 'if (facts.pageSize < 0 * size) {']],
    tests: { file: 'test/rules/r5Counts.test.ts', why: 'a doubt is no fault of the contacts' },
  },
  {
    name: 'a page size that is refused ends the run',
    rule: 'R6',
    at: { file: 'src/sync/control.ts' },
    edits: [
      ['return error instanceof RequestError || error instanceof TimeoutError', 'return error instanceof TimeoutError'],
    ],
    tests: { file: 'test/rules/r6Checkpoint.test.ts', why: 'a history has no such page size' },
  },
  {
    name: 'try a page size that is not served again and again',
    rule: 'R6',
    at: customersWindow,
    edits: [['if (window.served > 0 && !window.hasUnread) window.page_size = window.served;', '']],
    tests: { file: 'test/rules/r6Checkpoint.test.ts', why: 'a history has no such page size' },
  },
  {
    name: 'take a customer of the future for a filter that is not applied',
    rule: 'R7',
    at: filterCheck,
    edits: [
      [
        'return stampsOf(page).filter((stamp) => stamp < oldest).length;',
        "return stampsOf(page).filter((stamp) => stamp < oldest || stamp > '2098').length;",
      ],
    ],
    tests: {
      file: 'test/rules/r7Filter.test.ts',
      why: 'a customer of a history that is stamped so has its balance moved with the others',
    },
  },
  {
    name: 'read a page again and again',
    rule: 'R19',
    at: windowSeen,
    edits: [['if (facts.print !== null && seen.pages.includes(facts.print) &&', "if (facts.print === '' &&"]],
    tests: { file: 'test/rules/r19Ends.test.ts', why: 'no list of a history goes round in a circle' },
  },
  {
    name: 'read a window without an end',
    rule: 'R19',
    at: windowSeen,
    edits: [['if (facts.hasMore && after.rows > 3 * customers + ROWS_BEYOND) {', 'if (facts.rows < -customers) {']],
    tests: { file: 'test/rules/r19Ends.test.ts', why: 'no list of a history goes round in a circle' },
  },
  {
    name: 'complete a run of which a part was stopped',
    rule: 'R19',
    at: { file: 'src/sync/syncWorkspace.ts' },
    edits: [['  throwIfStopped(begunContext);\n', '']],
    tests: { file: 'test/rules/r19Ends.test.ts', why: 'no list of a history goes round in a circle' },
  },
  {
    name: 'a part that is stopped ends the run',
    rule: 'R19',
    at: incrementalSync,
    edits: [
      [
        'await unlessStopped(context, () => syncModifiedCustomers(context, begun));',
        'await syncModifiedCustomers(context, begun);',
      ],
    ],
    tests: { file: 'test/rules/r19Ends.test.ts', why: 'no list of a history goes round in a circle' },
  },
  {
    name: 'go on in the circle where the run stopped',
    rule: 'R19',
    at: { sql: 'fail_servicetitan_run' },
    edits: [["case when p_code <> 'reading_stopped' then checkpoint end", 'checkpoint']],
    tests: { file: 'test/rules/r19Ends.test.ts', why: 'no list of a history goes round in a circle' },
  },
  {
    name: 'grade by the billing country before North America',
    rule: 'R25',
    at: { file: 'supabase/functions/servicetitan-contact-sync/phone.ts' },
    edits: [['tenDigits !== null && isHomeNanp)', 'tenDigits !== null && isHomeNanp && address === null)']],
    tests: { file: 'test/function/corpus.test.ts', why: 'the simulated customers abroad have numbers of their own' },
  },
  {
    name: 'grade by a state as if it were a country',
    rule: 'R25',
    at: { file: 'supabase/functions/servicetitan-contact-sync/countryCode.ts' },
    edits: [['if (!isNanp(home)) return code;', 'if (home.length > 0) return code;']],
    tests: { file: 'test/function/countryCode.test.ts', why: 'no simulated office types a state for the country' },
  },
  {
    name: 'dial a number without its plus as one of North America',
    rule: 'R25',
    at: { file: 'supabase/functions/servicetitan-contact-sync/nanp.ts' },
    edits: [['fromAbroad.isValid() &&', 'false &&']],
    tests: { file: 'test/function/corpus.test.ts', why: 'no simulated office leaves out a plus' },
  },
  {
    name: "leave the country of an address as it was when the firm's own country changes",
    rule: 'R25',
    at: { file: 'supabase/functions/servicetitan-contact-sync/gradeAnew.ts' },
    edits: [['if (codes.length > 0) slice', 'if (codes.length < 0) slice']],
    tests: { file: 'test/rules/r25Usable.test.ts', why: 'the firms of a history stay where they are' },
  },
  {
    name: 'grade a placeholder as a number',
    rule: 'R25',
    at: { file: 'supabase/functions/servicetitan-contact-sync/placeholders.ts' },
    edits: [['return /^(\\d)\\1*$/.test(digits) ||', 'return']],
    tests: { file: 'test/function/corpus.test.ts', why: 'those that histories type are no numbers in any case' },
  },
  {
    name: "grade for the United States, whatever the firm's own country is",
    rule: 'R25',
    at: { file: 'src/sync/homeCountry.ts' },
    edits: [['return country ?? countryOfZone(timeZone) ?? DEFAULT_COUNTRY;', 'return DEFAULT_COUNTRY;']],
    tests: { file: 'test/rules/r25Usable.test.ts', why: 'the firms of a history are American' },
  },
  {
    name: "grade nothing anew when the firm's own country changes",
    rule: 'R25',
    at: { file: 'src/sync/regrade.ts' },
    edits: [['if (graded_for === null || graded_for === home) return [];', 'if (graded_for !== home) return [];']],
    tests: { file: 'test/rules/r25Usable.test.ts', why: 'the firms of a history stay where they are' },
  },
  {
    name: 'grade a shared contact for one of its customers alone',
    rule: 'R25',
    at: { sql: 'renormalize_servicetitan_phones' },
    edits: [['      and crm_id = v_phone.crm_id\n', '']],
    tests: {
      file: 'test/sql/renormalize.test.ts',
      why: 'nobody in a history shares a number that depends on the country',
    },
  },
  {
    name: 'grade anew what the feed repeats',
    rule: 'R25',
    at: writeMethods,
    edits: [['(item.active is not null or item.crm_id = any (p_rechecked))\n        and', 'false and']],
    tests: {
      file: 'test/sql/renormalize.test.ts',
      why: 'the second half of the chunk brings it right, with two writes',
    },
  },
  {
    name: 'keep a phone that its own method no longer grades as one',
    rule: 'R25',
    at: { sql: 'keep_servicetitan_contact_point' },
    edits: [[', public.to_servicetitan_key(method.normalized_before))', ')']],
    tests: { file: 'test/sql/contactPoints.test.ts', why: 'histories change a number to another one' },
  },
  {
    name: 'take a change of consent for none, because the grade is the same',
    rule: 'R25',
    at: { sql: 'refresh_servicetitan_contact_points' },
    edits: [['\n      or not stored.fields @> (point.phone_fields || point.email_fields)', '']],
    tests: { file: 'test/sql/contactPoints.test.ts', why: 'histories change values, and no consent' },
  },
  {
    name: 'forget the consent of a phone that no grade explains',
    rule: 'R25',
    at: { sql: 'refresh_servicetitan_contact_points' },
    edits: [
      [
        "case when kept.phone is null or point.phone is not null then point.phone_fields else '{}' end",
        'point.phone_fields',
      ],
    ],
    tests: { file: 'test/sql/contactPoints.test.ts', why: 'at rest every phone has its method again' },
  },
  {
    name: 'choose a mobile before a better grade',
    rule: 'R25',
    at: { file: 'supabase/migrations/20261129000000_create_servicetitan_sync.sql' },
    edits: [
      [
        "when 'valid' then 1 when 'possible' then 3 else 5 end",
        "when 'valid' then 1 when 'possible' then 1 else 5 end",
      ],
    ],
    tests: { file: 'test/sql/contactPoints.test.ts', why: 'no simulated office types an area that nobody has opened' },
  },
  {
    name: 'read nothing a second time',
    rule: 'R17',
    at: incrementalSync,
    edits: [['    settledPart(begun),\n', '']],
    tests: { file: 'test/rules/r17Settled.test.ts', why: 'at rest the live readers have all that a history showed' },
  },
  {
    name: 'forget where the first sync ended',
    rule: 'R17',
    at: { sql: 'advance_servicetitan_cursor' },
    edits: [["jsonb_build_object('from', last_continue_from, ", 'jsonb_build_object(']],
    tests: { file: 'test/rules/r17Settled.test.ts', why: 'no export of a history ends too early' },
  },
  {
    name: 'confirm what was read once',
    rule: 'R17',
    at: { sql: 'commit_servicetitan_settled' },
    edits: [["'until', v_before);", "'until', v_as_of);"]],
    tests: { file: 'test/rules/r17Settled.test.ts', why: 'it is told, and nothing follows from it for the contacts' },
  },
  {
    name: 'take a customer that is set aside for a miss',
    rule: 'R17',
    at: { sql: 'note_servicetitan_misses' },
    edits: [[' and not aside.yes) as misses', ') as misses']],
    tests: {
      file: 'test/rules/r17Settled.test.ts',
      why: 'it is counted, and nothing follows from it for the contacts',
    },
  },
  {
    name: 'let an older balance win at an equal stamp',
    rule: 'R2',
    at: writeCustomers,
    edits: [['      and not compared.differs_in_balance\n', '']],
    tests: { file: 'test/rules/r17Settled.test.ts', why: 'the exports of a history show balances as they are' },
  },
  {
    name: 'begin with the first record though a date is known',
    rule: 'R12',
    at: { file: 'src/sync/exportPlace.ts' },
    edits: [['return date !== null && !isDateRefused', 'return date !== null && isDateRefused']],
    tests: { file: 'test/rules/r12Resumes.test.ts', why: 'it is slow and loses nothing' },
  },
  {
    name: 'take a circle for the end of a feed',
    rule: 'R19',
    at: { file: 'src/sync/followExport.ts' },
    edits: [['  if (course.circle !== null) throw course.circle;\n', '']],
    tests: { file: 'test/rules/r19Exports.test.ts', why: 'no feed of a history leads in a circle' },
  },
  {
    name: 'mark whoever the list did not show',
    rule: 'R18',
    at: { file: 'src/sync/pass/askById.ts' },
    edits: [
      [
        '  const absent = canary === null ? [] : await askTogether(serviceTitan, ids, canary, answer, unreadable);',
        '  const absent: string[] = [];\n  answer.gone.push(...ids);',
      ],
    ],
    tests: { file: 'test/rules/r18Disturbed.test.ts', why: 'no list of a history lacks a customer that exists' },
  },
  {
    name: 'sweep before live pages were read',
    rule: 'R18',
    at: { file: 'src/sync/pass/pass.ts' },
    edits: [[" || (pass.stage === 'sweep' && turn > 1)", '']],
    tests: { file: 'test/rules/r18Disturbed.test.ts', why: 'it suspects more, and takes nothing' },
  },
  {
    name: 'grade what the live reader could bring',
    rule: 'R18',
    at: { sql: 'note_servicetitan_pass' },
    edits: [["then case when not compared.is_coming then 'missing' end", "then 'missing'"]],
    tests: { file: 'test/sql/passGrades.test.ts', why: 'it is counted, and nothing follows from it for the contacts' },
  },
  {
    name: 'mark very many as gone at once',
    rule: 'R18',
    at: { sql: 'sweep_servicetitan_pass' },
    edits: [['  if cardinality(v_candidates) > v_most then', '  if false then']],
    tests: { file: 'test/sql/passSweep.test.ts', why: 'no history has so many customers' },
  },
  {
    name: 'conclude from chunks that were taken',
    rule: 'R18',
    at: { sql: 'sweep_servicetitan_pass' },
    edits: [['  if v_pass.chunks <> (', '  if v_pass.chunks < (']],
    tests: { file: 'test/sql/passSweep.test.ts', why: 'nobody deletes the chunks of a history' },
  },
  {
    name: 'keep the pass of another tenant',
    rule: 'R3',
    at: beginRun,
    edits: [['      perform public.drop_servicetitan_pass(p_workspace_id);\n', '']],
    tests: { file: 'test/sql/passWhen.test.ts', why: 'a tenant that comes back is rare in a history' },
  },
  {
    name: 'leave the mark on who is shown again',
    rule: 'R18',
    at: writeCustomers,
    edits: [['stored.crm_missing_since is not null as was_missing', 'false as was_missing']],
    tests: { file: 'test/sql/passSweep.test.ts', why: 'nobody in a history comes back' },
  },
  ...PASS_MUTANTS,
  ...PRODUCT_MUTANTS,
  ...TOLD_MUTANTS,
];
