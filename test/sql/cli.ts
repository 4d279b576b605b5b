import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { runSupabaseCli } from '../../local/supabase/cli.ts';
import { type Database, PROJECT } from './databases.ts';

/**
 * The CLI on the project's `supabase` folder, in a copy: it keeps notes beside the migrations. Answers what
 * it printed.
 */
export function createCli({ url }: Database): (...args: string[]) => Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const part of ['config.toml', 'migrations']) {
    cpSync(join(PROJECT, 'supabase', part), join(folder, 'supabase', part), { recursive: true });
  }
  return (...args) => runSupabaseCli(folder, [...args, `--remote=${url}`]);
}
