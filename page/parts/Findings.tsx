import type { WhyAnswer } from '../api/contract.ts';

/** The data behind the sentence, name by name, as `/why` gave it. */
export function Findings({ answer }: { answer: WhyAnswer }) {
  const { sentence: _, success: __, ...data } = answer;
  return (
    <details>
      <summary>What this is made of</summary>
      <dl class="findings">
        {flatten(data).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

/** `{stored: {modifiedOn: …}}` → `stored › modified on`. */
function flatten(value: unknown, path: string[] = []): [string, string][] {
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object')) {
    return [[path.join(' › '), value.length === 0 ? 'none' : value.join(', ')]];
  }
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([key, inner]) => flatten(inner, [...path, toWords(key)]));
  }
  return [[path.join(' › '), toText(value)]];
}

function toText(value: unknown): string {
  if (value === null || value === undefined) return '–';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return String(value);
}

const toWords = (key: string) => key.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
