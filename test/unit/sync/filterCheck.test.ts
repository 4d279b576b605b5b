import { describe, expect, test } from 'vitest';
import { PayloadError } from '../../../src/errors.ts';
import type { Customer, CustomersParameters, ListPage, ServiceTitanApi } from '../../../src/serviceTitanApi.ts';
import { checkFilter } from '../../../src/sync/filterCheck.ts';

const window = { modifiedOnOrAfter: '2026-02-08T10:00:00Z', pageSize: 4 };
const NOW = Date.parse('2026-02-08T10:15:00Z');
const OLD = '2026-02-08T09:59:59.9999999Z';
const NEW = '2026-02-08T10:00:00.0000000Z';
const pageOf = (...modifiedOn: string[]) =>
  ({
    data: modifiedOn.map((instant, index) => ({ id: String(index), modifiedOn: instant })),
    rejected: [],
  }) as unknown as ListPage<Customer>;

/** An API whose probe shows `rows` rows. */
function apiOf(rows: number) {
  const probes: CustomersParameters[] = [];
  const api = {
    customers: async (parameters: CustomersParameters) => {
      probes.push(parameters);
      return pageOf(...Array.from({ length: rows }, () => OLD));
    },
  } as unknown as ServiceTitanApi;
  return { api, probes };
}

describe('R7: a filter is checked, not trusted', () => {
  test('a full page that is mostly older than its window, and rows a day ahead: the filter is not applied', async () => {
    const { api, probes } = apiOf(1);
    await expect(checkFilter(api, pageOf(OLD, OLD, OLD, NEW), window, NOW)).rejects.toThrow(PayloadError);
    expect(probes).toEqual([
      { modifiedOnOrAfter: '2026-02-09T10:15:00.000Z', page: 1, pageSize: 1, active: 'Any', sort: '+Id' },
    ]);
  });

  test('a record that can not be read counts for the fullness of the page', async () => {
    const { api } = apiOf(1);
    const page = { ...pageOf(OLD, OLD, OLD), rejected: [{ customerId: '9', reason: 'x' }] };
    await expect(checkFilter(api, page, window, NOW)).rejects.toThrow(PayloadError);
  });

  test('the same page with nothing a day ahead is accounting changes, and taken', async () => {
    const { api, probes } = apiOf(0);
    await checkFilter(api, pageOf(OLD, OLD, OLD, OLD), window, NOW);
    expect(probes).toHaveLength(1);
  });

  test.for([
    ['a page of which half is within the window', pageOf(OLD, OLD, NEW, NEW)],
    ['a page that is not full', pageOf(OLD, OLD, OLD)],
    ['an empty page', pageOf()],
  ] as const)('%s is no suspicion and costs no call', async ([, page]) => {
    const { api, probes } = apiOf(1);
    await checkFilter(api, page, window, NOW);
    expect(probes).toEqual([]);
  });
});
