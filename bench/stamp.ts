import { execFileSync } from 'node:child_process';

/** When something was measured, and on which state of the project. */
export interface Stamp {
  at: string;
  /** Of git, shortened; with a plus where files differed from it. Without a repository: `unknown`. */
  commit: string;
}

/** What the benchmark itself writes makes no other state. */
const WRITTEN = [':(exclude,top)docs/performance.*', ':(exclude,top)bench/results.json'];

const COMMIT = readCommit();

export function stamp(): Stamp {
  return { at: new Date().toISOString(), commit: COMMIT };
}

function readCommit(): string {
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: import.meta.dirname, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    const isChanged = git('status', '--porcelain', '--untracked-files=no', '--', ':/', ...WRITTEN) !== '';
    return `${git('rev-parse', '--short', 'HEAD').trim()}${isChanged ? '+' : ''}`;
  } catch {
    return 'unknown';
  }
}
