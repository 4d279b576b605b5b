import { z } from 'zod';

const seconds = z.number().nonnegative();

const switches = z.strictObject({
  /** A note moves its customer's `modifiedOn`. */
  notesMoveModifiedOn: z.boolean(),
  /** A change to a contact moves its customer's `modifiedOn`. */
  contactsMoveModifiedOn: z.boolean(),
  /** A balance movement moves `modifiedOn`, and doesn't only match the modified range. */
  balanceMovesModifiedOn: z.boolean(),
  /** A `pageSize` above 5000 is refused, or cut down to 5000. */
  pageSizeAbove5000: z.enum(['400', 'cut']),
  /** Records a call to an export feed; undocumented, so an odd one. */
  exportBatchSize: z.int().positive(),
  /** How late a change reaches an export feed without `includeRecentChanges=true`. */
  exportLagSeconds: seconds,
  /** How late a write shows in the lists and by id (commit after stamp); until then the record shows as it was. */
  visibilityLagSeconds: seconds,
  /** The token that an export feed gives when it has nothing new: the one it was asked with, or another text. */
  tailToken: z.enum(['same', 'new']),
  /** `from` takes a time of day, not only a date. */
  fromTakesTime: z.boolean(),
  /** What `externalData` is when no application GUID is asked for. */
  externalData: z.union([z.null(), z.tuple([])]),
  /** What `phoneSettings` is on e-mails and faxes. */
  phoneSettingsOnEmail: z.enum(['null', 'absent']),
  /** The lists of contacts show those that were switched off too. */
  inactiveContactsInLists: z.boolean(),
  nameMatch: z.enum(['contains', 'prefix', 'exact']),
  phoneMatch: z.enum(['exact', 'contains']),
  /** How records that share the sort key follow each other. */
  tieOrder: z.enum(['idAscending', 'idDescending']),
  /** Filters treated as if they were misspelt: all, or those named. */
  filterIgnored: z.union([z.boolean(), z.array(z.string())]),
  /** The token is taken without `Bearer` too. */
  bearerOptional: z.boolean(),
  tokenLifetimeSeconds: seconds,
  /** Calls a second for the tenant; null for no limit. */
  callsPerSecond: z.int().positive().nullable(),
  /** A 429 carries `Retry-After` beside the seconds in its title. */
  retryAfterHeader: z.boolean(),
  /** The gateway in front refuses a wrong app key (with 401) and calls over the limit, in a form of its own. */
  gatewayErrors: z.boolean(),
  /** How the fields of a 400 are written: `pageSize` or `PageSize`. */
  errorFieldCase: z.enum(['camel', 'pascal']),
  /** How far the tenant's clock is ahead of this machine's: stamps, `Date` headers, lags and token lifetimes go by it. */
  clockSkewSeconds: z.number(),
});

/** What ServiceTitan leaves open or does differently from tenant to tenant and from release to release. */
export type Switches = z.infer<typeof switches>;

/** Some of the switches, as JSON from outside, where no field is ever undefined. */
export const someSwitches = switches.partial() as z.ZodType<Partial<Switches>>;

export const DEFAULT_SWITCHES: Switches = {
  notesMoveModifiedOn: true,
  contactsMoveModifiedOn: false,
  balanceMovesModifiedOn: false,
  pageSizeAbove5000: '400',
  exportBatchSize: 137,
  exportLagSeconds: 900,
  visibilityLagSeconds: 0,
  tailToken: 'same',
  fromTakesTime: true,
  externalData: null,
  phoneSettingsOnEmail: 'null',
  inactiveContactsInLists: false,
  nameMatch: 'contains',
  phoneMatch: 'exact',
  tieOrder: 'idAscending',
  filterIgnored: false,
  bearerOptional: true,
  tokenLifetimeSeconds: 900,
  callsPerSecond: 60,
  retryAfterHeader: false,
  gatewayErrors: false,
  errorFieldCase: 'camel',
  clockSkewSeconds: 0,
};
