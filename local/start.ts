// `npm start`: the whole system on this machine, until Ctrl-C; with --once for one initial and one incremental sync.
import { constants } from 'node:os';
import { asksForHelp, USAGE } from './arguments.ts';
import { runInForeground } from './foreground.ts';
import { runOnce } from './once.ts';
import { createProcesses } from './processes.ts';
import { readSettings, type Settings } from './settings.ts';
import { ignoredLine } from './shellValues.ts';
import { PROJECT_FOLDER, startStack, type Stack } from './stack.ts';
import { StackError } from './stackError.ts';

process.exitCode = await main();
// Sockets kept open for reuse would hold the process back.
process.exit();

async function main(): Promise<number> {
  const args = process.argv.slice(2);
  if (asksForHelp(args)) {
    console.log(USAGE);
    return 0;
  }
  let settings: Settings;
  try {
    settings = readSettings(args, process.env, PROJECT_FOLDER);
  } catch (error) {
    return report(error);
  }
  if (settings.ignored.length > 0) console.error(ignoredLine(settings.ignored));

  const interrupted = new AbortController();
  const fault = Promise.withResolvers<never>();
  const processes = createProcesses((message) => fault.reject(new StackError(message)));
  let stack: Stack | undefined;
  let code = 0;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      // One that was asked to run until it is stopped has done what it should.
      code = settings.once ? 128 + constants.signals[signal] : 0;
      interrupted.abort();
      fault.reject(interrupted.signal.reason);
    });
  }

  try {
    const work = async (): Promise<number> => {
      stack = await startStack(settings, processes);
      if (settings.once) return (await runOnce(stack)) ? 0 : 1;
      await runInForeground(stack, settings.tickSeconds, interrupted.signal);
      return 0;
    };
    code = await Promise.race([work(), fault.promise]);
  } catch (error) {
    if (!interrupted.signal.aborted) code = report(error);
    else console.log('Stopping.');
  }
  await stack?.stop();
  await processes.stop();
  return code;
}

function report(error: unknown): number {
  console.error(error instanceof StackError ? error.message : error);
  return 1;
}
