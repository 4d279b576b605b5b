// Until 1.0.0 is released there is one migration: the schemas joined in their order, written anew by each
// change.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { refuseObstacles } from './obstacles.ts';
import { createOrExtend, isProductTable } from './productTables.ts';
import { readSchemas, type SchemaFile } from './schemas.ts';
import { isTakenOver, takeOver } from './takeOver.ts';

const PACKAGE = join(import.meta.dirname, '../../package.json');

export const FIRST_MIGRATION = '20261129000000_create_servicetitan_sync.sql';

const HEAD = `-- The database of the sync. Written by \`npm run migration\` from supabase/schemas: edit there, not here.
-- Until 1.0.0 is released this is the only migration, and each change of the schemas writes it anew.

-- What no write of the sync could pass is refused here, before anything changes (R23).
`;

/** Whether 1.0.0 is out: from then on this migration stands, and `next.ts` writes the others. */
export function isReleased(): boolean {
  const { version } = JSON.parse(readFileSync(PACKAGE, 'utf8')) as { version: string };
  return !version.startsWith('0.');
}

/** The text of the one migration. */
export function joinSchemas(files: SchemaFile[]): string {
  const parts = files.map((file) => `-- From ${file.path}\n\n${formOf(file)}\n`);
  return [`${HEAD}${refuseObstacles(files)}\n`, ...parts].join('\n');
}

function formOf(file: SchemaFile): string {
  if (isProductTable(file.name)) return createOrExtend(file);
  if (isTakenOver(file.name)) return takeOver(file);
  // Not "or replace": a function or a view of that name which is there already is somebody else's.
  return file.text.trimEnd().replace(/^create or replace (function|view)/m, 'create $1');
}

/** Writes it from the schemas of that `supabase` folder. Answers whether that changed the file. */
export function writeFirstMigration(supabaseFolder: string): boolean {
  const path = join(supabaseFolder, 'migrations', FIRST_MIGRATION);
  const text = joinSchemas(readSchemas(supabaseFolder));
  if (readIfThere(path) === text) return false;
  writeFileSync(path, text);
  return true;
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
