import { describe, expect, test } from 'vitest';
import { PayloadError } from '../../../src/errors.ts';
import type { Customer, CustomersParameters, ListPage, ServiceTitanApi } from '../../../src/serviceTitanApi.ts';
import { checkFilter } from '../../../src/sync/filterCheck.ts';

const window = { modifiedOnOrAfter: '2026-02-08T10:00:00Z', pageSize: 4 };
const NOW = Date.parse('2026-02-08T10:15:00Z');
const OLD = '2026-02-08T09:59:59.9999999Z';
const NEW = '2026-02-08T10:00:00.0000000Z';
const FUTURE = '2099-01-01T00:00:00.0000000Z';
const pageOf = (...modifiedOn: string[]) =>
  ({
    data: modifiedOn.map((instant, index) => ({ id: String(index), modifiedOn: instant })),
    rejected: [],
    unowned: 0,
    otherStamps: [],
    pageSize: 4,
    date: null,
  }) as unknown as ListPage<Customer>;

/** An API whose probe shows this page. */
function apiOf(shown: ListPage<Customer>) {
  const probes: CustomersParameters[] = [];
  const api = {
    customers: async (parameters: CustomersParameters) => {
      probes.push(parameters);
      return shown;
    },
  } as unknown as ServiceTitanApi;
  return { api, probes };
}
const probe = (modifiedOnOrAfter: string) => ({
  modifiedOnOrAfter,
  page: 1,
  pageSize: 50,
  active: 'Any',
  sort: '+Id',
});

describe('R7: a filter is checked, not trusted', () => {
  test('a full page that is mostly older than its window, and an older row a day ahead: the filter is not applied', async () => {
    const { api, probes } = apiOf(pageOf(OLD));
    await expect(checkFilter(api, pageOf(OLD, OLD, OLD, NEW), window, NOW)).rejects.toThrow(PayloadError);
    expect(probes).toEqual([probe('2026-02-09T10:15:00.000Z')]);
  });

  test('one customer of the future in front of all others hides no filter that is not applied', async () => {
    const { api } = apiOf(pageOf(FUTURE, OLD));
    await expect(checkFilter(api, pageOf(OLD, OLD, OLD, OLD), window, NOW)).rejects.toThrow(PayloadError);
  });

  test.for([
    ['none', pageOf()],
    ['one stamped in the future', pageOf(FUTURE)],
    ['one stamped at the bound itself', pageOf('2026-02-09T10:15:00.0000000Z')],
    ['one whose stamp can not be read', { ...pageOf(), rejected: [{ customerId: '9', reason: 'modifiedOn: x' }] }],
  ] as const)('a day ahead %s: these are accounting changes, and taken', async ([, shown]) => {
    const { api, probes } = apiOf(shown as ListPage<Customer>);
    await checkFilter(api, pageOf(OLD, OLD, OLD, OLD), window, NOW);
    expect(probes).toHaveLength(1);
  });

  test('a day ahead is a day ahead of ServiceTitan too, where our clock is days behind', async () => {
    const { api, probes } = apiOf(pageOf());
    await checkFilter(api, { ...pageOf(OLD, OLD, OLD, OLD), date: '2026-02-20T10:00:00.000Z' }, window, NOW);
    expect(probes).toEqual([probe('2026-02-21T10:00:00.000Z')]);
  });

  test.for([
    ['that can not be read', { ...pageOf(OLD, OLD, OLD), rejected: [{ customerId: '9', reason: 'x' }] }],
    ['of which nobody knows whose it is', { ...pageOf(OLD, OLD, OLD), unowned: 1 }],
    ['for which a smaller page has no room', { ...pageOf(OLD, OLD), pageSize: 2 }],
  ] as const)('a record %s counts for the fullness of the page', async ([, page]) => {
    const { api } = apiOf(pageOf(OLD));
    await expect(checkFilter(api, page as ListPage<Customer>, window, NOW)).rejects.toThrow(PayloadError);
  });

  test.for([
    ['a page of which half is within the window', pageOf(OLD, OLD, NEW, NEW)],
    ['a page that is not full', pageOf(OLD, OLD, OLD)],
    ['an empty page', pageOf()],
  ] as const)('%s is no suspicion and costs no call', async ([, page]) => {
    const { api, probes } = apiOf(pageOf(OLD));
    await checkFilter(api, page, window, NOW);
    expect(probes).toEqual([]);
  });
});
