import { describe, expect, test } from 'vitest';
import { PayloadError } from '../../../src/errors.ts';
import { type Contact, type ListPage, RequestError, type ServiceTitanApi } from '../../../src/serviceTitanApi.ts';
import { readCustomerContacts } from '../../../src/sync/customerContacts.ts';

const contact = (customerId: string, id = `${customerId}1`): Contact => ({
  id,
  customerId,
  type: 'Email',
  value: `${id}@example.com`,
  memo: null,
  doNotText: null,
  active: null,
  modifiedOn: '2026-02-08T10:00:00.0000000Z',
});
const list = (data: Contact[], rest: Partial<ListPage<Contact>> = {}): ListPage<Contact> => ({
  page: 1,
  pageSize: 5000,
  totalCount: null,
  hasMore: false,
  date: null,
  rejected: [],
  orphans: 0,
  unowned: 0,
  unreadable: {},
  data,
  ...rest,
});
const refusal = (status: number) =>
  new RequestError({ method: 'GET', path: '/crm/v2/tenant/1/customers/contacts', status, title: null, traceId: null });

/** An API whose answer to a list of ids is `answer`; keeps the lists it was asked for. */
function apiOf(answer: (ids: readonly string[]) => ListPage<Contact>) {
  const asked: (readonly string[])[] = [];
  const api = {
    customerContacts: async ({ customerIds }: { customerIds: readonly string[] }) => {
      asked.push(customerIds);
      return answer(customerIds);
    },
  } as unknown as ServiceTitanApi;
  return { api, asked };
}
const ids = (count: number) => Array.from({ length: count }, (_, index) => String(318_204_000 + index));

describe('R9: the contacts of changed customers', () => {
  test('are read whole; a customer without any has an empty list', async () => {
    const { api } = apiOf(() => list([contact('1'), contact('1', '12')]));
    const { byCustomer, refused } = await readCustomerContacts(api, ['1', '2']);
    expect([byCustomer.get('1')?.length, byCustomer.get('2'), refused]).toEqual([2, [], []]);
  });

  test('are asked for by lists that fit into a query', async () => {
    const { api, asked } = apiOf(() => list([]));
    await readCustomerContacts(api, ids(1000));
    expect(asked.flat()).toHaveLength(1000);
    expect(Math.max(...asked.map((group) => group.join(',').length))).toBeLessThanOrEqual(1900);
  });

  test('no customers, no call', async () => {
    const { api, asked } = apiOf(() => list([]));
    await readCustomerContacts(api, []);
    expect(asked).toEqual([]);
  });

  test('R5: a list with more than one page is halved, never turned', async () => {
    const { api, asked } = apiOf((group) =>
      list(
        group.map((id) => contact(id)),
        { hasMore: group.length > 3 },
      ),
    );
    const { byCustomer } = await readCustomerContacts(api, ids(10));
    expect([...byCustomer.values()].every((contacts) => contacts.length === 1)).toBe(true);
    expect(asked.map((group) => group.length)).toEqual([10, 5, 3, 2, 5, 3, 2]);
  });

  test.for([404, 409])('one customer that is refused with %i is set aside, the others arrive', async (status) => {
    const { api } = apiOf((group) => {
      if (group.includes('318204004')) throw refusal(status);
      return list(group.map((id) => contact(id)));
    });
    const { byCustomer, refused } = await readCustomerContacts(api, ids(10));
    expect(byCustomer.size).toBe(9);
    expect(refused).toEqual([{ customerId: '318204004', reason: expect.stringContaining(String(status)) }]);
  });

  test('a refusal of most customers is a fault of the call and stops the run', async () => {
    const { api } = apiOf(() => {
      throw refusal(400);
    });
    await expect(readCustomerContacts(api, ids(40))).rejects.toThrow(RequestError);
  });

  test('R20: an unreadable contact whose id is known is there, and the list is whole', async () => {
    const unreadable = { customerId: '1', reason: 'modifiedOn: not a date-time', contactId: '12' };
    const { api } = apiOf(() => list([contact('1'), contact('2')], { rejected: [unreadable, unreadable] }));
    const { byCustomer, unread, refused } = await readCustomerContacts(api, ['1', '2']);
    expect([byCustomer.get('1')?.length, unread.get('1'), refused]).toEqual([1, ['12', '12'], [unreadable]]);
  });

  test('R20: a contact of which can not be told whose it is costs only the customer it came with', async () => {
    const { api, asked } = apiOf((group) =>
      group.includes('318204002')
        ? list([], { unowned: 1, unreadable: { 'contact.customerId': 1 } })
        : list(group.map((id) => contact(id))),
    );
    const { byCustomer, unreadable, refused } = await readCustomerContacts(api, ids(4));
    expect(byCustomer.size).toBe(3);
    expect(refused).toEqual([{ customerId: '318204002', reason: expect.stringMatching(/^customerId: /) }]);
    expect([unreadable, asked.length]).toEqual([{ 'contact.customerId': 1 }, 5]);
  });

  test('a customer with an unreadable contact that nobody can name keeps what it had: the rest is not the whole', async () => {
    const unreadable = { customerId: '1', reason: 'modifiedOn: not a date-time' };
    const { api } = apiOf(() => list([contact('1'), contact('2')], { rejected: [unreadable, unreadable] }));
    const { byCustomer, refused } = await readCustomerContacts(api, ['1', '2']);
    expect([[...byCustomer.keys()], refused]).toEqual([['2'], [unreadable]]);
  });

  test('other errors are not a refusal', async () => {
    const { api } = apiOf(() => {
      throw new TypeError('network');
    });
    await expect(readCustomerContacts(api, ids(4))).rejects.toThrow(TypeError);
  });
});

test('R7: a contact of a customer that was not asked for stops the run', async () => {
  const { api } = apiOf(() => list([contact('1'), contact('3')]));
  await expect(readCustomerContacts(api, ['1', '2'])).rejects.toThrow(PayloadError);
});
