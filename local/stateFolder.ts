import { accessSync, chmodSync, constants, existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { requireOwnUnlessMissing } from './ownership.ts';
import { StackError } from './stackError.ts';
import { STATE_ENV } from './stateSecrets.ts';

/** What happened to the simulated ServiceTitan's demo tenant, so that a restart goes on where it was. */
export const SERVICETITAN_JOURNAL = 'serviceTitan.journal';

// Only what the stack itself writes: LOCAL_STATE_DIR may name a folder that holds more.
const PARTS = ['postgres', 'deno', 'worker', 'logs', SERVICETITAN_JOURNAL, STATE_ENV];

// PostgreSQL, which does not run as root, has to get through, and nobody has to look around.
const FOLDER_MODE = 0o711;

/** Where the stack of this environment keeps its state. */
export function stateFolderFor(env: NodeJS.ProcessEnv, projectFolder: string): string {
  const state = env['LOCAL_STATE_DIR']?.trim();
  // Under npm the working folder is the project's; INIT_CWD is where the person stands.
  return state ? resolve(env['INIT_CWD'] ?? process.cwd(), state) : join(projectFolder, '.local');
}

/**
 * Makes the folder and closes it to other users. One that was there before the first start may be anybody's, such as /tmp,
 * and stays as it is. Throws a StackError when this user may not write there.
 */
export function makeStateFolder(folder: string, projectFolder: string): void {
  trying(folder, () => {
    const isNew = mkdirSync(folder, { recursive: true }) !== undefined;
    accessSync(folder, constants.W_OK);
    if (isNew) chmodSync(folder, FOLDER_MODE);
    const project = join(projectFolder, '.local');
    if (folder === project || dirname(folder) === project) {
      for (const own of [project, folder]) chmodSync(own, FOLDER_MODE);
    }
  });
}

/**
 * Makes the parts ready in a folder that no other stack uses, empty of earlier state when `fresh`, and closes them. Throws
 * a StackError when this user may not write one, or another may have put it there.
 */
export function prepareParts(folder: string, fresh: boolean): void {
  trying(folder, () => {
    if (fresh) for (const part of PARTS) rmSync(join(folder, part), { recursive: true, force: true });
    for (const part of PARTS) requireOwnUnlessMissing(join(folder, part));
    for (const part of ['worker', 'logs']) {
      mkdirSync(join(folder, part), { recursive: true });
      accessSync(join(folder, part), constants.W_OK);
      chmodSync(join(folder, part), 0o700);
    }
  });
}

function trying(folder: string, prepare: () => void): void {
  try {
    prepare();
  } catch (error) {
    if (error instanceof StackError) throw error;
    throw notWritable(folder, 'choose another folder with LOCAL_STATE_DIR=<folder>', error);
  }
}

/** wrangler writes its bundle to `.wrangler` in the project; throws a StackError when it could not. */
export function requireWritableProject(projectFolder: string): void {
  const folder = join(projectFolder, '.wrangler');
  for (const path of [join(folder, 'tmp'), folder, projectFolder].filter((candidate) => existsSync(candidate))) {
    try {
      accessSync(path, constants.W_OK);
    } catch (error) {
      throw notWritable(path, 'work in a copy of the project that is yours', error);
    }
    // Below a folder that may be written everything can be made.
    if (path === folder) break;
  }
}

function notWritable(folder: string, otherwise: string, cause: unknown): StackError {
  const code = (cause as NodeJS.ErrnoException).code ?? 'error';
  return new StackError(
    `${folder} cannot be written by this user (${code}), perhaps because another user started the stack here: remove it, or ${otherwise}.`,
    { cause },
  );
}
