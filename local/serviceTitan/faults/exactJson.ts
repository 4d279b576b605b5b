/** A number as it was written, which survives `JSON.stringify` unrounded. */
interface RawJson {
  readonly rawJSON: string;
}

type Reviver = (key: string, value: unknown, context: { source?: string }) => unknown;

// TypeScript's library does not know this part of ECMAScript yet.
const Exact = JSON as unknown as {
  parse(text: string, reviver: Reviver): unknown;
  rawJSON(text: string): RawJson;
};

/**
 * Reads JSON so that writing it again gives the same numbers to the last digit. Throws a SyntaxError for
 * other text.
 */
export function parseExactly(text: string): unknown {
  return Exact.parse(text, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined ? Exact.rawJSON(source) : value,
  );
}

/** Whether the text is JSON. */
export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
