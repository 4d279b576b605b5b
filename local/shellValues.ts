// A shell that has read `.local/env` holds that stack's address and keys. They are no settings of one's own: taken for such,
// a stack would write into another's database, or seal under a key that --fresh throws away.
import { createHash } from 'node:crypto';

/** In `env`, and so in the shell: which values there are a local stack's. They can be known by it, and not learnt from it. */
export const STACK_MARK = 'LOCAL_STACK';

const MARK_LENGTH = 12;

/** What stands behind LOCAL_STACK for these lines. */
export function markOf(lines: NodeJS.Dict<string>): string {
  return Object.entries(lines)
    .filter(([name]) => name !== STACK_MARK)
    .map(([name, value]) => markOfLine(name, value ?? ''))
    .join(',');
}

function markOfLine(name: string, value: string): string {
  return createHash('sha256').update(`${name}=${value}`).digest('hex').slice(0, MARK_LENGTH);
}

/**
 * The settings of `npm start` in the environment that come from a local stack: the one that the shell has read, or the one
 * of `ownFolder`, whose lines are given.
 */
export function settingsOfStacks(env: NodeJS.ProcessEnv, ownFolder: NodeJS.Dict<string> | undefined): string[] {
  const marks = `${env[STACK_MARK] ?? ''},${markOf(ownFolder ?? {})}`.split(',');
  const value = (name: string) => env[name]?.trim() || undefined;
  const isMarked = (name: string) => marks.includes(markOfLine(name, value(name) ?? ''));

  const url = value('SUPABASE_URL');
  const isKeyMarked = isMarked('SUPABASE_SECRET_KEY');
  // A Supabase of one's own may have the same address, but not the same key.
  const isUrlMarked = isKeyMarked
    ? url !== undefined && isLoopback(url)
    : value('SUPABASE_SECRET_KEY') === undefined && isMarked('SUPABASE_URL');
  return [
    ...(isUrlMarked ? ['SUPABASE_URL'] : []),
    ...(isKeyMarked ? ['SUPABASE_SECRET_KEY'] : []),
    ...(isMarked('CREDENTIALS_KEY') ? ['CREDENTIALS_KEY'] : []),
  ];
}

/** What to tell of them, in one line; empty when there are none. */
export function ignoredLine(names: string[]): string {
  if (names.length === 0) return '';
  return `Ignored ${names.join(', ')} of this shell, because a local stack's \`env\` set ${names.length === 1 ? 'it' : 'them'}.`;
}

function isLoopback(url: string): boolean {
  return ['127.0.0.1', 'localhost', '[::1]'].includes(URL.parse(url)?.hostname ?? '');
}
