// Ids are int64, and a double holds every whole number only up to 2^53: JSON.parse would round the longer
// ones to somebody else's. Its own way to the source text of a number is not in Node 20.

/**
 * 16 to 19 digits that stand alone as a value: 15 always fit into a double, and int64 ends with 19. The
 * digits come first, so that blanks are looked at only around a long number.
 */
const LONG_NUMBER = /-?\d{16,19}(?=\s*[,}\]])(?<=[:,[]\s*-?\d{16,19})/g;

/**
 * As `JSON.parse`, but a whole number of 16 to 19 digits comes as text, exactly as it was sent. A number with
 * a fraction or an exponent stays a number.
 */
export function parseExactJson(text: string): unknown {
  return JSON.parse(quoteLongNumbers(text));
}

function quoteLongNumbers(text: string): string {
  const parts: string[] = [];
  let copied = 0;
  const inString = createStringTracker(text);
  for (const { 0: digits, index } of text.matchAll(LONG_NUMBER)) {
    if (inString(index)) continue;
    parts.push(text.slice(copied, index), '"', digits, '"');
    copied = index + digits.length;
  }
  return copied === 0 ? text : parts.join('') + text.slice(copied);
}

/**
 * Answers whether a place is inside a string. Places are asked for from the front to the back: the text is
 * gone through once.
 */
function createStringTracker(text: string): (index: number) => boolean {
  let opening = text.indexOf('"');
  let closing = opening === -1 ? -1 : closingQuote(text, opening);
  return (index) => {
    while (opening !== -1 && closing !== -1 && closing < index) {
      opening = text.indexOf('"', closing + 1);
      if (opening !== -1) closing = closingQuote(text, opening);
    }
    return opening !== -1 && opening < index;
  };
}

/**
 * The quote that ends the string which begins at `opening`; -1 where it doesn't end, which JSON.parse then
 * refuses.
 */
function closingQuote(text: string, opening: number): number {
  for (let quote = text.indexOf('"', opening + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let backslashes = 0;
    while (text[quote - 1 - backslashes] === '\\') backslashes += 1;
    if (backslashes % 2 === 0) return quote;
  }
  return -1;
}
