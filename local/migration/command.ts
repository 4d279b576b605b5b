// npm run migration: writes supabase/migrations from supabase/schemas.
import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { freePort } from '../ports.ts';
import { createProcesses } from '../processes.ts';
import { StackError } from '../stackError.ts';
import { startPostgres } from '../supabase/postgres.ts';
import { FIRST_MIGRATION, writeFirstMigration } from './first.ts';
import { writeNextMigration } from './next.ts';

const PROJECT = join(import.meta.dirname, '../..');
const SUPABASE = join(PROJECT, 'supabase');

const USAGE = `Usage: npm run migration              before 1.0.0: writes the one migration anew
       npm run migration -- <name>    from 1.0.0 on: writes one for what changed in supabase/schemas`;

try {
  console.log(await run(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof StackError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

async function run(args: string[]): Promise<string> {
  const { values, positionals } = readArguments(args);
  if (values.help === true) return USAGE;
  const [name, ...more] = positionals;
  if (more.length > 0) throw new StackError(USAGE);
  const { version } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as { version: string };
  if (version.startsWith('0.')) {
    if (name !== undefined)
      throw new StackError(`Version ${version} has one migration, which takes no name.\n${USAGE}`);
    return writeFirstMigration(SUPABASE)
      ? `supabase/migrations/${FIRST_MIGRATION} is written anew. A local stack from before needs \`npm start -- --fresh\`.`
      : `supabase/migrations/${FIRST_MIGRATION} is what the schemas say already.`;
  }
  if (name === undefined) throw new StackError(`Name the migration.\n${USAGE}`);
  return writeNext(name);
}

function readArguments(args: string[]) {
  try {
    return parseArgs({ args, allowPositionals: true, options: { help: { type: 'boolean', short: 'h' } } });
  } catch (error) {
    throw new StackError(`${(error as Error).message}\n${USAGE}`, { cause: error });
  }
}

async function writeNext(name: string): Promise<string> {
  const processes = createProcesses((message) => {
    throw new StackError(message);
  });
  // PostgreSQL may run as another user, who has to get through.
  chmodSync(processes.folder, 0o755);
  try {
    const { url } = await startPostgres({
      folder: join(processes.folder, 'postgres'),
      port: await freePort(),
      durable: false,
      processes,
      logFile: join(processes.folder, 'postgres.log'),
    });
    const file = await writeNextMigration({ supabaseFolder: SUPABASE, serverUrl: url, name, now: new Date() });
    return file === null
      ? 'The migrations lead to the schemas already: nothing to write.'
      : `supabase/migrations/${file} leads to the schemas. Read it before you commit it: what it drops is lost.`;
  } finally {
    await processes.stop();
  }
}
