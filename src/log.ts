// The Worker's log: one line of JSON an entry, as Workers Logs index it. Nothing else in src/ writes to the console.
import { withoutSecrets } from './secrets.ts';

export function log(entry: object): void {
  console.log(toLine(entry));
}

export function logError(entry: object): void {
  console.error(toLine(entry));
}

function toLine(entry: object): string {
  return withoutSecrets(JSON.stringify(entry));
}
