import { accessSync, constants, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { StackError } from './stackError.ts';

/** What happened to the simulated ServiceTitan's demo tenant, so that a restart goes on where it was. */
export const SERVICETITAN_JOURNAL = 'serviceTitan.journal';

// Only what the stack itself writes: LOCAL_STATE_DIR may name a folder that holds more.
const PARTS = ['postgres', 'deno', 'worker', 'logs', SERVICETITAN_JOURNAL];

/** Makes the folder ready, empty of earlier state when `fresh`; throws a StackError when this user may not write there. */
export function prepareStateFolder(folder: string, fresh: boolean): void {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
    if (fresh) for (const part of PARTS) rmSync(join(folder, part), { recursive: true, force: true });
    for (const part of ['worker', 'logs']) {
      mkdirSync(join(folder, part), { recursive: true });
      accessSync(join(folder, part), constants.W_OK);
    }
  } catch (error) {
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
