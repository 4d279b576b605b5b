import { z } from 'zod';
import { isJson } from './exactJson.ts';

const flag = z.exactOptional(z.boolean());
const count = z.exactOptional(z.int().nonnegative());
const seconds = z.exactOptional(z.number().nonnegative());
/** By name or by path (`address.zip`, `customFields.0.value`), each as JSON text; null takes the field away. */
const fields = z.exactOptional(
  z.record(z.string(), z.string().refine(isJson, { error: 'This is not JSON text.' }).nullable()),
);

/** What a rule does to the records that it names; to all of the answer where it names none. */
export const recordFault = {
  /** As if it were not there: in lists, by id, in exports. With a customer its contacts go. */
  hidden: flag,
  /** A write shows only so long after it. Until then an export lacks the record, and all else shows the old one. */
  lateSeconds: seconds,
  /** Put over the record as it goes out, so that any kind of value and any number can be tried. */
  fields,
};

/** What a rule does to an answer of lists and exports. */
const listFault = {
  /** Nothing matches: no data, no more, a total of 0 if one is asked for. An export's token stays in its place. */
  empty: flag,
  /** Only the first rows of the page, and no more follow. The total stays true, an export's token too. */
  rowsAtMost: count,
  /** Of a list of ids only the first ones are taken notice of. */
  idsHonoured: count,
  /** The page that is shown, whichever is asked for. */
  pageShown: z.exactOptional(z.int().positive()),
  /** A larger page size is cut down to it, and the answer says so. */
  pageSizeAtMost: z.exactOptional(z.int().positive()),
  /** In no order; another seed gives another one. A record that changes moves. */
  unsorted: z.exactOptional(z.int()),
  /** The filters go unused, as if they were misspelt. */
  ignoreFilters: flag,
  /** Only rows from outside the modified range, or of customers that were not asked for. */
  wrongWindow: flag,
  /** So many tokens of an export are given out, then the same again and again, and more always follows. */
  tokenCycle: z.exactOptional(z.int().positive()),
  /** Put over the answer around its records: `hasMore`, `totalCount`, `page`, `continueFrom`. */
  answer: fields,
};

export const fault = z.strictObject({
  /** From 400 on, the call is refused with it before anything is done. */
  status: z.exactOptional(z.int().min(200).max(599)),
  /**
   * `problem` (of a status from 400 on), `gateway` (the same in the form of the gateway in front) and `html`
   * are answers without data, `truncated` is the right answer cut in half, `wrongShape` an answer with other
   * keys, `empty-hasMore` the right envelope that says more follows, without data.
   */
  body: z.exactOptional(z.enum(['problem', 'gateway', 'html', 'truncated', 'wrongShape', 'empty-hasMore'])),
  /** The whole answer, whatever it is. */
  text: z.exactOptional(z.string()),
  /** What a refusal says of single parameters. */
  errors: z.exactOptional(z.record(z.string(), z.array(z.string()))),
  /** Sent as the header `Retry-After`. */
  retryAfterSeconds: z.exactOptional(z.number()),
  /** Named at the end of the problem's title, or of the gateway's message. */
  titleSeconds: z.exactOptional(z.number()),
  /**
   * The header `Date`: none, or so many seconds off. Stamps and lags stay right; a clock that is wrong is a
   * switch.
   */
  date: z.exactOptional(z.union([z.literal('absent'), z.number()])),
  /** Waited before anything else. */
  delayMs: seconds,
  /** The connection stays open without an answer until the caller gives up. */
  noAnswer: flag,
  /** The connection ends without an answer; nothing was done. */
  resetConnection: flag,
  /** The call is carried out, a note is stored, and then the connection ends without an answer. */
  resetAfterwards: flag,
  /** All access tokens of the tenant end, this call's too. */
  revokeTokens: flag,
  ...listFault,
  ...recordFault,
});

export type Fault = z.infer<typeof fault>;
export type RecordFault = Pick<Fault, keyof typeof recordFault>;

/** Whether it does nothing but to answers with data, so that a token request is not meant. */
export function isOfData(given: Fault): boolean {
  return Object.keys(given).every((key) => key in listFault || key in recordFault);
}

/** Whether the call is not answered with data of the tenant's at all. */
export function isRefusing({ status = 200, body, text, noAnswer, resetConnection }: Fault): boolean {
  const isOther = body === 'problem' || body === 'gateway' || body === 'html' || text !== undefined;
  return status >= 400 || isOther || noAnswer === true || resetConnection === true;
}
