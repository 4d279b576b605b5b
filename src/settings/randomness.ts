// Whether a secret was drawn at random. What people type instead is a placeholder, a pattern or words; each measure here
// finds one of them, with a bound that 32 random characters or bytes don't come near (test/unit/randomness.test.ts).

const MIN_CHARACTERS = 8;
/** What is left of a text beside the words of placeholders has to be a secret by itself. */
const MIN_BESIDE_WORDS = 24;

/** With the signs that join them. */
const PLACEHOLDERS =
  /[_.-]*(?:admin|api|change|credentials?|default|demo|dummy|enter|example|fixme|goes|here|insert|key|local|paste|passw(?:or)?d|placeholder|please|private|production|random|replace|sample|secret|service|supabase|test|this|todo|token|value|webhook|with|your|asdf|qwerty|zxcv)[_.-]*/g;

/** The commonest pairs of letters in English: nearly half of all in a text, and one in fourteen in random letters. */
const PAIRS = new Set(
  `th he in er an re on at en nd ti es or te of ed is it al ar st to nt ng se ha as ou io le ve co me de hi ri ro ic ne ea
  ra ce li ch ll be ma si om ur`.split(/\s+/),
);

/** False for text with few characters, that repeats itself, that counts, or that is made of words. */
export function isRandomText(text: string): boolean {
  if (new Set(text).size < MIN_CHARACTERS) return false;
  const folded = text.toLowerCase();
  const beside = folded.replaceAll(PLACEHOLDERS, '');
  const plain = folded.replaceAll(/[^a-z0-9]/g, '');
  return (
    beside.length >= MIN_BESIDE_WORDS &&
    [folded, beside, plain].every((form) => !repeats(form) && !counts(form)) &&
    !isEnglish(plain)
  );
}

/** False for bytes with few values, for a pattern, and for values that count. */
export function hasManyValues(bytes: readonly number[]): boolean {
  const steps = bytes.slice(1).map((byte, index) => (byte - bytes[index]! + 256) % 256);
  return new Set(bytes).size >= 12 && new Set(steps).size >= 8;
}

/** Whether these bytes are text, or nearly so, in ASCII or in another encoding. */
export function isText(bytes: readonly number[]): boolean {
  return bytes.filter(isPrintable).length >= 0.9 * bytes.length || isUtf8(bytes);
}

function isEnglish(text: string): boolean {
  const pairs = Array.from({ length: Math.max(0, text.length - 1) }, (_, at) => text.slice(at, at + 2));
  // Of a few letters among many signs any share may be found by chance.
  return pairs.filter((pair) => PAIRS.has(pair)).length > 0.4 * Math.max(32, pairs.length);
}

/** Whether more than a quarter of it stood in it before. */
function repeats(text: string): boolean {
  const parts = Array.from({ length: Math.max(0, text.length - 3) }, (_, at) => text.slice(at, at + 4));
  return parts.length - new Set(parts).size > parts.length / 4;
}

/** Whether one step leads from most characters to the next, or to the one behind it: 1234…, zyxw…, a1b2c3…, aaaa… */
function counts(text: string): boolean {
  return [1, 2].some((lag) => {
    const steps = new Map<number, number>();
    for (let at = lag; at < text.length; at += 1) {
      const step = text.charCodeAt(at) - text.charCodeAt(at - lag);
      steps.set(step, (steps.get(step) ?? 0) + 1);
    }
    return text.length > 12 && Math.max(...steps.values()) > (text.length - lag) / 2;
  });
}

function isPrintable(byte: number): boolean {
  return (byte >= 0x20 && byte <= 0x7e) || (byte >= 0x09 && byte <= 0x0d);
}

function isUtf8(bytes: readonly number[]): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(Uint8Array.from(bytes));
    return true;
  } catch {
    return false;
  }
}
