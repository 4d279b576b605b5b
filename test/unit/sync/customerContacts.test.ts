import { describe, expect, test } from 'vitest';
import { PayloadError } from '../../../src/errors.ts';
import {
  AuthError,
  type Contact,
  type Customer,
  type ListPage,
  RateLimitError,
  RequestError,
  ServerError,
  type ServiceTitanApi,
} from '../../../src/serviceTitanApi.ts';
import { withContacts } from '../../../src/sync/readPages.ts';
import type { ServiceTitan } from '../../../src/sync/context.ts';
import { TooMuch } from '../../../src/sync/control.ts';
import { readCustomerContacts } from '../../../src/sync/customerContacts.ts';

const contact = (customerId: string, id = `${customerId}1`): Contact => ({
  id,
  customerId,
  type: 'Email',
  value: `${id}@example.com`,
  memo: null,
  doNotText: null,
  marketing: null,
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
  otherStamps: [],
  unreadable: {},
  data,
  ...rest,
});
const FAILED = { method: 'GET', path: '/crm/v2/tenant/1/customers/contacts', title: null, traceId: null };
const refusal = (status: number) => new RequestError({ ...FAILED, status });

/**
 * A ServiceTitan whose answer to a list of ids is `answer`; keeps the lists it was asked for. Its list of customers, from which
 * a control takes one, holds customer 7.
 */
function apiOf(answer: (ids: readonly string[]) => ListPage<Contact>, attempt: Partial<ServiceTitan> = {}) {
  const asked: (readonly string[])[] = [];
  const serviceTitan = {
    calls: () => 0,
    narrows: false,
    timeIsUp: () => false,
    answered: { customer: null, contactsOf: null },
    ...attempt,
  } as ServiceTitan;
  serviceTitan.api = {
    customers: async () => ({ ...list([]), data: [{ id: '7' }] }),
    customerContacts: async ({ customerIds }: { customerIds: readonly string[] }) => {
      asked.push(customerIds);
      return answer(customerIds);
    },
  } as unknown as ServiceTitanApi;
  return { serviceTitan, asked };
}
const ids = (count: number) => Array.from({ length: count }, (_, index) => String(318_204_000 + index));

describe('R9: the contacts of changed customers', () => {
  test('are read whole; a customer without any has an empty list', async () => {
    const { serviceTitan } = apiOf(() => list([contact('1'), contact('1', '12')]));
    const { byCustomer, refused } = await readCustomerContacts(serviceTitan, ['1', '2']);
    expect([byCustomer.get('1')?.length, byCustomer.get('2'), refused]).toEqual([2, [], []]);
  });

  test('are asked for by lists that fit into a query', async () => {
    const { serviceTitan, asked } = apiOf(() => list([]));
    await readCustomerContacts(serviceTitan, ids(1000));
    expect(asked.flat()).toHaveLength(1000);
    expect(Math.max(...asked.map((group) => group.join(',').length))).toBeLessThanOrEqual(1900);
  });

  test('no customers, no call', async () => {
    const { serviceTitan, asked } = apiOf(() => list([]));
    await readCustomerContacts(serviceTitan, []);
    expect(asked).toEqual([]);
  });

  test('R5: a list with more than one page is halved, never turned', async () => {
    const { serviceTitan, asked } = apiOf((group) =>
      list(
        group.map((id) => contact(id)),
        { hasMore: group.length > 3 },
      ),
    );
    const { byCustomer } = await readCustomerContacts(serviceTitan, ids(10));
    expect([...byCustomer.values()].every((contacts) => contacts.length === 1)).toBe(true);
    expect(asked.map((group) => group.length)).toEqual([10, 5, 3, 2, 5, 3, 2]);
  });

  test.for([404, 409])('one customer that is refused with %i is set aside, the others arrive', async (status) => {
    const { serviceTitan } = apiOf((group) => {
      if (group.includes('318204004')) throw refusal(status);
      return list(group.map((id) => contact(id)));
    });
    const { byCustomer, refused } = await readCustomerContacts(serviceTitan, ids(10));
    expect(byCustomer.size).toBe(9);
    expect(refused).toEqual([
      { customerId: '318204004', reason: expect.stringContaining(String(status)), callFailed: true },
    ]);
  });

  test('R10: however many are refused, they are set aside while a control is answered', async () => {
    const { serviceTitan } = apiOf((group) => {
      if (group[0] !== '7') throw refusal(400);
      return list([]);
    });
    const { byCustomer, refused } = await readCustomerContacts(serviceTitan, ids(40));
    expect([byCustomer.size, refused.length]).toEqual([0, 40]);
  });

  test('R10: with no control answered nobody is set aside, and the failure is that of the first call', async () => {
    const { serviceTitan, asked } = apiOf(() => {
      throw refusal(400);
    });
    await expect(readCustomerContacts(serviceTitan, ids(40))).rejects.toThrow(RequestError);
    expect(asked.filter((group) => group.length === 1).flat()).toEqual(Array(8).fill('7'));
  });

  test('R10: a call that ServiceTitan fails is left to the retries of the step until its third attempt', async () => {
    const failing = (group: readonly string[]) => {
      if (group.includes('318204004')) throw new ServerError({ ...FAILED, status: 500 });
      return list([]);
    };
    const early = apiOf(failing);
    await expect(readCustomerContacts(early.serviceTitan, ids(10))).rejects.toThrow(ServerError);
    expect(early.asked).toHaveLength(1);
    const late = apiOf(failing, { narrows: true });
    expect((await readCustomerContacts(late.serviceTitan, ids(10))).refused).toMatchObject([
      { customerId: '318204004' },
    ]);
  });

  test('R10: a page for whose contacts the time is up is read by smaller ones, and a customer alone without its contacts', async () => {
    const failing = () => {
      throw new ServerError({ ...FAILED, status: 500 });
    };
    const { serviceTitan } = apiOf((group) => (group[0] === '7' ? list([]) : failing()), {
      narrows: true,
      timeIsUp: () => true,
    });
    const page = (...of: string[]) => ({ data: of.map((id) => ({ id }) as Customer), rejected: [], unreadable: {} });
    await expect(withContacts(serviceTitan, page('1', '2'))).rejects.toThrow(TooMuch);
    const rows = await withContacts(serviceTitan, page('1'));
    expect(rows.customers).toMatchObject([{ id: '1', contact_methods: null }]);
    expect(rows.rejected).toMatchObject([{ feed: 'contacts', customer_id: '1', call_failed: true }]);
  });

  test("R10: a 503 that says when to come back, a 429 and refused credentials are nobody's", async () => {
    for (const error of [
      new ServerError({ ...FAILED, status: 503 }, true),
      new RateLimitError({ ...FAILED, status: 429 }, 1000),
      new AuthError({ ...FAILED, status: 403 }, { tokenEndpoint: false, saysWhy: false }),
    ]) {
      const { serviceTitan, asked } = apiOf(
        (group) => {
          if (group.includes('318204004')) throw error;
          return list([]);
        },
        { narrows: true },
      );
      await expect(readCustomerContacts(serviceTitan, ids(10))).rejects.toBe(error);
      expect(asked).toHaveLength(1);
    }
  });

  test('R10: whom the step has no time for is neither read nor refused', async () => {
    const { serviceTitan } = apiOf(
      (group) => {
        if (group.length > 1) throw refusal(409);
        return list([]);
      },
      { timeIsUp: () => true },
    );
    const { byCustomer, refused, unasked } = await readCustomerContacts(serviceTitan, ids(4));
    expect([byCustomer.size, refused, unasked]).toEqual([0, [], ids(4)]);
  });

  test('R20: an unreadable contact whose id is known is there, and the list is whole', async () => {
    const unreadable = { customerId: '1', reason: 'modifiedOn: not a date-time', contactId: '12' };
    const { serviceTitan } = apiOf(() => list([contact('1'), contact('2')], { rejected: [unreadable, unreadable] }));
    const { byCustomer, unread, refused } = await readCustomerContacts(serviceTitan, ['1', '2']);
    expect([byCustomer.get('1')?.length, unread.get('1'), refused]).toEqual([1, ['12', '12'], [unreadable]]);
  });

  test('R20: a contact of which can not be told whose it is costs only the customer it came with', async () => {
    const { serviceTitan, asked } = apiOf((group) =>
      group.includes('318204002')
        ? list([], { unowned: 1, unreadable: { 'contact.customerId': 1 } })
        : list(group.map((id) => contact(id))),
    );
    const { byCustomer, unreadable, refused } = await readCustomerContacts(serviceTitan, ids(4));
    expect(byCustomer.size).toBe(3);
    expect(refused).toEqual([{ customerId: '318204002', reason: expect.stringMatching(/^customerId: /) }]);
    expect([unreadable, asked.length]).toEqual([{ 'contact.customerId': 1 }, 5]);
  });

  test('a customer with an unreadable contact that nobody can name keeps what it had: the rest is not the whole', async () => {
    const unreadable = { customerId: '1', reason: 'modifiedOn: not a date-time' };
    const { serviceTitan } = apiOf(() => list([contact('1'), contact('2')], { rejected: [unreadable, unreadable] }));
    const { byCustomer, refused } = await readCustomerContacts(serviceTitan, ['1', '2']);
    expect([[...byCustomer.keys()], refused]).toEqual([['2'], [unreadable]]);
  });

  test('other errors are not a refusal', async () => {
    const { serviceTitan } = apiOf(() => {
      throw new TypeError('network');
    });
    await expect(readCustomerContacts(serviceTitan, ids(4))).rejects.toThrow(TypeError);
  });
});

test('R7: a contact of a customer that was not asked for stops the run', async () => {
  const { serviceTitan } = apiOf(() => list([contact('1'), contact('3')]));
  await expect(readCustomerContacts(serviceTitan, ['1', '2'])).rejects.toThrow(PayloadError);
});
