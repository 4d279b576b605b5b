import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { StackError } from '../stackError.ts';

/**
 * Runs the Supabase CLI of the project's packages and answers what it printed. It looks for `supabase/` in
 * `folder` and keeps its own notes there, so give it a temporary one. Throws a StackError with the CLI's own
 * words when it fails.
 */
export async function runSupabaseCli(folder: string, args: string[]): Promise<string> {
  const cli = join(dirname(createRequire(import.meta.url).resolve('supabase/package.json')), 'dist', 'supabase.js');
  // Nothing else of this machine's settings: a project that somebody linked there is not meant.
  const env = { PATH: process.env['PATH'], SystemRoot: process.env['SystemRoot'], HOME: folder, DO_NOT_TRACK: '1' };
  try {
    const run = promisify(execFile);
    return (await run(process.execPath, [cli, ...args], { cwd: folder, env, maxBuffer: 64 * 1024 * 1024 })).stdout;
  } catch (error) {
    const { stdout = '', stderr = '', message } = error as Error & { stdout?: string; stderr?: string };
    const said = [stderr.trim(), stdout.trim()].filter(Boolean).join('\n') || message;
    throw new StackError(`\`supabase ${args.slice(0, 2).join(' ')}\` failed: ${said}`, { cause: error });
  }
}
