import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runSupabaseCli } from '../supabase/cli.ts';

/**
 * The statements that would make schema public of one database equal to that of another, by the Supabase CLI;
 * empty when they are equal. It sees tables, columns, checks, indexes, policies, grants, comments, functions
 * with their settings and each blank of their bodies. An object that only the first database has shows as its
 * `DROP`.
 */
export async function difference(fromUrl: string, toUrl: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'difference-'));
  try {
    const args = ['db', 'diff', '--from', fromUrl, '--to', toUrl, '--schema', 'public', '--output-format', 'json'];
    const { diff } = JSON.parse(await runSupabaseCli(folder, args)) as { diff: string };
    return diff.trim();
  } finally {
    rmSync(folder, { recursive: true });
  }
}
