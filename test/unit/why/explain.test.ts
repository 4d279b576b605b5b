// "Why is this contact not right?", answered in one sentence from what is known.
import { expect, test } from 'vitest';
import { explain } from '../../../src/why/explain.ts';
import type { Facts } from '../../../src/why/facts.ts';

const OLD = '2026-02-08T16:00:00.1234567Z'; // 09:00 in Denver
const NEW = '2026-02-08T17:05:00.0000000Z'; // 10:05
const CURSOR = '2026-02-08T17:00:00.000Z';

const version = { modifiedOn: OLD, active: true, mergedToId: null };
const workspace: Facts['workspace'] = {
  condition: 'fresh',
  activity: 'idle',
  lastError: null,
  timeZone: 'America/Denver',
  nextTickAt: '2026-02-08T17:15:00.000Z',
  cursor: CURSOR,
  initialSyncCompleted: true,
};
const unchanged: Facts['lastRead'] = {
  at: '2026-02-08T17:00:04Z',
  instanceId: 'sync-45963-1',
  feed: 'customers',
  outcomes: ['unchanged'],
};
const READ = 'the last read, at 2026-02-08 10:00:04 MST by sync-45963-1, found nothing changed';
const NEXT = 'the next run starts at 2026-02-08 10:15:00 MST';

const facts = (fields: Partial<Facts> = {}): Facts => ({
  workspace,
  overlapSeconds: 900,
  stored: { ...version, isOfOtherTenant: false },
  shown: { found: true, ...version },
  differing: [],
  edited: [],
  lastRead: unchanged,
  quarantine: [],
  ...fields,
});
const changed = { found: true, ...version, modifiedOn: NEW } as const;

test.for([
  [
    'as it is there',
    {},
    'current',
    `The contact is as ServiceTitan shows the customer now: version of 2026-02-08 09:00:00 MST, ${READ}.`,
  ],
  [
    'merged',
    { shown: { found: true, ...version, active: false, mergedToId: '77' } },
    'current',
    `The contact is as ServiceTitan shows the customer now (merged into customer 77, which is the one to look at): version of 2026-02-08 09:00:00 MST, ${READ}.`,
  ],
  [
    'deactivated',
    { stored: { ...version, active: false, isOfOtherTenant: false } },
    'current',
    `The contact is as ServiceTitan shows the customer now (deactivated there): version of 2026-02-08 09:00:00 MST, ${READ}.`,
  ],
  [
    'changed since the last window',
    { shown: changed, differing: ['name', 'address.street'] },
    'waiting',
    `ServiceTitan changed the customer at 2026-02-08 10:05:00 MST, which differs from the contact in the fields name, address.street; ${READ}, and ${NEXT}.`,
  ],
  [
    'changed, and the workspace is paused',
    { shown: changed, differing: ['name'], workspace: { ...workspace, condition: 'paused' } },
    'waiting',
    `ServiceTitan changed the customer at 2026-02-08 10:05:00 MST, which differs from the contact in the field name; ${READ}, and nothing is read until the workspace is resumed.`,
  ],
  [
    'changed before the cursor and not written: a loss, said as such',
    {
      shown: { ...changed, modifiedOn: '2026-02-08T16:30:00.0000000Z' },
      differing: ['name'],
    },
    'differs',
    `The contact is older than ServiceTitan's version of 2026-02-08 09:30:00 MST and differs in the field name, although the cursor is past it; ${READ}: compare everything (POST /trigger with mode "full"), and report it.`,
  ],
  [
    'an older version shown than stored',
    { stored: { ...version, modifiedOn: NEW, isOfOtherTenant: false }, differing: ['name'] },
    'differs',
    `The contact holds the version of 2026-02-08 10:05:00 MST and ServiceTitan shows an older one of 2026-02-08 09:00:00 MST, which differs from it in the field name and replaces it once ServiceTitan, asked for the customer by id, has said so twice; ${READ}.`,
  ],
  [
    'the same version with another balance, outside of the overlap',
    { differing: ['balance'] },
    'differs',
    `The contact holds ServiceTitan's version of 2026-02-08 09:00:00 MST and differs in the field balance; ${READ}; ServiceTitan changed it without moving modifiedOn, or the product did in the contact (balance): the next change in ServiceTitan, or a comparison of everything (mode "full"), brings it right; ${NEXT}.`,
  ],
  [
    'the same version with another phone',
    { differing: ['contacts'] },
    'differs',
    `The contact holds ServiceTitan's version of 2026-02-08 09:00:00 MST and differs in the field contacts; ${READ}; a phone or an e-mail was changed in ServiceTitan (contacts): the contacts feed brings it, or a second reading by id takes away what is gone; ${NEXT}.`,
  ],
  [
    'set aside',
    {
      lastRead: { ...unchanged, outcomes: ['set_aside'] },
      quarantine: [{ feed: 'customers', reason: 'name: too long.', attempts: 3, lastSeenAt: '2026-02-08T17:00:04Z' }],
    },
    'set_aside',
    `The customer is set aside (as a customer, tried 3 times, last at 2026-02-08 10:00:04 MST) because of this: name: too long; the next runs ask for it again, hourly and then daily where its call keeps failing, and ${NEXT}.`,
  ],
  [
    'set aside twice over, and different from what ServiceTitan shows',
    {
      differing: ['name', 'balance'],
      quarantine: [
        { feed: 'customers', reason: 'name: too long.', attempts: 3, lastSeenAt: '2026-02-08T17:00:04Z' },
        { feed: 'contacts', reason: 'The call was refused.', attempts: 1, lastSeenAt: '2026-02-08T16:00:04Z' },
      ],
    },
    'set_aside',
    `The customer is set aside (as a customer, tried 3 times, last at 2026-02-08 10:00:04 MST) because of this: name: too long; and (for its phones and e-mails, tried once, last at 2026-02-08 09:00:04 MST) because of this: The call was refused; the contact differs from what ServiceTitan shows in the fields name, balance; the next runs ask for it again, hourly and then daily where its call keeps failing, and ${NEXT}.`,
  ],
  [
    'different for three causes, and all are told',
    { differing: ['balance', 'contacts.memo', 'phone'], edited: ['phone'] },
    'differs',
    `The contact holds ServiceTitan's version of 2026-02-08 09:00:00 MST and differs in the fields balance, contacts.memo, phone; ${READ}; a phone or an e-mail was changed in ServiceTitan (contacts.memo): the contacts feed brings it, or a second reading by id takes away what is gone; the contact was changed outside of the sync (phone): the next change in ServiceTitan, or a comparison of everything (mode "full"), brings it right; ServiceTitan changed it without moving modifiedOn, or the product did in the contact (balance): the next change in ServiceTitan, or a comparison of everything (mode "full"), brings it right; ${NEXT}.`,
  ],
  [
    'changed, and the last run failed while the next one runs',
    {
      shown: changed,
      differing: ['name'],
      workspace: { ...workspace, condition: 'failing', activity: 'retrying', lastError: 'ServiceTitan is down.' },
    },
    'waiting',
    `ServiceTitan changed the customer at 2026-02-08 10:05:00 MST, which differs from the contact in the field name; ${READ}, and the last run failed (ServiceTitan is down), and a run is under way.`,
  ],
  [
    'of a workspace whose zone nobody knows',
    { workspace: { ...workspace, timeZone: 'Moon/Base' }, lastRead: null },
    'current',
    'The contact is as ServiceTitan shows the customer now: version of 2026-02-08 16:00:00 UTC, no read of it is in the log.',
  ],
  [
    'no contact yet of a new customer',
    { stored: null, shown: changed, differing: null, lastRead: null },
    'waiting',
    `ServiceTitan has had this version of the customer since 2026-02-08 10:05:00 MST, which no closed window covers yet; ${NEXT}.`,
  ],
  [
    'no contact before the first sync is complete',
    {
      stored: null,
      differing: null,
      lastRead: null,
      workspace: { ...workspace, initialSyncCompleted: false, condition: 'first_sync', activity: 'syncing' },
    },
    'not_read_yet',
    'The first sync of the workspace is not complete and has not come to this customer; a run is under way.',
  ],
  [
    'no contact of an old customer: a loss, said as such',
    { stored: null, differing: null, lastRead: null },
    'missing',
    'ServiceTitan has this customer since before the cursor, no read of it is in the log, and there is no contact: compare everything (POST /trigger with mode "full"), which reads every customer again, and report it.',
  ],
  [
    'gone from ServiceTitan',
    { shown: { found: false }, differing: null },
    'gone',
    'ServiceTitan does not show this customer any more; the contact stays as it was at 2026-02-08 09:00:00 MST, because the sync never deletes one.',
  ],
  [
    'known to nobody',
    { stored: null, shown: { found: false }, differing: null, lastRead: null },
    'never_seen',
    "Neither ServiceTitan's tenant nor contacts has a customer of this id: check the id, and that it is the right workspace.",
  ],
  [
    'of the tenant before',
    { stored: { ...version, isOfOtherTenant: true }, differing: null },
    'other_tenant',
    `The contact came from the tenant that the workspace was connected to before, and takes the present one's customer of the same id over when it is read: ${NEXT}.`,
  ],
  [
    'ServiceTitan silent',
    { shown: { reason: 'ServiceTitan answered 500 to GET /customers: try again later.' }, differing: null },
    'not_compared',
    `ServiceTitan answered 500 to GET /customers: try again later, so nothing can be compared: the contact holds the version of 2026-02-08 09:00:00 MST; ${READ}.`,
  ],
] as [string, Partial<Facts>, string, string][])('%s', ([, fields, verdict, sentence]) => {
  expect(explain(facts(fields))).toEqual({ verdict, sentence });
});

test('two outcomes of one chunk are both told', () => {
  const lastRead = { ...unchanged, outcomes: ['updated', 'set_aside'] } as Facts['lastRead'];
  expect(explain(facts({ lastRead })).sentence).toContain('updated the contact and set the customer aside');
});
