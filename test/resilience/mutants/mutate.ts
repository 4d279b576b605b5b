// A mutant is a change of text in a copy of the source: no switch in the product, nothing that could be left
// on.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSchemas } from '../../../local/migration/schemas.ts';

export interface Mutant {
  /** What is broken, in words. */
  name: string;
  /** The rule of docs/rules.md that it breaks. */
  rule: string;
  /** A file of the project, or an SQL function of `supabase/schemas`. */
  at: { file: string } | { sql: string };
  /** Texts that stand there exactly once, and what takes their place. */
  edits: [from: string, to: string][];
  /** Tests that catch it, where the histories can't: any of the file, or the one whose title ends so. */
  tests?: { file: string; title?: string; why: string };
}

/** Behind all others, so that what it defines is what counts. */
const LAST_MIGRATION = 'supabase/migrations/99999999999999_mutant.sql';

/**
 * Makes the change in the project in that folder; answers how to take it back. Throws when a text is not
 * there exactly once. A changed SQL function becomes a migration behind the others, as any change of one
 * would after a release.
 */
export function mutate(folder: string, mutant: Mutant): () => void {
  const { file, text } = find(folder, mutant);
  const mutated = mutatedText(text, mutant);
  if ('sql' in mutant.at) {
    const migration = join(folder, LAST_MIGRATION);
    writeFileSync(migration, mutated);
    return () => rmSync(migration);
  }
  writeFileSync(join(folder, file), mutated);
  return () => writeFileSync(join(folder, file), text);
}

/** The file that a mutant changes, its texts checked. */
export function fileOf(folder: string, mutant: Mutant): string {
  const { file, text } = find(folder, mutant);
  mutatedText(text, mutant);
  return file;
}

function mutatedText(text: string, { name, edits }: Mutant): string {
  return edits.reduce((current, [from, to]) => {
    const found = current.split(from).length - 1;
    if (found !== 1) throw new Error(`The mutant "${name}" looks for a text that stands there ${found} times: ${from}`);
    // A function, for the text may hold what replace gives a meaning.
    return current.replace(from, () => to);
  }, text);
}

/** The text in which the edits are made, and the file that holds it. */
function find(folder: string, { at }: Mutant): { file: string; text: string } {
  if ('file' in at) return { file: at.file, text: readFileSync(join(folder, at.file), 'utf8') };
  const schema = readSchemas(join(folder, 'supabase')).find(({ name }) => name === at.sql);
  if (schema === undefined) throw new Error(`supabase/schemas has no file ${at.sql}.sql.`);
  return { file: `supabase/${schema.path}`, text: schema.text };
}
