// LOCAL_STATE_DIR may name a folder that others write to as well, such as /tmp: what they put there is not to be believed.
import { lstatSync, type Stats } from 'node:fs';
import { StackError } from './stackError.ts';

const WRITABLE_BY_OTHERS = 0o022;

/** What stands at the path, a link itself and not its target; undefined where there is nothing. */
function lookAt(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

// Windows has no such number; there a file's folder says who may write it.
const isOwn = ({ uid }: Stats) => process.getuid === undefined || uid === process.getuid();

/** Whether the file is there. Throws a StackError where somebody else may have put or changed it. */
export function isOwnFile(path: string): boolean {
  const found = lookAt(path);
  if (found === undefined) return false;
  const isClosed = process.getuid === undefined || (found.mode & WRITABLE_BY_OTHERS) === 0;
  if (found.isFile() && isOwn(found) && isClosed) return true;
  throw new StackError(
    `${path} is not a file that only this user can write: look where it comes from and remove it, ` +
      'or choose another folder with LOCAL_STATE_DIR=<folder>.',
  );
}

/** Throws a StackError when the path is a link or belongs to another user. */
export function requireOwnUnlessMissing(path: string): void {
  const found = lookAt(path);
  if (found === undefined || (!found.isSymbolicLink() && isOwn(found))) return;
  throw new StackError(
    `${path} is a link or another user's: look where it comes from and remove it, ` +
      'or choose another folder with LOCAL_STATE_DIR=<folder>.',
  );
}
