import type { CallFault } from './faults.ts';
import type { EndpointName } from './faults/operation.ts';
import type { Query } from './lists/query.ts';
import type { World } from './tenant/world.ts';

/** One call to the API of a tenant, checked as far as it is the same for all endpoints. */
export interface Call {
  world: World;
  query: Query;
  /** As they were sent, for what is held against a call even where its filters go unused. */
  parameters: URLSearchParams;
  /** An id out of the path; refuses the call when it is none. */
  id(name: string): number;
  /** The body as JSON; refuses the call when it is none. */
  json(): Promise<unknown>;
  /** What befalls it, as far as that is about its rows. */
  fault: CallFault;
}

export interface Answer {
  /** 200 unless given. */
  status?: number;
  body: object;
}

export interface Endpoint {
  name: EndpointName;
  method: 'GET' | 'POST';
  path: string;
  scope: string;
  answer: (call: Call) => Answer | Promise<Answer>;
}
