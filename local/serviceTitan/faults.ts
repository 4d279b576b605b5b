import { z } from 'zod';

/** Which calls a rule is about; what is left out matches any. Token requests of the tenant's client count too. */
export const callMatch = z.strictObject({
  method: z.exactOptional(z.string()),
  pathIncludes: z.exactOptional(z.string()),
  /** Looked for in the query as sent and as decoded. */
  queryIncludes: z.exactOptional(z.string()),
});

const fault = z.strictObject({
  /** From 400 on, the call is refused with it before anything is done. */
  status: z.exactOptional(z.int().min(200).max(599)),
  /**
   * `problem` (of a status from 400 on) and `html` are answers without data, `truncated` is the right answer cut in
   * half, `wrongShape` an answer with other keys, `empty-hasMore` the right envelope that says more follows, without data.
   */
  body: z.exactOptional(z.enum(['problem', 'html', 'truncated', 'wrongShape', 'empty-hasMore'])),
  /** Sent as the header `Retry-After`. */
  retryAfterSeconds: z.exactOptional(z.number()),
  /** Named at the end of the problem's title. */
  titleSeconds: z.exactOptional(z.number()),
  /** Waited before anything else. */
  delayMs: z.exactOptional(z.number().nonnegative()),
  /** The connection ends without an answer; nothing was done. */
  resetConnection: z.exactOptional(z.boolean()),
  /** The call is carried out, a note is stored, and then the connection ends without an answer. */
  resetAfterwards: z.exactOptional(z.boolean()),
  /** The filters go unused, as if they were misspelt. */
  ignoreFilters: z.exactOptional(z.boolean()),
  /** Only rows from outside the modified range, or of customers that were not asked for. */
  wrongWindow: z.exactOptional(z.boolean()),
  /** All access tokens of the tenant end, this call's too. */
  revokeTokens: z.exactOptional(z.boolean()),
});

export const faultRule = z.strictObject({
  match: callMatch.prefault({}),
  /** How many matching calls it befalls, after the first `skip` of them were let through. */
  times: z.int().positive().default(1),
  skip: z.int().nonnegative().default(0),
  fault,
});

export type CallMatch = z.infer<typeof callMatch>;
export type Fault = z.infer<typeof fault>;
export type FaultRule = z.input<typeof faultRule>;

/** A call as the rules see it. */
export interface ObservedCall {
  method: string;
  path: string;
  /** As sent, without the question mark. */
  query: string;
}

/** The faults still to come, in order: a call takes the first rule that matches and has calls left. */
export class Faults {
  #rules: z.infer<typeof faultRule>[] = [];

  get pending(): readonly FaultRule[] {
    return this.#rules;
  }

  add(rule: FaultRule): void {
    this.#rules.push(faultRule.parse(rule));
  }

  clear(): void {
    this.#rules = [];
  }

  take(call: ObservedCall): Fault {
    for (const rule of this.#rules) {
      if (!isMatch(rule.match, call)) continue;
      if (rule.skip > 0) {
        rule.skip--;
        continue;
      }
      rule.times--;
      this.#rules = this.#rules.filter(({ times }) => times > 0);
      return rule.fault;
    }
    return {};
  }
}

export function isMatch({ method, pathIncludes = '', queryIncludes = '' }: CallMatch, call: ObservedCall): boolean {
  return (
    (method === undefined || method.toUpperCase() === call.method) &&
    call.path.includes(pathIncludes) &&
    (call.query.includes(queryIncludes) || decoded(call.query).includes(queryIncludes))
  );
}

function decoded(query: string): string {
  return Array.from(new URLSearchParams(query), ([name, value]) => `${name}=${value}`).join('&');
}
