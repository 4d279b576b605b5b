import { spawnSync } from 'node:child_process';
import { StackError } from '../stackError.ts';

export interface Ids {
  uid: number;
  gid: number;
}

/** As whom PostgreSQL runs: `ids` when it is another user than this process, `wrap` turns a command into the one to spawn. */
export interface Account {
  ids?: Ids;
  wrap(command: string[]): string[];
}

const AS_IT_IS: Account = { wrap: (command) => command };

// A user namespace in which root's files look like an ordinary user's.
const NAMESPACE: Account = {
  wrap: (command) => ['unshare', '-U', '--map-user=65534', '--map-group=65534', '--', ...command],
};

/**
 * PostgreSQL refuses to run as root. Root hands it to the owner of the data there is, or to an account that exists
 * already; where that account cannot reach the binary or the folder (a checkout in a 0700 folder), to a user namespace.
 */
export function accountFor(binary: string, folder: string, dataOwner: Ids | undefined): Account {
  if (process.getuid?.() !== 0) return AS_IT_IS;
  const accounts = dataOwner ? [dataOwner] : ['postgres', 'nobody'].flatMap((name) => idsOf(name) ?? []);
  const candidates = accounts.filter((ids) => ids.uid !== 0);
  for (const ids of candidates) {
    if (succeeds([binary, '--version'], ids) && succeeds(['test', '-x', folder], ids)) return { ...AS_IT_IS, ids };
  }
  if (succeeds(NAMESPACE.wrap([binary, '--version']))) return NAMESPACE;
  throw new StackError(
    `PostgreSQL does not run as root, and no other account can reach ${binary} and ${folder}: ` +
      'run as an ordinary user, or keep the checkout and LOCAL_STATE_DIR in folders that others may search.',
  );
}

function idsOf(name: string): Ids | undefined {
  const id = (flag: string) => spawnSync('id', [flag, name], { encoding: 'utf8' });
  const [user, group] = [id('-u'), id('-g')];
  return user.status === 0 ? { uid: Number(user.stdout), gid: Number(group.stdout) } : undefined;
}

function succeeds(command: string[], ids?: Ids): boolean {
  const [file, ...args] = command;
  return spawnSync(file!, args, { ...ids, cwd: '/', stdio: 'ignore' }).status === 0;
}
