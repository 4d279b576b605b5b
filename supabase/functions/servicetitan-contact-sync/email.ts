// R25: which address an e-mail field means, and whether it can be written to.
import { isPlaceholderEmail } from './placeholders.ts';
import { tidyText } from './tidyText.ts';
import type { Graded } from './usability.ts';

/** What stands between two addresses, or around one: `Anna <a@x.com>`, `mailto:a@x.com?subject=Hi`, `a@x.com; b@x.com`. */
const BETWEEN = /[\s;,、:|<>()[\]"“”„«»‹›\\]+|\?(?:subject|body|cc|bcc)=\S*/i;

/** RFC 5322, a dot-atom before the @. Letters of all scripts: RFC 6531. */
const LOCAL = /^(?=.{1,64}$)[\p{L}\p{N}\p{M}!#$%&'*+/=?^_`{|}~-]+(?:\.[\p{L}\p{N}\p{M}!#$%&'*+/=?^_`{|}~-]+)*$/u;
/** RFC 1035 and RFC 5890: labels of up to 63, no hyphen at their ends; the last one is letters, in their own form or encoded. */
const DOMAIN =
  /^(?=.{1,253}$)(?:(?!-)[\p{L}\p{N}\p{M}-]{1,63}(?<!-)\.)+(?:[\p{L}\p{M}]{2,63}|xn--[a-z\d-]{1,58}[a-z\d])$/iu;
/** RFC 2606, RFC 6761, RFC 6762: these lead nowhere. */
const NOWHERE = /\.(?:invalid|test|example|localhost|local|onion)$/i;

/** No domain ends in a sign. An address may begin with some of these, but what people have typed is a mark before it. */
const AROUND = /^[.'’‘`*=#~/?!-]+|[^\p{L}\p{N}\p{M}]+$/gu;

/** A longer text holds no one address of up to 254. */
const LONGEST = 600;

/** The first address in the text that can be written to, as it was typed. */
export function gradeEmail(value: string): Graded {
  const tidy = tidyText(value);
  const address = findAddress(tidy) ?? findAddress(tidy.replaceAll(/ *@ */g, '@'));
  return {
    usability: address === undefined ? 'unusable' : 'valid',
    normalized: address ?? null,
    extension: null,
    country_code: null,
  };
}

function findAddress(text: string): string | undefined {
  return text
    .split(BETWEEN)
    .filter((part) => part.length <= LONGEST)
    .flatMap(splitUp)
    .map((part) => part.replaceAll(AROUND, ''))
    .find(canBeWrittenTo);
}

/** A slash may stand in an address, but between two it parts them. */
function splitUp(part: string): string[] {
  return part.split('@').length > 2 ? part.split('/') : [part];
}

function canBeWrittenTo(text: string): boolean {
  const at = text.lastIndexOf('@');
  const [local, domain] = [text.slice(0, Math.max(at, 0)), text.slice(at + 1)];
  return (
    text.length <= 254 && LOCAL.test(local) && DOMAIN.test(domain) && !NOWHERE.test(domain) && !isPlaceholderEmail(text)
  );
}
