// The secrets in hand, and a last net: they are taken out of whatever is logged, stored or answered. Nothing that another
// system says is copied into a text (shapes.ts), so there should be nothing to take out; should some way have been
// overlooked, or be added one day, then what leaks is at least no secret.

/** The address of a receiver may be a secret itself, as Slack's is. */
const SETTINGS =
  'SUPABASE_SECRET_KEY CREDENTIALS_KEY CREDENTIALS_KEY_PREVIOUS API_TOKEN API_TOKEN_PREVIOUS ALERT_WEBHOOK_SECRET ALERT_WEBHOOK_URL HEARTBEAT_URL'.split(
    ' ',
  );
const MARK = '[secret]';
/** A shorter one would be found in texts that have nothing to do with it. */
const SHORTEST = 8;
/** An isolate lives for days and serves many workspaces: of the oldest it lets go. */
const MOST = 300;

/** Each by its value, with the forms in which it may stand in a text; the newest last. */
const held = new Map<string, string[]>();

/** From now on these are taken out of texts. */
export function holdSecrets(...values: unknown[]): void {
  for (const value of values) {
    if (typeof value !== 'string' || value.length < SHORTEST) continue;
    const forms = held.get(value) ?? formsOf(value);
    held.delete(value);
    held.set(value, forms);
  }
  for (const oldest of held.keys()) {
    if (held.size <= MOST) break;
    held.delete(oldest);
  }
}

/** Those of the settings. */
export function holdSecretsOf(env: object): void {
  holdSecrets(...SETTINGS.map((name) => Reflect.get(env, name)));
}

/** The text with a mark in the place of each secret. */
export function withoutSecrets(text: string): string {
  let clean = text;
  for (const forms of held.values())
    for (const form of forms) if (clean.includes(form)) clean = clean.replaceAll(form, MARK);
  return clean;
}

/**
 * The same for a text that is JSON, and is to stay it: a number is no secret, be it of the same digits, and of nothing but
 * texts and names is taken. Text without a secret is given back as it is.
 */
export function withoutSecretsInJson(json: string): string {
  return withoutSecrets(json) === json ? json : JSON.stringify(cleaned(JSON.parse(json)));
}

function cleaned(value: unknown): unknown {
  if (typeof value === 'string') return withoutSecrets(value);
  if (Array.isArray(value)) return value.map(cleaned);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [withoutSecrets(name), cleaned(part)]));
}

/** As it is, in JSON, in an address, in a form, and in base64, whatever stands before it there. */
function formsOf(value: string): string[] {
  const wellFormed = value.toWellFormed();
  const bytes = new TextEncoder().encode(wellFormed);
  const encoded = [0, 1, 2].map((offset) => {
    const text = btoa(String.fromCharCode(...new Uint8Array(offset), ...bytes));
    // Without the characters that hold bits of what stands before and after.
    return text.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6));
  });
  const base64Url = encoded.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'));
  const inForm = new URLSearchParams({ '': wellFormed }).toString().slice(1);
  const inJson = JSON.stringify(value).slice(1, -1);
  return [...new Set([value, inJson, encodeURIComponent(wellFormed), inForm, ...encoded, ...base64Url])];
}
