import type { Call, Endpoint } from '../call.ts';
import { Refusal } from '../problem.ts';
import type { World } from '../tenant/world.ts';
import { NOTHING_HELD, type Held, type ObservedCall } from './callMatch.ts';
import type { EndpointName } from './operation.ts';
import { idsOf } from './spoil.ts';

/** By which parameter an endpoint is asked for customers. */
const NAMING: { [name in EndpointName]?: string } = {
  customers: 'ids',
  contacts: 'customerIds',
  jobs: 'customerId',
  leads: 'customerId',
};

/** The customers that a call asks for by id. */
export function namedCustomers(
  endpoint: Endpoint,
  inPath: string | undefined,
  parameters: URLSearchParams,
  world: World,
): Set<number> {
  const parameter = NAMING[endpoint.name];
  const texts = [inPath ?? '', ...(parameter === undefined ? '' : (parameters.get(parameter) ?? '')).split(',')];
  return new Set(texts.map((text) => world.wireIds.read(text.trim())).filter((id) => id !== undefined));
}

/** The records that an endpoint's answer would hold; none for a call that it refuses, or that writes. */
export function heldBy(
  { method, answer }: Endpoint,
  call: Call,
  asked: Pick<ObservedCall, 'operation' | 'customers'>,
): Held {
  if (method !== 'GET') return NOTHING_HELD;
  try {
    const given = answer(call);
    if (given instanceof Promise) return NOTHING_HELD;
    const { data } = given.body as { data?: object[] };
    const records = (data ?? [given.body]).map((record) => idsOf(record as { [name: string]: unknown }, asked));
    const isId = (id: number | undefined) => id !== undefined;
    return {
      customers: new Set(records.map(({ customer }) => customer).filter(isId)),
      contacts: new Set(records.map(({ contact }) => contact).filter(isId)),
    };
  } catch (error) {
    if (error instanceof Refusal) return NOTHING_HELD;
    throw error;
  }
}
