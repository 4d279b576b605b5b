// A customer in one form for both sides, so that what differs can be named without being shown.

/** Values by ServiceTitan's names of the fields; `contacts` holds the phones and e-mails by id. */
export interface CustomerFields {
  values: Record<string, unknown>;
  contacts: ContactMethodFields[];
}

export interface ContactMethodFields {
  id: string;
  /** `undefined`: shown in a form that can't be read. */
  type: string | undefined;
  value: string | undefined;
  /** Null where the source can't say, as ServiceTitan's list can't. */
  active: boolean | null;
}

/** The names of the fields that differ: never a value, for that is a person's. */
export function namesOfDifferences(stored: CustomerFields, shown: CustomerFields): string[] {
  // R20: what can't be read changes nothing, so it is no difference.
  const names = Object.keys(shown.values).filter(
    (name) => shown.values[name] !== undefined && !isSame(stored.values[name], shown.values[name]),
  );
  return haveSameContacts(stored.contacts, shown.contacts) ? names : [...names, 'contacts'];
}

/**
 * One that was switched off is still in ServiceTitan's list, or no longer: both are right. One that can't be
 * read is there, and stays as it is stored.
 */
function haveSameContacts(stored: ContactMethodFields[], shown: ContactMethodFields[]): boolean {
  const key = ({ id, type, value }: ContactMethodFields) => `${id} ${type} ${value}`;
  const isReadable = ({ type, value }: ContactMethodFields) => type !== undefined && value !== undefined;
  const unreadableIds = new Set(shown.filter((method) => !isReadable(method)).map(({ id }) => id));
  const storedKeys = new Set(stored.map(key));
  const shownKeys = new Set(shown.map(key));
  const missing = shown.some((method) => isReadable(method) && !storedKeys.has(key(method)));
  const surplus = stored.some(
    (method) => method.active !== false && !unreadableIds.has(method.id) && !shownKeys.has(key(method)),
  );
  return !missing && !surplus;
}

function isSame(one: unknown, other: unknown): boolean {
  return canonical(one) === canonical(other);
}

/** Ids are text on one side and numbers on the other. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value === 'object' && value !== null) return canonical(Object.values(value));
  return JSON.stringify(value === undefined || value === null ? null : String(value));
}
