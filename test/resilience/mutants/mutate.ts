// A mutant is a change of text in a copy of the source: no switch in the product, nothing that could be left on.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Mutant {
  /** What is broken, in words. */
  name: string;
  /** The rule of design §5 that it breaks. */
  rule: string;
  /** A file of the project, or the SQL function whose newest definition is meant. */
  at: { file: string } | { sql: string };
  /** Texts that stand there exactly once, and what takes their place. */
  edits: [from: string, to: string][];
  /** Tests that catch it, where the histories can't: any of the file, or the one whose title ends so. */
  tests?: { file: string; title?: string; why: string };
}

/** The text in which the edits are made, and where it stands in its file. */
interface Place {
  file: string;
  before: string;
  text: string;
  after: string;
}

/** Makes the change in the project in that folder; answers how to take it back. Throws when a text is not there exactly once. */
export function mutate(folder: string, mutant: Mutant): () => void {
  const place = find(folder, mutant);
  const path = join(folder, place.file);
  const original = readFileSync(path, 'utf8');
  writeFileSync(path, place.before + mutatedText(place.text, mutant) + place.after);
  return () => writeFileSync(path, original);
}

/** The file that a mutant changes, its texts checked. */
export function fileOf(folder: string, mutant: Mutant): string {
  const place = find(folder, mutant);
  mutatedText(place.text, mutant);
  return place.file;
}

function mutatedText(text: string, { name, edits }: Mutant): string {
  return edits.reduce((current, [from, to]) => {
    const found = current.split(from).length - 1;
    if (found !== 1) throw new Error(`The mutant "${name}" looks for a text that stands there ${found} times: ${from}`);
    // A function, for the text may hold what replace gives a meaning.
    return current.replace(from, () => to);
  }, text);
}

function find(folder: string, { at }: Mutant): Place {
  if ('file' in at) return { file: at.file, before: '', text: readFileSync(join(folder, at.file), 'utf8'), after: '' };
  // Later migrations replace functions: the last to define it counts.
  const begins = new RegExp(`^create (?:or replace )?function public\\.${at.sql}\\(`, 'm');
  for (const name of readdirSync(join(folder, 'supabase/migrations')).toSorted().toReversed()) {
    const file = `supabase/migrations/${name}`;
    const text = readFileSync(join(folder, file), 'utf8');
    const start = text.search(begins);
    if (start === -1) continue;
    const body = text.indexOf('$$', start);
    const end = text.indexOf('$$', body + 2);
    return { file, before: text.slice(0, start), text: text.slice(start, end), after: text.slice(end) };
  }
  throw new Error(`No migration defines the function public.${at.sql}.`);
}
