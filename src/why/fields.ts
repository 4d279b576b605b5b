// A customer in one form for both sides, so that what differs can be named without being shown.

/** Values by ServiceTitan's names of the fields; `contacts` holds the phones and e-mails by id. */
export interface CustomerFields {
  values: Record<string, unknown>;
  contacts: ContactMethodFields[];
}

export interface ContactMethodFields {
  id: string;
  values: MethodValues;
}

/** What is absent was shown in a form that can't be read, or not at all. */
export interface MethodValues {
  type?: string | undefined;
  value?: string | undefined;
  active?: boolean | null | undefined;
  doNotText?: boolean | null | undefined;
  marketing?: boolean | null | undefined;
  memo?: string | null | undefined;
}

/** In what two forms of one contact method may differ, by ServiceTitan's names. */
const METHOD_FIELDS = ['type', 'value', 'active', 'doNotText', 'marketing', 'memo'] as const;

/** The names of the fields that differ: never a value, for that is a person's. */
export function namesOfDifferences(stored: CustomerFields, shown: CustomerFields): string[] {
  // R20: what can't be read changes nothing, so it is no difference.
  const names = Object.keys(shown.values).filter(
    (name) => shown.values[name] !== undefined && !isSame(stored.values[name], shown.values[name]),
  );
  return [...names, ...namesOfContactDifferences(stored.contacts, shown.contacts)];
}

/**
 * `contacts` where one is missing or too many, `contacts.memo` and the like where one differs. One that was switched off is
 * still in ServiceTitan's list, or no longer: both are right.
 */
function namesOfContactDifferences(stored: ContactMethodFields[], shown: ContactMethodFields[]): string[] {
  const storedById = new Map(stored.map(({ id, values }) => [id, values]));
  const shownIds = new Set(shown.map(({ id }) => id));
  const isMissing = shown.some(({ id, values }) => values.value !== undefined && !storedById.has(id));
  const isSurplus = stored.some(({ id, values }) => values.active !== false && !shownIds.has(id));
  const differing = METHOD_FIELDS.filter((name) =>
    shown.some(({ id, values }) => {
      const before = storedById.get(id);
      return before !== undefined && values[name] !== undefined && !isSame(before[name], values[name]);
    }),
  );
  return [...(isMissing || isSurplus ? ['contacts'] : []), ...differing.map((name) => `contacts.${name}`)];
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
