import { spawn } from 'node:child_process';
import { once } from 'node:events';

// A shell that reads until our end of the pipe closes, which the kernel does however this process ends, SIGKILL included.
// Then it ends the process groups that are left and removes the folders given as arguments.
const SCRIPT = `
trap '' INT TERM HUP
groups=
while read -r change group; do
  kept=
  for known in $groups; do [ "$known" = "$group" ] || kept="$kept $known"; done
  groups=$kept
  [ "$change" = add ] && groups="$groups $group"
done
any_alive() { for group in $groups; do kill -s 0 -- "-$group" 2>/dev/null && return 0; done; return 1; }
for group in $groups; do kill -s INT -- "-$group" 2>/dev/null; done
tries=50
while [ "$tries" -gt 0 ] && any_alive; do sleep 0.1; tries=$((tries - 1)); done
for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
rm -rf -- "$@"
`;

/** Ends process groups and removes folders once this process is gone. */
export interface Watchdog {
  add(processGroup: number): void;
  drop(processGroup: number): void;
  /** Does the work now, for what was added and not dropped; resolves when it is done. */
  stop(): Promise<void>;
}

/** Starts the watchdog; `folders` are removed at the end, whichever way it comes. */
export function startWatchdog(folders: string[]): Watchdog {
  const shell = spawn('sh', ['-c', SCRIPT, 'watchdog', ...folders], {
    // A group of its own: Ctrl-C reaches every process of the terminal's group.
    detached: true,
    cwd: '/',
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const exited = once(shell, 'exit');
  const tell = (line: string) => {
    if (shell.stdin.writable) shell.stdin.write(`${line}\n`);
  };
  shell.stdin.on('error', () => {});
  return {
    add: (processGroup) => tell(`add ${processGroup}`),
    drop: (processGroup) => tell(`drop ${processGroup}`),
    stop: async () => {
      shell.stdin.end();
      await exited;
    },
  };
}
