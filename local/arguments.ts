// The command line of `npm start`.
import { parseArgs } from 'node:util';
import { StackError } from './stackError.ts';

/** What `npm start -- --help` prints. */
export const USAGE =
  'Usage: npm start [-- --once] [-- --fresh]; --once syncs, changes customers, syncs again, compares and ends; --fresh begins anew.';

export function asksForHelp(args: string[]): boolean {
  return args.includes('--help') || args.includes('-h');
}

/** Throws a StackError that names the argument at fault. */
export function readArguments(args: string[]): { once: boolean; fresh: boolean } {
  try {
    const { values } = parseArgs({
      args,
      options: { once: { type: 'boolean', default: false }, fresh: { type: 'boolean', default: false } },
    });
    return values;
  } catch (error) {
    const [reason] = (error as Error).message.split(/[.\n]/);
    throw new StackError(`${reason}. ${USAGE}`, { cause: error });
  }
}
